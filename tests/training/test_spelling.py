import pytest

from training.lexicon import Lexicon
from training.spelling import Speller

KNOWN = Lexicon.of(["the ferry was late, see the quay"])


def _misspells(text: str, *said: str) -> bool:
    return Speller([[KNOWN]], said).misspells(text)


def test_only_the_last_word_is_looked_at():
    assert _misspells("the ferrish")
    assert not _misspells("the ferrish was")
    assert not _misspells("")


def test_what_was_said_before_may_be_said_again():
    assert not _misspells("the ferrish", "Ferrish?")


@pytest.mark.parametrize("text", ["see `ferrish", "see `the ferrish", "see `ferrish`", "<user>"])
def test_code_and_placeholders_hold_any_word(text):
    assert not _misspells(text)


def test_a_backtick_that_opens_nothing_is_no_code():
    assert _misspells("the ferrish`")
    assert _misspells("see `quay` the ferrish`")


@pytest.mark.parametrize("sign", ["`", ")"])
def test_nothing_is_ended_that_was_not_begun(sign: str):
    assert _misspells(f"see the quay{sign}")
    assert not _misspells(f"see the{sign} quay")


def test_who_writes_smiles_without_eyes_may_go_on():
    assert not Speller([[KNOWN, Lexicon.of(["ok)", "so late))"] * 3)]], []).misspells("the quay)")


def test_a_text_owes_what_it_has_begun_unless_that_is_a_habit_or_any_word_will_do():
    assert Speller([[KNOWN]], []).find_owed("see (the quay") == ")"
    assert not Speller([[KNOWN, Lexicon.of(["oh("] * 5)]], []).find_owed("see (the quay")
    assert not Speller([[KNOWN], []], []).find_owed("see (the quay")


def test_words_of_any_lexicon_will_do():
    own = Lexicon.of(["ferrish"])
    assert not Speller([[KNOWN, own]], []).misspells("the ferrish")
    assert not Speller([[KNOWN], [own]], []).misspells("the ferrish")


def test_a_voice_without_a_lexicon_sets_a_blend_free():
    assert Speller([[KNOWN], [KNOWN]], []).is_strict
    assert not Speller([[KNOWN], []], []).is_strict
