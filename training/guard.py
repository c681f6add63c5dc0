"""The copy guard: how much of a new text stands in a text that somebody wrote.

Texts are compared case-folded, with each run of white space as one space: a copy in other capitals
is a copy. The index holds no text: it is every run of 8 characters with its position, every whole
message, and every run of 5 digits, as keyed hashes. Under another key they are hashed once more, by
that: what was written is as well known as before, and neither key alone can ask what it was.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.keys import BlockCipher, Keyring
from training.errors import DamagedArtifact

Hashes = NDArray[np.uint64]
Positions = NDArray[np.uint32]

GRAM = 8  # characters; a shorter run is not seen
SHORT = 20  # characters; a shorter text is refused only as a whole message, of few people
LONG = 40  # characters of a run that is always refused; a shorter one only as a large share
LARGE_SHARE = 0.6
MANY_AUTHORS = 3  # what so many have written is nobody's own
NUMBER = 5  # digits; so much of a number that few people wrote is always refused
CHUNK = 1 << 20  # characters hashed at a time
DTYPES = {"U64": np.uint64, "U32": np.uint32, "U8": np.uint8}  # safetensors' names
PARTS = ("grams", "positions", "messages", "authors")
MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)  # odd, else arbitrary
_DIGITS = re.compile(rf"\d(?:[\s.,:/-]?\d){{{NUMBER - 1},}}")  # what stands between is no matter


@dataclass(frozen=True)
class Verdict:
    """What the guard says of a text.

    Attributes:
        overlap: The longest shared run as a share of the text; 1 if it gives away a number.
        run: Its length in characters.
    """

    is_refused: bool
    overlap: float
    run: int


def build_guard(
    texts: Iterable[tuple[int, str]], keyring: Keyring
) -> dict[str, NDArray[np.generic]]:
    """Index what was written.

    Args:
        texts: Author and stored text of every message.
        keyring: Its keys hash what is kept.

    Returns:
        `grams` (sorted) and `positions`, in which runs are consecutive; `messages` and numbers
        (sorted) and `authors`: how many wrote each, at most `MANY_AUTHORS`.
    """
    authors: dict[bytes, set[int]] = {}
    once = _note_authors(texts, authors)
    grams, positions = _index_grams(once, keyring)
    messages = _shorten(keyring.keyed_hashes(b"".join(authors)))
    counts = np.array([min(len(each), MANY_AUTHORS) for each in authors.values()], np.uint8)
    return _sort(grams, positions, messages, counts)


def rekey_guard(arrays: Mapping[str, NDArray[Any]], keyring: Keyring) -> dict[str, NDArray[Any]]:
    """Put an index under another key: every hash is hashed once more, by that.

    Args:
        arrays: As `build_guard` or this function returned them.
        keyring: The other key's. To ask the index, the keys before are needed, too.
    """
    grams, messages = (_rehash(arrays[name], keyring) for name in ("grams", "messages"))
    return _sort(grams, arrays["positions"], messages, arrays["authors"])


def _sort(
    grams: Hashes, positions: Positions, messages: Hashes, authors: NDArray[np.uint8]
) -> dict[str, NDArray[Any]]:
    by_gram, by_message = grams.argsort(kind="stable"), messages.argsort()
    return {
        "grams": grams[by_gram],
        "positions": positions[by_gram],
        "messages": messages[by_message],
        "authors": authors[by_message],
    }


class CopyGuard:
    """An index of what was written.

    Args:
        arrays: As `build_guard` returns them.
        keyring: That they are under.
        former: The `guard_key` of every key that they were under before, the first one first.
    """

    def __init__(
        self, arrays: Mapping[str, NDArray[Any]], keyring: Keyring, former: Sequence[bytes] = ()
    ) -> None:
        self._grams, self._positions = arrays["grams"], arrays["positions"]
        self._messages, self._authors = arrays["messages"], arrays["authors"]
        self._keyring = keyring
        self._former = [BlockCipher(key) for key in former]

    @classmethod
    def open(cls, file: Path, keyring: Keyring, former: Sequence[bytes] = ()) -> "CopyGuard":
        """Map an index from a safetensors file, without reading it.

        Raises:
            DamagedArtifact: It is something else.
        """
        return cls(map_guard(file), keyring, former)

    def check(self, text: str) -> Verdict:
        """Judge a text: its prompt and what was added to it."""
        text = _normalize(text)
        whole = [text, *_find_numbers(text)]
        hashes = self._hash(b"".join(map(_digest, whole)) + _mix_grams(_to_codes(text)))
        authors, *of_numbers = map(self._count_authors, hashes[: len(whole)])
        run = len(text) if authors else self._find_longest_run(hashes[len(whole) :])
        overlap = run / max(len(text), 1)
        if any(0 < count < MANY_AUTHORS for count in of_numbers):
            return Verdict(True, 1.0, run)
        if len(text) < SHORT:
            return Verdict(0 < authors < MANY_AUTHORS, overlap, run)
        return Verdict(run >= LONG or overlap >= LARGE_SHARE, overlap, run)

    def find_unknown(self, messages: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """Return those of the messages, each with its author, that are not in the index."""
        digests = b"".join(_digest(_normalize(text)) for _, text in messages)
        is_known = np.isin(self._hash(digests), self._messages)
        return [each for each, known in zip(messages, is_known, strict=True) if not known]

    def _hash(self, blocks: bytes) -> Hashes:
        for cipher in self._former:
            blocks = _widen(_shorten(cipher.encrypt(blocks)))
        return _shorten(self._keyring.keyed_hashes(blocks))

    def _count_authors(self, message: np.uint64) -> int:
        place = int(self._messages.searchsorted(message))
        is_known = place < len(self._messages) and self._messages[place] == message
        return int(self._authors[place]) if is_known else 0

    def _find_longest_run(self, grams: Hashes) -> int:
        """Return the length of the longest run shared with one message, 0 if it is below `GRAM`.

        Args:
            grams: Of every place in the text.
        """
        if not len(self._grams):
            return 0
        first = self._grams.searchsorted(grams)
        known = np.flatnonzero(self._grams.take(first, mode="clip") == grams)  # few, as a rule
        if not len(known):
            return 0
        first = first[known]
        counts = self._grams.searchsorted(grams[known], side="right") - first
        places = np.repeat(known, counts)  # in the text
        nth = np.arange(len(places)) - np.repeat(counts.cumsum() - counts, counts)
        found = self._positions[np.repeat(first, counts) + nth].astype(np.int64)
        # where text and message run alike, position and place keep their distance
        lines = np.sort((found - places + len(grams)) * len(grams) + places)
        ends = np.flatnonzero(np.append(np.diff(lines) != 1, True))
        return int(np.diff(ends, prepend=-1).max()) + GRAM - 1


def _normalize(text: str) -> str:
    return " ".join(text.casefold().split())


def _find_numbers(text: str) -> list[str]:
    """Return every run of `NUMBER` digits, behind a line break, which no message has."""
    numbers = ["".join(filter(str.isdigit, found)) for found in _DIGITS.findall(text)]
    runs = (number[at:][:NUMBER] for number in numbers for at in range(len(number) - NUMBER + 1))
    return [f"\n{run}" for run in dict.fromkeys(runs)]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _to_codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _shorten(blocks: bytes) -> Hashes:
    """Return the first half of every block of 16 bytes."""
    return np.frombuffer(blocks, np.uint64)[::2]


def _widen(hashes: Hashes) -> bytes:
    """Make blocks of 16 bytes of hashes."""
    return np.column_stack([hashes, np.zeros_like(hashes)]).tobytes()


def _rehash(hashes: Hashes, keyring: Keyring) -> Hashes:
    parts = range(0, len(hashes), CHUNK)
    done = [_shorten(keyring.keyed_hashes(_widen(hashes[at : at + CHUNK]))) for at in parts]
    return np.concatenate([np.zeros(0, np.uint64), *done])


def _mix_grams(codes: NDArray[np.uint32]) -> bytes:
    """Return a block for every run of `GRAM` characters, by two polynomials."""
    count = max(len(codes) - GRAM + 1, 0)
    sums = np.zeros((count, len(MULTIPLIERS)), np.uint64)
    for offset in range(GRAM):
        sums = sums * MULTIPLIERS + codes[offset : offset + count, None]
    return sums.tobytes()


def _note_authors(
    texts: Iterable[tuple[int, str]], authors: dict[bytes, set[int]]
) -> Iterator[str]:
    """Yield every different text once, while it is noted who wrote it and the numbers in it."""
    for author, text in texts:
        normalized = _normalize(text)
        digests = [_digest(each) for each in (normalized, *_find_numbers(normalized))]
        if digests[0] not in authors:
            yield normalized
        for digest in digests:
            known = authors.setdefault(digest, set())
            if len(known) < MANY_AUTHORS:
                known.add(author)


def _index_grams(texts: Iterable[str], keyring: Keyring) -> tuple[Hashes, Positions]:
    hashes, positions, before = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint32)], 0
    for chunk in _join(texts):
        codes = _to_codes(chunk)
        breaks = np.cumsum(np.append(0, codes == ord("\n")))
        is_within = breaks[GRAM:] == breaks[:-GRAM]  # one message
        hashes.append(_shorten(keyring.keyed_hashes(_mix_grams(codes)))[is_within])
        positions.append((before + np.flatnonzero(is_within)).astype(np.uint32))
        before += len(codes)
    return np.concatenate(hashes), np.concatenate(positions)


def _join(texts: Iterable[str]) -> Iterator[str]:
    """Gather texts into chunks, a line break after each; they have none themselves."""
    chunk, size = [], 0
    for text in texts:
        chunk.append(text + "\n")
        size += len(chunk[-1])
        if size >= CHUNK:
            yield "".join(chunk)
            chunk, size = [], 0
    yield "".join(chunk)


def map_guard(file: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of an index from a safetensors file, without reading it.

    Raises:
        DamagedArtifact: It is something else.
    """
    try:
        arrays = _map_arrays(file)
        return {name: arrays[name] for name in PARTS}
    except (OSError, ValueError, KeyError) as error:
        raise DamagedArtifact(f"The copy guard {file} cannot be read.") from error


def _map_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of a safetensors file.

    Source: https://huggingface.co/docs/safetensors/index#format
    """
    content = np.memmap(file, np.uint8, "r").view(np.ndarray)
    start = 8 + int(content[:8].view(np.uint64)[0])
    header = json.loads(content[8:start].tobytes())
    return {
        name: content[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]].view(
            DTYPES[entry["dtype"]]
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }
