import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.copies import SHORTEST, find_runs, measure_copies

WRITTEN = [
    "the kettle is on the table, and the tea is almost ready for everybody",
    "please, no more biscuits before lunch",
    "lgtm",
]


def find_run_slowly(text: str, written: list[str]) -> int:
    runs = [
        end - start
        for start in range(len(text))
        for end in range(start + SHORTEST, len(text) + 1)
        if any(text[start:end] in each for each in written)
    ]
    return max(runs, default=0)


letters = st.lists(st.text("ab", max_size=24), max_size=6)


@given(texts=letters, written=letters)
def test_the_longest_shared_run_is_found(texts, written):
    expected = [find_run_slowly(text, written) for text in texts]
    assert find_runs(texts, written).tolist() == expected


def test_a_run_ends_where_its_message_ends():
    assert find_runs(["abcdefghijklmnop"], ["abcdefgh", "ijklmnop"]).tolist() == [8]


def test_case_and_white_space_hide_no_copy():
    rates = measure_copies(["Please,  NO more biscuits before\nlunch"], WRITTEN)
    assert (rates.exact, rates.near, rates.alike, rates.overlap) == (1, 1, 1, 1)


def test_a_copy_of_few_words_is_nobodys_own():
    rates = measure_copies(["lgtm"], WRITTEN)
    assert (rates.exact, rates.near, rates.alike) == (0, 0, 0)


def test_a_long_run_makes_a_near_copy_of_any_text():
    text = f"{WRITTEN[0][:45]} which nobody has ever written here, {'and so on ' * 12}"
    rates = measure_copies([text, "something new under the sun of today"], WRITTEN)
    assert (rates.exact, rates.near, rates.alike) == (0, 0.5, 0)


def test_small_changes_all_over_still_make_a_message_alike():
    text = "pleese, ho more biscuitz befone lunch"
    rates = measure_copies([text], WRITTEN)
    assert (rates.near, rates.alike) == (0, 1)


def test_a_message_that_shares_letters_alone_is_not_alike():
    assert measure_copies([WRITTEN[1][::-1]], WRITTEN).alike == 0


def test_nothing_is_a_copy_of_nothing():
    assert measure_copies(["a message of five words"], []).overlap == 0
    assert measure_copies([], WRITTEN).near == 0
    assert find_runs([], WRITTEN).dtype == np.int64
