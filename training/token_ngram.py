"""A person's own n-grams of tokens: counted in a moment, and read in step as a step graph is.

    p(token | context) = (count + kinds * p(token | shorter context)) / (total + kinds)

where `kinds` is how many different tokens followed the context, times a caution. Nothing reaches
back over the beginning of a message.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from training.errors import DamagedArtifact
from training.ngram import UNSEEN, Followers, Integers
from training.step import Conditioning, Floats, Ids, Stack, Stepper

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
        self._kinds = [CAUTION * each.kinds for each in self._followers]
        self._kinds[0][begin_id] *= AT_BEGIN

    @classmethod
    def train(
        cls, messages: Sequence[Sequence[int]], *, vocab_size: int, order: int
    ) -> "TokenNGram":
        """Count the n-grams of messages, at least one.

        Args:
            messages: Their tokens; the first of each stands before it and is the same for all.
            vocab_size: How many kinds of tokens there are.
            order: Length of the longest n-gram, at least 2.
        """
        tokens = np.concatenate(messages).astype(np.int64)
        lengths = np.array([len(message) for message in messages], np.int64)
        depths = np.arange(len(tokens)) - np.repeat(lengths.cumsum() - lengths, lengths)
        followers: list[Followers] = []
        contexts, known = np.roll(tokens, 1), vocab_size
        for length in range(1, order):
            ngrams = contexts * vocab_size + tokens
            counted = Followers.count(ngrams[depths >= length], vocab_size, known)
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
        """Return the log-probabilities of the token to come, and the new contexts."""
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
        longer = [
            followers.find(contexts[:, place] * self._vocab_size + tokens)
            for place, followers in enumerate(self._followers[:-1])
        ]
        extended = np.stack([tokens, *longer], axis=1)
        extended[tokens == self._begin_id, 1:] = UNSEEN
        return extended

    def _predict(self, contexts: Integers) -> Floats:
        chances = np.tile(self._chances, (len(contexts), 1))
        for place, followers in enumerate(self._followers):
            ids = contexts[:, place]
            totals, kinds = followers.totals[ids], self._kinds[place][ids]
            whole = np.maximum(totals + kinds, 1)
            chances *= np.where(totals > 0, kinds / whole, 1).astype(np.float32)[:, None]
            first = followers.ngrams.searchsorted(ids * self._vocab_size)
            counts = followers.ngrams.searchsorted((ids + 1) * self._vocab_size) - first
            rows = np.repeat(np.arange(len(ids)), counts)
            nth = np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts)
            places = np.repeat(first, counts) + nth
            tokens = followers.ngrams[places] % self._vocab_size
            chances[rows, tokens] += followers.counts[places] / whole[rows]
        scores: Floats = np.log(chances)
        return scores
