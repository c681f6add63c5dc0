from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pairs import find_habits, find_owed, find_unbegun

PIECES = ["quay", "it", "x", "8", ":", "`", "(", ")", " ", ":)", "1)", ":tada:", "\n", "^"]
TEXTS = st.lists(st.sampled_from(PIECES)).map("".join)
PAIRED = [
    "(if you want to)",
    "(so do I) thanks",
    "((see the quay) twice)",
    "(version 1.8) is out",
    "linux(arm) build, f(x)",
    "(thanks :tada:)",
    "(just kidding :)",
    "(haha :) and so on)",
    "see `the) quay`",
    "see `(the quay`",
    "it`s late",
    "1) the quay\n2) the ferry",
    "the quay ;-)",
    "the quay :(",
    "so late :D) ^^)",
    "",
]


@pytest.mark.parametrize("text", PAIRED)
def test_what_is_paired_owes_nothing_and_ends_nothing(text: str):
    assert not find_owed(text)
    assert not find_unbegun(text)


@pytest.mark.parametrize(
    ("text", "owed"),
    [
        ("see `the quay", "`"),
        ("```\nquay", "`"),
        ("see (the quay", ")"),
        ("(do it", ")"),
        ("(see `the quay", "`"),
        ("(see `the quay`", ")"),
        ("((see the quay)", ")"),
        ("the quay` was", ""),
    ],
)
def test_what_is_begun_is_to_be_ended(text: str, owed: str):
    assert find_owed(text) == owed


@pytest.mark.parametrize(
    ("text", "signs"),
    [("the quay`", "`"), ("`the` quay`", "`"), ("the quay) was", ")"), ("quay))", "))")],
)
def test_what_was_not_begun_is_not_to_be_ended(text: str, signs: str):
    assert find_unbegun(text) == Counter(signs)


def test_what_people_leave_unpaired_again_and_again_is_a_habit():
    assert find_habits([*["so)", "late))"] * 3, "the (last) one"]) == {")"}
    assert find_habits([*["oh("] * 5, "the (last) one"]) == {"("}
    rare = ["so)", "oh (", "the one`"]
    assert find_habits([*rare, *["the (last) `one`"] * 9]) == set()
    assert find_habits(rare * 4) == set()  # too few to tell
    assert find_habits(rare * 5) == {"`", ")", "("}


@given(TEXTS)
def test_a_text_with_all_that_it_owes_owes_nothing_more(text: str):
    for _ in range(len(text)):
        text += find_owed(text)
    assert not find_owed(text)
