import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pairs import count_unbegun, find_owed

WORDS = st.lists(st.sampled_from(["quay", "`", "(", ")", " ", ":)", "1)", "\n", "¯"])).map("".join)


@pytest.mark.parametrize(
    ("text", "owed"),
    [
        ("see `the quay", "`"),
        ("see (the quay", ")"),
        ("(see `the quay", "`"),
        ("(see `the quay`", ")"),
        ("((see the quay)", ")"),
        ("see `(the quay`", ""),
        ("see the quay :(", ""),
        ("the quay` was", ""),
        ("", ""),
    ],
)
def test_what_is_begun_is_to_be_ended(text: str, owed: str):
    assert find_owed(text) == owed


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("the quay`", 1),
        ("the quay) was", 1),
        ("see `the) quay`", 0),
        ("1) the quay\n2) the ferry", 0),
        ("the quay ;-)", 0),
        ("(the quay)", 0),
    ],
)
def test_what_was_not_begun_is_not_to_be_ended(text: str, count: int):
    assert count_unbegun(text) == count


@given(WORDS)
def test_a_text_with_all_that_it_owes_owes_nothing_more(text: str):
    for _ in range(len(text)):
        text += find_owed(text)
    assert not find_owed(text)
