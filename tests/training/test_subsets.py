import numpy as np
import pytest

from storage.messages import StoredMessage
from training.corpus import NO_CONTEXT, TESTING, Corpus, Part, build_corpus
from training.subsets import count_learned, narrow, rank_authors

SIZES = {7: 100, 8: 40, 9: 60}  # messages by author


@pytest.fixture
def corpus() -> Corpus:
    """Three people who take turns until each has written all that they have to say."""
    left, messages = dict(SIZES), []
    while any(left.values()):
        for author in [author for author, count in left.items() if count]:
            ts = f"{1_700_000_000 + len(messages)}.000100"
            text = f"{author} says {left[author]}"
            messages.append(StoredMessage(author, 1, ts, None, text))
            left[author] -= 1
    return build_corpus(messages, TESTING)


def find_texts(corpus: Corpus, part: Part, author: int) -> list[str]:
    return corpus.texts_of(corpus.select(part, author=author))


def test_people_are_ranked_by_what_may_be_learned_of_them(corpus):
    assert rank_authors(corpus) == [7, 9, 8]
    assert [count_learned(corpus, author) for author in (7, 8, 9)] == [90, 36, 54]


def test_the_newest_messages_of_each_are_kept_and_the_newest_tenth_is_held_out(corpus):
    few = narrow(corpus, [7, 9], messages=20, judged=[7])
    for author in (7, 9):
        learned = [*range(18 + SIZES[author] // 10, SIZES[author] // 10, -1)]
        trained, held_out = (find_texts(few, part, author) for part in list(Part)[:2])
        first = SIZES[author] // 10 + 20
        assert trained == [f"{author} says {left}" for left in range(first, first - 18, -1)]
        assert held_out == [f"{author} says {left}" for left in learned[-2:]]
    assert 8 not in few.authors


def test_only_the_messages_to_judge_by_stay_whole(corpus):
    few = narrow(corpus, [7, 9], messages=20, judged=[7])
    assert find_texts(few, Part.TEST, 7) == find_texts(corpus, Part.TEST, 7)
    assert find_texts(few, Part.TEST, 9) == []


def test_a_person_with_fewer_messages_keeps_them_all(corpus):
    few = narrow(corpus, [7, 8], messages=50, judged=[7])
    assert count_learned(few, 7) == 50
    assert count_learned(few, 8) == 36


def test_a_message_answers_what_it_answered_or_nothing(corpus):
    few = narrow(corpus, [7, 9], messages=30, judged=[7, 9])
    found = 0
    for index, context in enumerate(few.contexts.tolist()):
        before = corpus.contexts[corpus.texts.index(few.texts[index])]
        answered = corpus.texts[before] if before != NO_CONTEXT else None
        if context == NO_CONTEXT:
            assert answered not in few.texts
        else:
            assert few.texts[context] == answered
            found += 1
    assert found > 20


def test_what_is_narrowed_is_left_as_it_was(corpus):
    before = corpus.parts.copy()
    narrow(corpus, [7], messages=10, judged=[])
    np.testing.assert_array_equal(corpus.parts, before)
