"""What comes in, cut into batches: a file stays whole, and all else ends after so many messages."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from types import MappingProxyType
from typing import NamedTuple, cast

from storage.ingestion import RawFolder, RawMessage

BATCH = 1_000
_MOST_IN_A_FILE = 10_000  # messages; a larger one is cut as well

Raw = RawMessage | RawFolder
Tally = Mapping[str, int]
"""How many messages were `stored`, `unchanged`, or dropped for which reason."""


class Part(NamedTuple):
    """Messages that lie together.

    Args:
        messages: None of them where they came in before and need not be read.
        channel_id: The conversation, if they are of a file.
        mark: Names the file whose messages these are, and all of them; b"" if it has no name.
        recalled: What came of those that need not be read.
    """

    messages: Sequence[RawMessage]
    channel_id: str = ""
    mark: bytes = b""
    recalled: Tally = MappingProxyType({})

    @property
    def size(self) -> int:
        """How many messages, also where they are not read."""
        return len(self.messages) or sum(self.recalled.values())


Recall = Callable[[RawFolder], Sequence[Part]]


@dataclass(frozen=True, slots=True)
class Load:
    """What is taken in at once.

    Args:
        size: How many messages, also where they are not read.
        is_last: Nothing comes after it.
    """

    parts: Sequence[Part]
    size: int
    is_last: bool = False


def cut(raw: Iterable[Raw], recall: Recall) -> Iterator[Load]:
    """Yield full loads and then a last one that is not, perhaps an empty one.

    Args:
        raw: Messages and folders of such, as they come.
        recall: Names the files of a folder, and tells which need not be read.
    """
    parts: list[Part] = []
    size = 0
    for part in _split(raw, recall):
        if parts and size + part.size > BATCH:
            yield Load(parts, size)
            parts, size = [], 0
        parts.append(part)
        size += part.size
        if size >= BATCH:
            yield Load(parts, size)
            parts, size = [], 0
    yield Load(parts, size, is_last=True)


def _split(raw: Iterable[Raw], recall: Recall) -> Iterator[Part]:
    for kind, run in groupby(raw, key=type):
        if kind is RawFolder:
            for folder in cast(Iterable[RawFolder], run):
                yield from _read(folder, recall)
        else:
            yield from _chop(cast(Iterable[RawMessage], run))


def _read(folder: RawFolder, recall: Recall) -> Iterator[Part]:
    """Read the files that have to be."""
    for file, part in zip(folder.files, recall(folder), strict=True):
        if part.recalled:
            yield part
        elif messages := file.read():
            is_whole = len(messages) <= _MOST_IN_A_FILE
            yield from [part._replace(messages=messages)] if is_whole else _chop(messages)


def _chop(messages: Iterable[RawMessage]) -> Iterator[Part]:
    rest = iter(messages)
    while some := list(islice(rest, BATCH)):
        yield Part(some)
