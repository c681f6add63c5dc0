"""Messages packed end to end into rows and cut into windows, without padding inside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corpus import NO_CONTEXT, VOICE, EncodedCorpus

CONTEXT_SHARE = 0.5  # of messages, preceded by the message they answer
RESET_SHARE = 0.3  # of message starts, where the state is cleared
GENERIC_SHARE = 0.1  # of messages, read as the generic author's


@dataclass(frozen=True)
class Windows:
    """Consecutive windows of parallel streams; arrays are `(windows, time, batch)`.

    Attributes:
        inputs: Tokens read.
        targets: Tokens to predict: the next of the same stream.
        authors: Row of the author of each token read.
        keep: 0 where the state is cleared before the token, else 1.
        weights: 1 where the prediction counts, else 0.
    """

    inputs: NDArray[np.int32]
    targets: NDArray[np.int32]
    authors: NDArray[np.int32]
    keep: NDArray[np.float32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.inputs)

    def __iter__(self) -> Iterator[tuple[NDArray[np.generic], ...]]:
        for index in range(len(self)):
            yield (
                self.inputs[index],
                self.targets[index],
                self.authors[index],
                self.keep[index],
                self.weights[index],
            )


@dataclass(frozen=True)
class Packing:
    """How streams are cut: so many rows side by side, so many tokens a window."""

    batch: int
    time: int


@dataclass(frozen=True)
class Reader:
    """Which author row stands for which member; the voice's own messages may have the row `VOICE`.

    Attributes:
        rows: Author row by member id; absent members are read as the generic author, row 0.
        is_delta: Whether the messages are a voice's own (row `VOICE`; nothing else counts).
    """

    rows: dict[int, int]
    is_delta: bool = False


def pack_training(
    encoded: EncodedCorpus,
    indices: NDArray[np.int64],
    reader: Reader,
    packing: Packing,
    rng: np.random.Generator,
) -> Windows:
    """Pack one epoch: authors in random order, each one's messages in time order.

    Half of the messages follow what they answer. Only messages of the same part of the split serve
    as context, so nothing held out is ever read.
    """
    corpus = encoded.corpus
    stream = _Stream()
    for turn in _turns(corpus.authors, corpus.times, indices, rng):
        own = VOICE if reader.is_delta else _row(reader, encoded, turn[0])
        stream.start_turn()
        for index in turn:
            row = 0 if own != VOICE and rng.random() < GENERIC_SHARE else own
            context = int(corpus.contexts[index])
            is_kept = rng.random() >= RESET_SHARE
            has_context = context != NO_CONTEXT and corpus.parts[context] == corpus.parts[index]
            if has_context and rng.random() < CONTEXT_SHARE:
                heard, words = _row(reader, encoded, context), encoded.message(context)
                stream.add(words, heard, keep=is_kept, counts=not reader.is_delta)
                is_kept = True
            stream.add(encoded.message(int(index)), row, keep=is_kept, counts=True)
    return stream.cut(packing, offset=int(rng.integers(packing.time)))


def pack_evaluation(
    encoded: EncodedCorpus, indices: NDArray[np.int64], reader: Reader, packing: Packing
) -> Windows:
    """Pack messages for scoring: each whole in one row, from the zero state, by its own author.

    Windows have all of the rows, however few the messages are: no graph is traced anew for them.
    """
    rows = [_Stream() for _ in range(packing.batch)]
    longest_first = indices[np.argsort(-encoded.lengths(indices), kind="stable")]
    for index in longest_first:
        row = VOICE if reader.is_delta else _row(reader, encoded, int(index))
        shortest = min(rows, key=len)
        shortest.add(encoded.message(int(index)), row, keep=False, counts=True)
    return _lay_out([row.flatten() for row in rows], packing.time)


def pack_raw(tokens: NDArray[np.int32], packing: Packing, *, offset: int = 0) -> Windows:
    """Pack one raw stream: no message starts, and every prediction counts."""
    stream = _Stream()
    stream.add(tokens, 0, keep=True, counts=True, is_message=False)
    return stream.cut(packing, offset=offset)


def pack_whole(tokens: NDArray[np.int32], packing: Packing, *, primer: int) -> Windows:
    """Pack one raw stream for scoring: all of it counts but the primer, at least one token.

    Every row begins with as many tokens from before its own, which count for nothing: it comes to
    its own with nearly the state that a single row would have carried there.
    """
    length = -(-max(len(tokens) - primer, 1) // packing.batch)
    rows = [_Stream() for _ in range(packing.batch)]
    for number, row in enumerate(rows):
        read = tokens[number * length :][: primer + length]
        if len(read) > primer:  # the last rows of a short text have nothing of their own
            row.add(read[:primer], 0, keep=True, counts=False, is_message=False)
            row.add(read[primer:], 0, keep=True, counts=True, is_message=False)
    return _lay_out([row.flatten() for row in rows], packing.time)


def _turns(
    authors: NDArray[np.int64],
    times: NDArray[np.float64],
    indices: NDArray[np.int64],
    rng: np.random.Generator,
) -> list[NDArray[np.int64]]:
    ordered = indices[np.lexsort((times[indices], authors[indices]))]
    changes = np.flatnonzero(np.diff(authors[ordered])) + 1
    turns = np.split(ordered, changes)
    return [turns[number] for number in rng.permutation(len(turns)) if len(turns[number])]


def _row(reader: Reader, encoded: EncodedCorpus, index: int) -> int:
    return reader.rows.get(int(encoded.corpus.authors[index]), 0)


class _Stream:
    """Pieces of tokens in reading order, with what is known of each."""

    def __init__(self) -> None:
        self._pieces: list[NDArray[np.int32]] = []
        self._facts: list[tuple[int, bool, bool, bool]] = []  # author, keep, counts, is message
        self._length = 0
        self._is_new_turn = True

    def __len__(self) -> int:
        return self._length

    def start_turn(self) -> None:
        self._is_new_turn = True

    def add(
        self,
        tokens: NDArray[np.int32],
        author: int,
        *,
        keep: bool,
        counts: bool,
        is_message: bool = True,
    ) -> None:
        self._pieces.append(tokens)
        self._facts.append((author, keep and not self._is_new_turn, counts, is_message))
        self._length += len(tokens)
        self._is_new_turn = False

    def flatten(self) -> NDArray[np.int32]:
        """Return, for each token: itself, its author's row, if the state is kept, if it counts."""
        if not self._pieces:
            return np.zeros((4, 0), np.int32)
        lengths = np.array([len(piece) for piece in self._pieces], np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        facts = np.array(self._facts, np.int32)
        authors, counts = np.repeat(facts[:, 0], lengths), np.repeat(facts[:, 2], lengths)
        keep = np.ones(len(authors), np.int32)
        keep[starts] = facts[:, 1]
        counts[starts[facts[:, 3] == 1]] = 0  # nobody has to predict that a message begins
        return np.stack([np.concatenate(self._pieces), authors, keep, counts])

    def cut(self, packing: Packing, offset: int) -> Windows:
        """Cut the stream into rows of one length, from a token on."""
        facts = self.flatten()[:, offset:]
        length = -(-max(facts.shape[1] - 1, 1) // packing.batch)
        firsts = range(0, packing.batch * length, length)
        return _lay_out([facts[:, first : first + length + 1] for first in firsts], packing.time)


def _lay_out(rows: Sequence[NDArray[np.int32]], time: int) -> Windows:
    """Put rows side by side and cut them into windows; each starts from the zero state."""
    longest = max(row.shape[1] for row in rows)
    length = -(-max(longest - 1, 1) // time) * time
    grid = np.stack([np.pad(row, ((0, 0), (0, length + 1 - row.shape[1]))) for row in rows])
    grid[:, 2, 0] = 0

    def cut(fact: int, shift: int) -> NDArray[np.int32]:
        windows = grid[:, fact, shift : shift + length].reshape(len(rows), -1, time)
        return np.ascontiguousarray(windows.transpose(1, 2, 0))

    return Windows(
        inputs=cut(0, 0),
        targets=cut(0, 1),
        authors=cut(1, 0),
        keep=cut(2, 0).astype(np.float32),
        weights=cut(3, 1).astype(np.float32),
    )
