"""Names with one letter wrong."""

import string

from hypothesis import given
from hypothesis import strategies as st

from storage.typos import SHORTEST, Typos

NAMES = st.text(string.ascii_lowercase + "éø", min_size=SHORTEST, max_size=10)
LETTERS = st.sampled_from(string.ascii_lowercase)


def distance(one, other):
    """Count the edits between two words: a letter in, out, changed, or two neighbors swapped."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@given(st.lists(NAMES, max_size=4), st.text("abcxyz", max_size=9))
def test_what_is_found_is_one_edit_away_from_a_name(names, word):
    if word in Typos(names):
        assert min(distance(word, name) for name in names) == 1


@given(st.lists(NAMES, min_size=1, max_size=4), st.data())
def test_a_name_is_found_with_a_letter_missing_or_two_swapped(names, data):
    name = data.draw(st.sampled_from(names))
    i = data.draw(st.integers(0, len(name) - 2))
    typos = Typos(names)
    for word in (name[:i] + name[i + 1 :], name[:i] + name[i + 1] + name[i] + name[i + 2 :]):
        assert word in typos or word in names


@given(st.lists(NAMES, min_size=1, max_size=4), LETTERS, st.data())
def test_a_name_is_found_with_a_letter_too_many(names, letter, data):
    name = data.draw(st.sampled_from(names))
    i = data.draw(st.integers(0, len(name)))
    word = name[:i] + letter + name[i:]
    assert word in Typos(names) or word in names


@given(st.lists(NAMES, min_size=1, max_size=4), st.data())
def test_a_name_is_found_with_a_wrong_letter_of_those_that_names_are_made_of(names, data):
    name = data.draw(st.sampled_from(names))
    i = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from(sorted(set("".join(names)))))
    word = name[:i] + letter + name[i + 1 :]
    assert word in Typos(names) or word in names


def test_names_themselves_short_names_and_what_is_no_word_are_no_typos():
    typos = Typos(["quintin", "nina", "ada.l1", "x" * 7])
    assert "quintin" not in typos
    assert "nine" not in typos
    assert "nia" not in typos
    assert "ada.l2" not in typos
    assert "xxxxxx" in typos
