import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.lexicon import Lexicon, count_strange, find_words
from training.pairs import find_habits

TEXTS = ["Tea's ready, <user>!", "more TEA in `the_kettle` :tea:", "see <url> or a/b@c.d, at 10am"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXTS[0], {"tea's", "ready"}),
        (TEXTS[1], {"more", "tea", "in"}),
        (TEXTS[2], {"see", "or", "at"}),
        ("Straße naïve ÉTÉ", {"strasse", "naïve", "été"}),
        ("... 42 :+1:", set()),
    ],
)
def test_words_are_runs_of_letters_without_what_is_no_prose(text: str, words: set[str]):
    assert find_words(text) == words


def test_only_words_that_nobody_wrote_are_new():
    lexicon = Lexicon.of(TEXTS)
    assert lexicon.find_new(find_words("ready for more tea")) == {"for"}
    assert lexicon.find_new(find_words("MORE, see?")) == set()


@given(st.lists(st.text(max_size=30), max_size=8), st.lists(st.text(max_size=30), max_size=8))
def test_what_was_read_is_known_and_the_rest_is_new(texts: list[str], others: list[str]):
    lexicon = Lexicon.from_bytes(Lexicon.of(texts).to_bytes())
    known = {word for text in texts for word in find_words(text)}
    asked = {word for text in others for word in find_words(text)}
    assert lexicon.find_new(asked | known) == asked - known
    assert len(lexicon) == len(known | find_habits(texts))


def test_words_of_another_are_left_out():
    own = Lexicon.of(["tea and toast"]).without(Lexicon.of(["toast"]))
    assert own.find_new(["tea", "and", "toast"]) == {"toast"}


def test_messages_with_a_new_word_are_counted():
    lexicon = Lexicon.of(["tea and toast"])
    assert count_strange(lexicon, ["toast", "more tea", "jam", "tea 42"]) == pytest.approx(0.5)
    assert count_strange(lexicon, []) == 0


def test_no_word_stands_in_what_is_kept():
    assert b"kettle" not in Lexicon.of(["kettle"]).to_bytes()
