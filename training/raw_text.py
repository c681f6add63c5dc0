"""What networks and n-grams foretell of a raw text, and how they share its voice."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.companions import LEAST_GAIN
from training.config import Level
from training.mixture import fit_shares
from training.ngram import SMALLEST
from training.streams import Packing, Windows, pack_raw
from training.token_ngram import TokenNGram
from training.tokenizer import Tokenizer
from training.voice import Network

ORDERS: dict[Level, int] = {"char": 6, "subword": 3, "word": 2}
MOST_COUNTED = 1_000_000  # tokens, the last; of more, n-grams take much memory
MOST_SHARE = 0.5  # of a voice; beside a poor network they would recite
SIDE_BY_SIDE = Packing(batch=16, time=64)


@dataclass(frozen=True)
class Mixture:
    """A network and n-grams on a held-out text.

    Attributes:
        chances: That each of them gave to the tokens that came, shape `(2, tokens)`.
    """

    chances: NDArray[np.float64]

    @cached_property
    def share(self) -> float:
        """The n-grams' share of the voice; 0 where they help too little."""
        fitted = float(fit_shares(self.chances.clip(min=SMALLEST))[1])
        share = min(round(fitted, 4), MOST_SHARE)
        return share if self.count_bits(share) <= (1 - LEAST_GAIN) * self.count_bits(0) else 0.0

    def count_bits(self, share: float) -> float:
        """Return the bits of the text where the n-grams have this share."""
        chances = np.array([1 - share, share]) @ self.chances
        return -float(np.log2(chances.clip(min=SMALLEST)).sum())


def count_stream(tokens: NDArray[np.int32], tokenizer: Tokenizer) -> TokenNGram:
    """Return the n-grams of a raw text."""
    return TokenNGram.train(
        [np.append(0, tokens[-MOST_COUNTED:])],  # which nothing reaches back over
        vocab_size=tokenizer.vocab_size,
        order=ORDERS[tokenizer.level],
    )


def foretell_stream(network: Network, windows: Windows) -> NDArray[np.float64]:
    """Return the chance that a network gives each token of a raw text whose prediction counts.

    They come in reading order; each row begins from the zero state, which is never cleared.
    """
    rows = windows.inputs.shape[2]
    stepper = network.step.start([network.conditioning], [0] * rows)
    found = np.zeros(windows.targets.shape)
    places = (windows.inputs, windows.targets, found)
    for read, came, chances in zip(*(each.reshape(-1, rows) for each in places), strict=True):
        chances[:] = stepper.advance(read.astype(np.int64))[np.arange(rows), came]
    return found[windows.weights > 0]


def measure_stream(network: Network, tokens: NDArray[np.int32]) -> float:
    """Return a network's bits on a raw text, read as a few rows."""
    return -float(np.log2(foretell_stream(network, pack_raw(tokens, SIDE_BY_SIDE))).sum())
