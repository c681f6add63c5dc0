"""Who most likely wrote a text: how often it has which short runs of characters, weighed.

Runs are hashed into a fixed number of buckets, so that nothing here lists what anybody wrote. The
weights are learned in `training.authorship`; here they are only applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from training.errors import DamagedArtifact

BITS = 16
BUCKETS = 1 << BITS
LONGEST = 5  # characters of a run
BOUNDARY = "\n"  # around every text: how it begins and ends is style
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, else arbitrary
_SHIFT = np.uint64(64 - BITS)

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """How often texts have what: one entry for each text and bucket, in this order.

    Attributes:
        rows: The text of each entry.
        buckets: What it has.
        counts: How often.
        texts: How many texts there are.
    """

    rows: Integers
    buckets: Integers
    counts: Integers
    texts: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Counts":
        """Count the runs of 1 to `LONGEST` characters of each text."""
        framed = [f"{BOUNDARY}{text}{BOUNDARY}" for text in texts]
        joined = "".join(framed).encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(joined, np.uint32).astype(np.uint64)
        owners = np.repeat(np.arange(len(framed)), [len(text) for text in framed])
        entries = np.concatenate([*_hash_runs(codes, owners), np.zeros(0, np.int64)])
        different, counts = np.unique(entries, return_counts=True)
        return cls(different // BUCKETS, different % BUCKETS, counts, len(texts))

    def weigh(self, rarity: Floats) -> Floats:
        """Return each entry's TF-IDF, dampened, every text being of length 1.

        Source: Salton and Buckley 1988, https://doi.org/10.1016/0306-4573(88)90021-0
        """
        values = (1 + np.log(self.counts)) * rarity[self.buckets]
        lengths = np.sqrt(np.bincount(self.rows, values**2, minlength=self.texts))
        weighed: Floats = (values / lengths[self.rows]).astype(np.float32)
        return weighed


def _hash_runs(codes: NDArray[np.uint64], owners: Integers) -> list[Integers]:
    """Return text and bucket of every run, as one number, by length."""
    hashes, found = np.zeros(len(codes), np.uint64), []
    for length in range(1, LONGEST + 1):
        ends = codes[length - 1 :]
        hashes = (hashes[: len(ends)] + ends + np.uint64(length)) * _MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
        buckets = ((hashes * _MULTIPLIER) >> _SHIFT).astype(np.int64)
        is_whole = owners[: len(ends)] == owners[length - 1 :]  # of one text
        found.append((owners[: len(ends)] * BUCKETS + buckets)[is_whole])
    return found


@dataclass(frozen=True, eq=False)
class Attributor:
    """A linear model of who writes how.

    Attributes:
        authors: Whom it tells apart; at least two.
        rarity: Weight of each bucket, shape `(BUCKETS,)`.
        weights: What a bucket says for each author, shape `(BUCKETS, authors)`.
        bias: Shape `(authors,)`.
    """

    authors: tuple[int, ...]
    rarity: Floats
    weights: NDArray[np.float16]
    bias: Floats

    def log_chances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return log p(author | text), shape `(texts, authors)`; all are as likely beforehand.

        Args:
            texts: At least one, as they would be stored.
        """
        counts = Counts.of(texts)
        shares = counts.weigh(self.rarity)[:, None] * self.weights[counts.buckets]
        firsts = counts.rows.searchsorted(np.arange(len(texts)))
        sums = np.add.reduceat(shares, firsts, dtype=np.float64) + self.bias
        sums -= sums.max(axis=1, keepdims=True)
        chances: NDArray[np.float64] = sums - np.log(np.exp(sums).sum(axis=1, keepdims=True))
        return chances

    def to_bytes(self, rows: Mapping[int, int]) -> bytes:
        """Return what `from_bytes` reads, to be sealed; authors go by their rows in the base."""
        arrays = {
            "authors": np.array([rows[author] for author in self.authors], np.int64),
            "rarity": self.rarity.astype(np.float16),
            "weights": np.ascontiguousarray(self.weights),  # safetensors takes no other
            "bias": self.bias,
        }
        data: bytes = save(arrays)
        return data

    @classmethod
    def from_bytes(cls, data: bytes, members: Mapping[int, int]) -> "Attributor":
        """Read what `to_bytes` wrote; `members` says who has which row.

        Raises:
            DamagedArtifact: It is something else.
        """
        try:
            arrays = load(data)
            authors = tuple(members[row] for row in arrays["authors"].tolist())
            rarity = arrays["rarity"].astype(np.float32)
            return cls(authors, rarity, arrays["weights"], arrays["bias"])
        except (SafetensorError, KeyError, ValueError) as error:
            raise DamagedArtifact("A base's attributor cannot be read: train it again.") from error
