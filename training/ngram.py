"""A character n-gram model, interpolated: the simplest peer, and hard to beat.

Counts stand in sorted arrays, one for each length of context. An n-gram's id is its place in its
array; the n-grams of the next array are such an id, of the context, and one more character.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

BOUNDARY = "\n"  # before and after every text
UNSEEN = -1
ABOVE_ALL = np.iinfo(np.int64).max
SMALLEST = 1e-9  # probability


@dataclass(frozen=True)
class Followers:
    """What followed the contexts of one length; the last place of each array is for the `UNSEEN`.

    Attributes:
        ngrams: Sorted: id of the context * number of characters + character.
        counts: How often each n-gram was seen.
        totals: How often each context was followed.
        kinds: By how many different characters.
    """

    ngrams: Integers
    counts: Integers
    totals: Integers
    kinds: Integers

    @classmethod
    def count(cls, ngrams: Integers, characters: int, contexts: int) -> "Followers":
        """Count n-grams over so many characters and contexts."""
        return cls.of(*np.unique(ngrams, return_counts=True), characters, contexts)

    @classmethod
    def of(
        cls, different: Integers, counts: Integers, characters: int, contexts: int
    ) -> "Followers":
        """Take up different n-grams, sorted, that have been counted."""
        owners = different // characters
        totals = np.bincount(owners, counts, minlength=contexts).astype(np.int64)
        kinds = np.bincount(owners, minlength=contexts)
        return cls(np.append(different, ABOVE_ALL), np.append(counts, 0), totals, kinds)

    def find(self, ngrams: Integers) -> Integers:
        """Return the ids of n-grams."""
        places = self.ngrams.searchsorted(ngrams)
        return np.where(self.ngrams[places] == ngrams, places, UNSEEN)


@dataclass(frozen=True)
class CharNGram:
    """A trained model; every text ends with a line break.

    Attributes:
        characters: Code points seen, sorted.
        followers: By length of context, from 0.
        alphabet_size: How many characters may come.

    Source: Witten and Bell 1991, https://doi.org/10.1109/18.87000
    """

    characters: NDArray[np.uint32]
    followers: tuple[Followers, ...]
    alphabet_size: int

    @classmethod
    def train(
        cls, texts: Iterable[str], *, order: int = 6, alphabet: Collection[str] | None = None
    ) -> "CharNGram":
        """Count the n-grams of texts, at least one.

        Args:
            texts: What to learn from.
            order: Length of the longest.
            alphabet: The characters that may come; by default those that did.
        """
        codes, depths = _join(texts)
        characters, symbols = np.unique(codes, return_inverse=True)
        followers: list[Followers] = []
        contexts, known = np.zeros(len(codes), np.int64), 1
        for length in range(order):
            ngrams = contexts * len(characters) + symbols
            counted = Followers.count(ngrams[depths >= max(length, 1)], len(characters), known)
            contexts, known = np.roll(counted.find(ngrams), 1), len(counted.ngrams)
            followers.append(counted)
        return cls(characters, tuple(followers), len(alphabet or characters))

    def shorten(self, order: int) -> "CharNGram":
        """Return the model of the same texts whose longest n-grams have this length, or less."""
        return replace(self, followers=self.followers[:order])

    def bits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return -log2 of the probability of each text, its end included."""
        numbers = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])
        bits = -np.log2(self.foretell(texts))
        return np.bincount(numbers, bits, minlength=len(texts)).astype(np.float64)

    def foretell(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """Return the probability of each character of each text, one after the other, and its end.

        That a text begins, nobody has to predict.
        """
        codes, depths = _join(texts)
        chances: NDArray[np.float64] = self._predict(codes, depths)[depths > 0]
        return chances.clip(min=SMALLEST)

    def _predict(self, codes: NDArray[np.uint32], depths: Integers) -> NDArray[np.float64]:
        """Return the probability of each character after those before it."""
        symbols = self.characters.searchsorted(codes).clip(max=len(self.characters) - 1)
        is_known = self.characters[symbols] == codes
        contexts = np.zeros(len(codes), np.int64)
        probabilities = np.full(len(codes), 1 / (self.alphabet_size + 1))
        for length, followers in enumerate(self.followers):
            ngrams = np.where(is_known, contexts * len(self.characters) + symbols, UNSEEN)
            ids = followers.find(ngrams)
            totals, kinds = followers.totals[contexts], followers.kinds[contexts]
            mixed = followers.counts[ids] + kinds * probabilities
            is_seen = (totals > 0) & (depths >= length)
            np.divide(mixed, totals + kinds, out=probabilities, where=is_seen)
            contexts = np.roll(ids, 1)
        return probabilities


def _join(texts: Iterable[str]) -> tuple[NDArray[np.uint32], Integers]:
    """Return the code points of all texts, with boundaries, and each one's place in its text."""
    framed = [f"{BOUNDARY}{text}{BOUNDARY}" for text in texts]
    codes = np.frombuffer("".join(framed).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.array([len(text) for text in framed], np.int64)
    starts = np.repeat(lengths.cumsum() - lengths, lengths)
    return codes, np.arange(len(codes)) - starts
