import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ngram import CharNGram

TEXTS = st.lists(st.text("ab\n😀", max_size=12), min_size=1, max_size=6)


def _compute_bits(learned: list[str], text: str, *, order: int, alphabet: set[str]) -> float:
    """Interpolated Witten-Bell, one character after the other."""
    followers: dict[str, Counter[str]] = defaultdict(Counter)
    for each in learned:
        framed = f"\n{each}\n"
        for i in range(1, len(framed)):
            for length in range(min(order, i + 1)):
                followers[framed[i - length : i]][framed[i]] += 1
    framed, bits = f"\n{text}\n", 0.0
    for i in range(1, len(framed)):
        p = 1 / (len(alphabet) + 1)
        for length in range(min(order, i + 1)):
            seen = followers.get(framed[i - length : i])
            if seen is None:
                break
            p = (seen[framed[i]] + len(seen) * p) / (seen.total() + len(seen))
        bits -= math.log2(p)
    return bits


@given(TEXTS, TEXTS, st.integers(1, 5))
def test_bits_are_those_of_the_formula(learned: list[str], texts: list[str], order: int):
    alphabet = {character for text in learned for character in text} | {"\n"}
    bits = CharNGram.train(learned, order=order).bits(texts)
    expected = [_compute_bits(learned, each, order=order, alphabet=alphabet) for each in texts]
    np.testing.assert_allclose(bits, expected, rtol=1e-9)


def test_a_larger_alphabet_leaves_less_for_each_character_never_seen():
    model = CharNGram.train(["ab"], order=2, alphabet="abcdefgh\n")
    expected = _compute_bits(["ab"], "az", order=2, alphabet=set("abcdefgh\n"))
    assert model.bits(["az"]) == pytest.approx([expected])


def test_no_texts_have_no_bits():
    assert CharNGram.train(["ab"]).bits([]).shape == (0,)


def test_probabilities_of_all_characters_and_one_never_seen_add_up_to_one():
    model = CharNGram.train(["abca", "cab"], order=1, alphabet="abc\n")
    end = model.bits([""])[0]
    following = model.bits(["a", "b", "c", "?"]) - end
    assert (2.0 ** -np.append(following, end)).sum() == pytest.approx(1)


def test_a_context_longer_than_all_texts_changes_nothing():
    short, long = (CharNGram.train(["ab"], order=order) for order in (4, 40))
    np.testing.assert_array_equal(short.bits(["ab", "ba"]), long.bits(["ab", "ba"]))


def test_the_chances_of_all_characters_and_ends_give_the_bits():
    model, texts = CharNGram.train(["abca", "cab"], alphabet="abc\n"), ["cabc", "", "a?"]
    chances = np.split(model.foretell(texts), [5, 6])
    assert [len(each) for each in chances] == [5, 1, 3]
    expected = [-np.log2(each).sum() for each in chances]
    np.testing.assert_allclose(model.bits(texts), expected)


@given(TEXTS, TEXTS)
def test_a_shortened_model_is_one_of_shorter_ngrams(learned: list[str], texts: list[str]):
    shortened = CharNGram.train(learned, order=5).shorten(3)
    np.testing.assert_array_equal(
        shortened.bits(texts), CharNGram.train(learned, order=3).bits(texts)
    )
