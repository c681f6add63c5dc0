from storage.messages import StoredMessage
from training.corpus import build_corpus
from training.subject import Subject, find_obstacle


def _write(channel: int, first: int, count: int = 250, authors: int = 5) -> list[StoredMessage]:
    return [
        StoredMessage(1 + n % authors, channel, f"{first + n:010d}.000000", None, "some words")
        for n in range(count)
    ]


def test_a_channel_with_old_and_new_messages_of_five_authors_is_ready():
    assert find_obstacle(build_corpus(_write(1, 0)), Subject(channel=1)) is None


def test_what_a_channel_lacks_is_told():
    few, fewer = build_corpus(_write(1, 0, count=190)), build_corpus(_write(1, 0, authors=3))
    assert find_obstacle(few, Subject(channel=1)) == "10 more messages needed"
    assert find_obstacle(fewer, Subject(channel=1)) == "2 more authors needed"


def test_a_channel_that_all_have_left_cannot_be_judged():
    corpus = build_corpus(_write(1, 0) + _write(2, 5_000))
    assert "new enough to judge" in (find_obstacle(corpus, Subject(channel=1)) or "")


def test_a_channel_that_all_have_just_come_to_cannot_be_learned():
    corpus = build_corpus(_write(1, 0, count=4_000) + _write(2, 5_000))
    assert "old enough to learn" in (find_obstacle(corpus, Subject(channel=2)) or "")
