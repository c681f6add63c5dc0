"""How much of texts stands in what somebody wrote: whole messages, long runs, small changes.

The measure beside the copy guard, and made another way: it holds the texts themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Hashes = NDArray[np.uint64]

SHORTEST = 8  # characters; a shorter shared run counts as none
WORDS = 4  # that make a copy worth the name
LONG = 40  # characters of a run that is always too long
SHORT, LARGE_SHARE = 20, 0.6  # from so many characters on, such a share of the text is too much
ALIKE = 0.85  # edit ratio
LETTERS = 64  # kinds that characters are counted as, to rule most pairs out
_FACTOR = 0x9E3779B97F4A7C15  # odd, else arbitrary


@dataclass(frozen=True)
class CopyRates:
    """Shares of texts.

    Attributes:
        exact: Whole messages of `WORDS` words or more.
        near: That share a run of `LONG` characters, or of `LARGE_SHARE` where they have `SHORT`.
        alike: Of `WORDS` words or more, and by more than `ALIKE` the same as one message.
        overlap: Mean of the longest shared run as a share of the text.
    """

    exact: float
    near: float
    alike: float
    overlap: float


def measure_copies(texts: Sequence[str], written: Sequence[str]) -> CopyRates:
    """Compare texts with what was written; case and white space do not count."""
    texts, everything = [_normalize(text) for text in texts], {*map(_normalize, written)}
    known = sorted(everything)
    lengths = np.array([max(len(text), 1) for text in texts])
    runs = find_runs(texts, known)
    overlaps = runs / lengths
    is_near = (runs >= LONG) | ((overlaps >= LARGE_SHARE) & (lengths >= SHORT))
    wordy = [text for text in texts if is_wordy(text)]
    exact = len([text for text in wordy if text in everything])
    return CopyRates(
        exact=exact / max(len(texts), 1),
        near=float(is_near.mean()) if texts else 0.0,
        alike=_count_alike(wordy, known) / max(len(texts), 1),
        overlap=float(overlaps.mean()) if texts else 0.0,
    )


def is_wordy(text: str) -> bool:
    """Tell whether a text has `WORDS` words or more."""
    return len(text.split()) >= WORDS


def find_runs(texts: Sequence[str], written: Sequence[str]) -> Integers:
    """Return the length of the longest run of characters that each text shares with a message.

    Runs grow by a character at a time, where they can; soon few places are left on either side.
    """
    ours, theirs = _Runs(texts), _Runs(written)
    longest, length = np.zeros(len(texts), np.int64), SHORTEST
    while True:
        own, other = ours.hash(length), theirs.hash(length)
        ours.keep(np.isin(own, other))
        theirs.keep(np.isin(other, own))
        if not len(ours.starts):
            return longest
        longest[ours.owners[ours.starts]] = length
        length += 1


class _Runs:
    """Places in texts where runs begin; all texts are one string, and no run leaves its text.

    Attributes:
        owners: The text of each character.
        starts: The places.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "".join(texts).encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(joined, np.uint32)
        lengths = np.array([len(text) for text in texts], np.int64)
        self.owners, self._ends = np.repeat(np.arange(len(texts)), lengths), lengths.cumsum()
        self.starts = np.arange(len(codes))
        sums = (codes * _raise(_FACTOR, len(codes))).cumsum(dtype=np.uint64)
        self._sums = np.concatenate([np.zeros(1, np.uint64), sums])
        self._shifts = _raise(pow(_FACTOR, -1, 1 << 64), len(codes))

    def hash(self, length: int) -> Hashes:
        """Hash the run of this length at every place; places too close to an end are let go."""
        self.keep(self.starts + length <= self._ends[self.owners[self.starts]])
        sums = self._sums[self.starts + length] - self._sums[self.starts]
        hashes: Hashes = sums * self._shifts[self.starts]  # as if each began at the same place
        return hashes

    def keep(self, is_kept: NDArray[np.bool_]) -> None:
        """Let go of other places."""
        self.starts = self.starts[is_kept]


def _raise(factor: int, count: int) -> Hashes:
    """Return the powers of a number from 0 on, modulo 2 ** 64."""
    factors = np.full(count, factor, np.uint64)
    factors[:1] = 1
    powers: Hashes = np.multiply.accumulate(factors)
    return powers


def _count_alike(texts: Sequence[str], written: Sequence[str]) -> int:
    """Count texts of which a message is nearly the same."""
    letters = np.array([_count_letters(text) for text in written], np.int64).reshape(-1, LETTERS)
    return sum(_is_alike(text, written, letters) for text in texts)


def _is_alike(text: str, written: Sequence[str], letters: Integers) -> bool:
    own = _count_letters(text)
    shared = np.minimum(letters, own).sum(axis=1)  # at most so many characters match
    possible = 2 * shared > ALIKE * (letters.sum(axis=1) + own.sum())
    matcher = SequenceMatcher(b=text, autojunk=False)
    for index in np.flatnonzero(possible).tolist():
        matcher.set_seq1(written[index])
        if matcher.ratio() > ALIKE:
            return True
    return False


def _count_letters(text: str) -> Integers:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.bincount(codes % LETTERS, minlength=LETTERS)


def _normalize(text: str) -> str:
    return " ".join(text.casefold().split())
