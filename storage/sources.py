"""Whatever holds a workspace's history: an export, a slackdump archive, or a folder of several."""

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

from storage.archive import Archive, is_export
from storage.channels import ChannelKind
from storage.errors import ArchiveError
from storage.ingestion import RawFolder, RawMessage
from storage.slackdump import FILE_NAME, SlackdumpArchive, is_sqlite

_DEEPEST = 3  # folders in folders
_NOT_FOR_PEOPLE = (".", "__")  # what systems and programs put beside
_SUFFIXES = (".zip", Path(FILE_NAME).suffix)


class Source(Protocol):
    """Members, conversations and messages that can be imported; use it in a `with` statement.

    Attributes:
        team_id: The workspace, if the source says.
        total_bytes: Size of all messages.
        problems: What had to be skipped so far, a sentence each, until `messages` tells it.
    """

    team_id: str | None
    total_bytes: int
    problems: list[str]

    @property
    def bytes_read(self) -> int:
        """How much of that `messages` has been through."""

    def __enter__(self) -> Self:
        """Be open."""

    def __exit__(self, *_: object) -> None:
        """Let go of the files."""

    def users(self) -> Iterator[Mapping[str, Any]]:
        """Yield members in the shape of Slack's `users.list`."""

    def channels(self) -> Iterator[tuple[Mapping[str, Any], ChannelKind]]:
        """Yield conversations, and of what kind each is."""

    def messages(self, *, on_problem: Callable[[str], None]) -> Iterator[RawMessage]:
        """Yield messages, in any order; `on_problem` hears what had to be skipped."""

    def contents(
        self, *, on_problem: Callable[[str], None]
    ) -> Iterator[RawFolder] | Iterator[RawMessage]:
        """Yield the same as it lies there: files in which messages are, or messages alone.

        A file is there to be read until the next folder is asked for.
        """


class OneOfSeveral:
    """A source that is open only while it is read: a folder may hold thousands.

    Raises:
        ArchiveError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._source: Source | None = None
        self._bytes_read = 0
        self.problems: list[str] = []
        with self._open() as source:
            self.team_id, self.total_bytes = source.team_id, source.total_bytes

    @property
    def bytes_read(self) -> int:
        """How much `messages` has been through."""
        return self._source.bytes_read if self._source else self._bytes_read

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: it is closed already."""

    def users(self) -> Iterator[Mapping[str, Any]]:
        """Yield members."""
        with self._open() as source:
            yield from source.users()

    def channels(self) -> Iterator[tuple[Mapping[str, Any], ChannelKind]]:
        """Yield conversations."""
        with self._open() as source:
            yield from source.channels()

    def messages(self, *, on_problem: Callable[[str], None]) -> Iterator[RawMessage]:
        """Yield messages; whoever hears of a problem hears in which of several it is."""
        with self._open() as source:
            yield from source.messages(on_problem=self._naming_itself(on_problem))

    def contents(
        self, *, on_problem: Callable[[str], None]
    ) -> Iterator[RawFolder] | Iterator[RawMessage]:
        """Yield what is in it."""
        with self._open() as source:
            yield from source.contents(on_problem=self._naming_itself(on_problem))

    def _naming_itself(self, on_problem: Callable[[str], None]) -> Callable[[str], None]:
        return lambda problem: on_problem(f"{self._path}: {problem}")

    @contextmanager
    def _open(self) -> Iterator[Source]:
        with open_source(self._path) as source:
            self._note(source)
            source.problems = self.problems
            self._source = source
            yield source
            self._note(source)
            self._bytes_read, self._source = source.bytes_read, None

    def _note(self, source: Source) -> None:
        """Keep what is still to be told: each time it is opened it finds the same again."""
        self.problems = list(dict.fromkeys([*self.problems, *source.problems]))


def open_source(path: Path) -> Source:
    """Open an export or a slackdump archive.

    Raises:
        ArchiveError: It is neither, or it cannot be read.
    """
    if (path / FILE_NAME).is_file():
        return SlackdumpArchive.open(path / FILE_NAME)
    return SlackdumpArchive.open(path) if is_sqlite(path) else Archive.open(path)


def open_sources(path: Path, *, on_problem: Callable[[str], None]) -> list[Source]:
    """Find what a path leads to; of a folder of several, all that can be read.

    Args:
        path: An export (zip or folder), a slackdump archive, or a folder with such anywhere in it.
        on_problem: Hears a sentence about each of several that cannot be read.

    Raises:
        ArchiveError: None can be read.
    """
    try:
        found = _find_sources(path, on_problem)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    if len(found) < 2:
        return [open_source(each) for each in found or (path,)]
    sources: list[Source] = []
    for each in found:
        try:
            sources.append(OneOfSeveral(each))
        except ArchiveError as error:
            on_problem(f"{error} It was skipped.")
    if not sources:
        raise ArchiveError(f"Nothing in {path} can be read: give exports as Slack made them.")
    return sources


def _find_sources(path: Path, on_problem: Callable[[str], None]) -> Sequence[Path]:
    """Return the exports and archives in a folder that is none itself, each once."""
    if not path.is_dir() or _is_source(path):
        return ()
    found = {each.resolve(): each for each in reversed(list(_walk(path, on_problem)))}
    return list(reversed(found.values()))


def _walk(folder: Path, on_problem: Callable[[str], None], depth: int = _DEEPEST) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.name.startswith(_NOT_FOR_PEOPLE):
            continue
        try:
            if _is_source(each):
                yield each
            elif depth and each.is_dir():
                yield from _walk(each, on_problem, depth - 1)
        except OSError as error:
            on_problem(f"{each} cannot be read: {error.strerror}. It was skipped.")


def _is_source(path: Path) -> bool:
    if path.is_dir():
        return (path / FILE_NAME).is_file() or is_export(path)
    if not path.is_file():
        return False
    # what is called so is one, or a broken one, of which somebody has to be told
    is_called_so = path.suffix.lower() in _SUFFIXES
    return is_called_so or is_sqlite(path) or zipfile.is_zipfile(path)
