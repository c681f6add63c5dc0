"""The words that people wrote, so that a voice does not invent others.

A network spells word by word from pieces, and some of what it spells nobody has ever written. Kept
are hashes of words, never words; they are sealed all the same.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from training.pairs import find_habits

Hashes = NDArray[np.uint64]

MOST_STRANGE = 0.4  # of messages with a word that is new; beyond, words end elsewhere than we think
HASH_BYTES = 8
_NO_WORDS = re.compile(r"<[a-z]+>|:[\w+-]+:|`[^`]*`|\S*(?:/|@|\d)\S*")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def find_words(text: str) -> set[str]:
    """Return the words of letters in a stored text, without regard to case.

    Placeholders, emoji, code, paths, addresses and whatever has a digit in it are none.
    """
    return {word.casefold() for word in _WORD.findall(_NO_WORDS.sub(" ", text))}


class Lexicon:
    """Known words, as sorted hashes."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Lexicon":
        """Take in every word of these texts, and the signs that they leave unpaired as a habit."""
        texts = list(texts)
        words = find_habits(texts).union(*map(find_words, texts))
        return cls(np.unique(_hash(words)))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Lexicon":
        """Read what `to_bytes` wrote."""
        return cls(np.frombuffer(data, np.uint64))

    def to_bytes(self) -> bytes:
        """Return what `from_bytes` reads, to be sealed."""
        return self._hashes.tobytes()

    def __len__(self) -> int:
        return len(self._hashes)

    def without(self, other: "Lexicon") -> "Lexicon":
        """Return the words that the other does not have."""
        return Lexicon(np.setdiff1d(self._hashes, other._hashes, assume_unique=True))

    def find_new(self, words: Iterable[str]) -> set[str]:
        """Return those of these words that are not known."""
        asked = list(words)
        if not len(self):
            return set(asked)
        hashes = _hash(asked)
        places = self._hashes.searchsorted(hashes).clip(max=len(self) - 1)
        is_known = self._hashes[places] == hashes
        return {word for word, known in zip(asked, is_known.tolist(), strict=True) if not known}


def count_strange(lexicon: Lexicon, texts: Sequence[str]) -> float:
    """Return the share of texts that hold a word which is new."""
    strange = [bool(lexicon.find_new(find_words(text))) for text in texts]
    return float(np.mean(strange)) if strange else 0.0


def _hash(words: Iterable[str]) -> Hashes:
    digests = b"".join(blake2b(word.encode(), digest_size=HASH_BYTES).digest() for word in words)
    return np.frombuffer(digests, np.uint64)
