"""Cues that are looked for all at once."""

from hypothesis import given
from hypothesis import strategies as st

from storage.cues import compile_cues

WORDS = st.lists(st.text("ab.(", min_size=1, max_size=4), min_size=1, max_size=8)


def test_of_cues_that_begin_alike_the_shortest_is_found():
    cues = compile_cues(["pass", "password", "pw", "key"])
    assert cues.findall("the password, a pw and keys") == ["pass", "pw", "key"]


@given(WORDS, st.text("ab.(", max_size=20))
def test_a_cue_is_found_where_and_only_where_one_is(words, text):
    found = compile_cues(words).search(text)
    assert bool(found) == any(word in text for word in words)
    assert not found or found[0] in words
