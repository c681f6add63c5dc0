"""N-grams of tokens: counted in a moment, and read in step as a step graph is.

    p(token | context) = (count + kinds * p(token | shorter context)) / (total + kinds)

where `kinds` is how many different tokens followed the context, times a caution. Nothing reaches
back over the beginning of a message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from training.errors import DamagedArtifact
from training.ngram import UNSEEN, Followers, Integers
from training.sampling import Floats, Ids
from training.step import Conditioning, Stack, Stepper

CAUTION = 2.0  # measured; at 1 longer contexts are believed more, and copied more
AT_BEGIN = 0.1  # caution there: else a third of all messages would begin in the middle of a word

_NOTHING = np.zeros((0, 0), np.float32)
_NO_BIAS = np.zeros(0, np.float32)
UNCONDITIONED = Conditioning(_NO_BIAS, _NO_BIAS, _NO_BIAS, _NOTHING, _NOTHING, _NOTHING, _NOTHING)


class TokenNGram:
    """Counts of what followed what, as a network; its conditioning is `UNCONDITIONED`.

    Args:
        begin_id: The token before a message.
        counts: How often each token came.
        followers: By length of context, from 1; a context of one token goes by that token.

    Source: Witten and Bell 1991, https://doi.org/10.1109/18.87000
    """

    states: tuple[str, ...] = ("contexts",)

    def __init__(self, begin_id: int, counts: Integers, followers: Sequence[Followers]) -> None:
        self._begin_id, self._counts, self._followers = begin_id, counts, tuple(followers)
        self._vocab_size = len(counts)
        kinds = max(int(np.count_nonzero(counts)), 1)
        chances = (counts + kinds / self._vocab_size) / (int(counts.sum()) + kinds)
        self._chances = chances.astype(np.float32)
        caution = np.full(self._vocab_size, CAUTION)
        caution[begin_id] *= AT_BEGIN
        self._lines = [
            _Lines.of(each, caution if place == 0 else CAUTION)
            for place, each in enumerate(self._followers)
        ]

    @classmethod
    def train(
        cls,
        messages: Sequence[Sequence[int] | Ids],
        *,
        vocab_size: int,
        order: int,
        authors: Sequence[int] | None = None,
    ) -> "TokenNGram":
        """Count the n-grams of messages, at least one.

        Args:
            messages: Their tokens; the first of each stands before it and is the same for all.
            vocab_size: How many kinds of tokens there are.
            order: Length of the longest n-gram, at least 2.
            authors: Who wrote each message, where only those n-grams are to be kept that at least
                two of them wrote.
        """
        tokens = np.concatenate(messages).astype(np.int64)
        lengths = np.array([len(message) for message in messages], np.int64)
        depths = np.arange(len(tokens)) - np.repeat(lengths.cumsum() - lengths, lengths)
        writers = None if authors is None else np.repeat(authors, lengths)
        followers: list[Followers] = []
        contexts, known = np.roll(tokens, 1), vocab_size
        for length in range(1, order):
            ngrams = contexts * vocab_size + tokens
            is_whole = (depths >= length) & (contexts != UNSEEN)
            kept = is_whole if writers is None else _select_common(ngrams, writers, is_whole)
            counted = Followers.count(ngrams[kept], vocab_size, known)
            contexts, known = np.roll(counted.find(ngrams), 1), len(counted.ngrams)
            followers.append(counted)
        counts = np.bincount(tokens[depths > 0], minlength=vocab_size)
        return cls(int(tokens[0]), counts, followers)

    @property
    def order(self) -> int:
        """Length of the longest n-gram."""
        return len(self._followers) + 1

    def start(self, conditionings: Sequence[Conditioning], rows: Sequence[int]) -> Stepper:
        """Begin a batch in which nothing has been read."""
        contexts = np.full((len(rows), len(self._followers)), UNSEEN, np.int64)
        return Stepper(self, Stack(conditionings), np.asarray(rows, np.int64), [contexts])

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the chances of the token to come, and the new contexts."""
        contexts = self._extend(inputs["contexts"], inputs["tokens"])
        return [self._predict(contexts), contexts]

    def to_bytes(self) -> bytes:
        """Return what `from_bytes` reads: counts of pieces of text, to be sealed."""
        arrays = {"begin": np.array([self._begin_id], np.int64), "counts": self._counts}
        for length, each in enumerate(self._followers, start=1):
            arrays |= {f"ngrams_{length}": each.ngrams[:-1], f"counts_{length}": each.counts[:-1]}
        data: bytes = save(arrays)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "TokenNGram":
        """Read what `to_bytes` wrote.

        Raises:
            DamagedArtifact: It is something else.
        """
        try:
            arrays = load(data)
            counts, followers = arrays["counts"], []
            known = len(counts)
            for length in count(1):
                if f"ngrams_{length}" not in arrays:
                    break
                own = (arrays[f"ngrams_{length}"], arrays[f"counts_{length}"])
                followers.append(Followers.of(*own, len(counts), known))
                known = len(followers[-1].ngrams)
            return cls(int(arrays["begin"][0]), counts, followers)
        except (SafetensorError, KeyError, ValueError) as error:
            raise DamagedArtifact("A voice's n-grams cannot be read: train it again.") from error

    def _extend(self, contexts: Integers, tokens: Ids) -> Integers:
        """Return the contexts of each length, after one more token."""
        extended = np.empty_like(contexts)
        extended[:, 0] = tokens
        for place, followers in enumerate(self._followers[:-1]):
            found = followers.find(contexts[:, place] * self._vocab_size + tokens)
            extended[:, place + 1] = np.where(tokens == self._begin_id, UNSEEN, found)
        return extended

    def _predict(self, contexts: Integers) -> Floats:
        """Return the chances of the token to come: from the longest context to none at all."""
        rest = np.ones(len(contexts), np.float32)  # what longer contexts have left to shorter ones
        row_starts = np.arange(len(contexts)) * self._vocab_size
        found = []
        for place in reversed(range(len(self._followers))):
            ids, followers, lines = contexts[:, place], self._followers[place], self._lines[place]
            kinds, places = lines.find(ids)
            moved = row_starts - ids * self._vocab_size  # from an n-gram to its token in the row
            cells = followers.ngrams[places] + np.repeat(moved, kinds)
            found.append(
                (cells, followers.counts[places] * np.repeat(rest / lines.wholes[ids], kinds))
            )
            rest = rest * lines.rests[ids]
        chances: Floats = np.multiply.outer(rest, self._chances)
        flat = chances.reshape(-1)
        for cells, shares in found:
            flat[cells] += shares
        return chances


@dataclass(frozen=True)
class _Lines:
    """What is asked of the contexts of one length at every step, worked out once.

    Attributes:
        starts: The place of each context's first n-gram.
        counts: How many it has.
        wholes: What a follower's count is a part of.
        rests: What a context leaves to the shorter one.
    """

    starts: NDArray[np.int32]
    counts: Integers
    wholes: Floats
    rests: Floats

    @classmethod
    def of(cls, followers: Followers, caution: float | NDArray[np.float64]) -> "_Lines":
        kinds = caution * followers.kinds
        wholes = np.maximum(followers.totals + kinds, 1)
        rests = np.where(followers.totals > 0, kinds / wholes, 1)
        starts = (followers.kinds.cumsum() - followers.kinds).astype(np.int32)
        return cls(starts, followers.kinds, wholes.astype(np.float32), rests.astype(np.float32))

    def find(self, ids: Integers) -> tuple[Integers, Integers]:
        """Return how many n-grams each of these contexts has, and the places of all."""
        counts = self.counts[ids]
        ends = counts.cumsum()
        return counts, np.arange(ends[-1]) + np.repeat(self.starts[ids] - ends + counts, counts)


def _select_common(
    ngrams: Integers, writers: Integers, is_whole: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which of the whole n-grams somebody else wrote too."""
    whole, own = ngrams[is_whole], writers[is_whole]
    _, firsts, numbers = np.unique(whole, return_index=True, return_inverse=True)
    others = np.bincount(numbers, own != own[firsts][numbers])
    is_common = np.zeros(len(ngrams), np.bool_)
    is_common[is_whole] = others[numbers] > 0
    return is_common
