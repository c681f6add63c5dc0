"""A workspace export, zip or folder: its members, its conversations, and its messages as a stream.

Source: https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import groupby, islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Self

from storage.channels import ChannelKind
from storage.errors import ArchiveError, UnreadableFile
from storage.export_files import ExportFiles, normalize_name, open_files
from storage.ingestion import RawFile, RawFolder, RawMessage

_LISTS: dict[str, ChannelKind] = {
    "channels.json": "public",
    "groups.json": "private",
    "dms.json": "dm",
    "mpims.json": "group_dm",
}
_USER_LISTS = ("users.json", "org_users.json")
_SIDE_FILES = frozenset({*_USER_LISTS, *_LISTS})
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
_NO_CONVERSATIONS = frozenset({"attachments", "__uploads", "__avatars", "__MACOSX"})
_FILES_AT_A_TIME = 64
_FOLDER_NAMES: tuple[tuple[re.Pattern[str], ChannelKind], ...] = (
    (re.compile(r"mpdm-.+"), "group_dm"),
    (re.compile(r"D[A-Z0-9]{6,}"), "dm"),
    (re.compile(r"G[A-Z0-9]{6,}"), "private"),
)


class _Conversation(NamedTuple):
    channel_id: str
    kind: ChannelKind


class Archive:
    """An open export; use it in a `with` statement.

    Attributes:
        team_id: Always None: an export names its workspace in its members alone.
        total_bytes: Size of all day files.
        bytes_read: How much of that `messages` has been through.
        problems: What had to be skipped so far, until `messages` tells it.
    """

    team_id: str | None = None

    def __init__(self, files: ExportFiles, top: PurePosixPath) -> None:
        self._files, self._top = files, top
        self.problems = list(files.problems)
        self._channels: list[tuple[Mapping[str, Any], ChannelKind]] = []
        self._conversations: dict[str, _Conversation] = {}  # by folder
        self._days = self._find_days(unlisted=self._add_listed())
        self.total_bytes = sum(files.sizes[day] for day in self._days)
        self.bytes_read = 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an export, given as a zip or as a folder; a folder around it does not matter.

        Raises:
            ArchiveError: There is no such file, it is neither, or it holds no channels.
        """
        files = open_files(path)
        archive = cls(files, _find_top(files))
        if not archive._channels:
            archive.close()
            raise ArchiveError(
                f"There are no channels in {path}: give a Slack export, with a folder of daily"
                " JSON files for each channel."
            )
        return archive

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._files.close()

    def users(self) -> Iterator[Mapping[str, Any]]:
        """Yield members in the shape of Slack's `users.list`."""
        for name in _USER_LISTS:
            yield from self._read_side_file(name) or ()

    def channels(self) -> Iterator[tuple[Mapping[str, Any], ChannelKind]]:
        """Yield conversations, those included that only have a folder."""
        yield from self._channels

    def messages(self, *, on_problem: Callable[[str], None]) -> Iterator[RawMessage]:
        """Yield messages, one day's file in memory at a time, as `contents` has the files."""
        for folder in self.contents(on_problem=on_problem):
            for file in folder.files:
                yield from file.read() or ()

    def contents(self, *, on_problem: Callable[[str], None]) -> Iterator[RawFolder]:
        """Yield the days' files by conversation and day, some at a time.

        Args:
            on_problem: Is told, in a sentence each, which files were skipped and why.
        """
        while self.problems:
            on_problem(self.problems.pop(0))
        self.bytes_read = 0
        for folder, every_day in groupby(self._days, key=lambda day: day.parent.name):
            while days := list(islice(every_day, _FILES_AT_A_TIME)):
                files = [self._file(day, on_problem) for day in days]
                yield RawFolder(self._conversations[folder].channel_id, files)
                self.bytes_read += sum(self._files.sizes[day] for day in days)

    def _file(self, day: PurePosixPath, on_problem: Callable[[str], None]) -> RawFile:
        return RawFile(partial(self._files.identify, day), partial(self._read_day, day, on_problem))

    def _read_day(
        self, day: PurePosixPath, on_problem: Callable[[str], None]
    ) -> list[RawMessage] | None:
        channel_id, kind = self._conversations[day.parent.name]
        try:
            rows = self._read_list(day)
        except UnreadableFile as error:
            on_problem(f"{_label(day, kind)} {error}; it was skipped.")
            return None
        return [RawMessage(channel_id, row if isinstance(row, dict) else {}) for row in rows]

    def _read_list(self, path: PurePosixPath) -> list[Any]:
        try:
            rows = json.loads(self._files.read(path))
        except (ValueError, RecursionError) as error:
            raise UnreadableFile("is broken off or no JSON") from error
        if not isinstance(rows, list):
            raise UnreadableFile("is not a list")
        return rows

    def _read_side_file(self, name: str) -> list[dict[str, Any]] | None:
        """Return the entries of a list beside the folders; `None` where none can be read."""
        if not self._has(name):
            return None
        try:
            rows = self._read_list(self._top / name)
        except UnreadableFile as error:
            self.problems.append(f"{name} {error}; it was skipped.")
            return None
        return [row for row in rows if isinstance(row, dict)]

    def _has(self, name: str) -> bool:
        return self._top / name in self._files.sizes

    def _add_listed(self) -> ChannelKind:
        """Add the conversations of all lists; return what a folder is that none of them has.

        A standard export has public channels only, and then a list is not needed to know it.
        """
        lists = {name: self._read_side_file(name) for name in _LISTS}
        for name, kind in _LISTS.items():
            for entry in lists[name] or ():
                is_private = kind == "public" and entry.get("is_private")
                self._add(entry, "private" if is_private else kind)
        groups_are_broken = lists["groups.json"] is None and self._has("groups.json")
        return "private" if lists["channels.json"] is not None or groups_are_broken else "public"

    def _add(self, entry: Mapping[str, Any], kind: ChannelKind) -> None:
        found = (entry.get(key) for key in ("id", "name"))
        names = [name for name in found if name and isinstance(name, str)]
        if names:
            self._channels.append(({**entry, "id": names[0]}, kind))
        for folder in names:
            self._conversations.setdefault(normalize_name(folder), _Conversation(names[0], kind))

    def _find_days(self, unlisted: ChannelKind) -> list[PurePosixPath]:
        """Return the day files in order; folders that no list has become conversations."""
        days = []
        for path in sorted(self._files.sizes):
            folder = path.parent.name
            if path.parent.parent != self._top or not _DAY.fullmatch(path.name) or not folder:
                continue
            if folder not in self._conversations:
                if folder in _NO_CONVERSATIONS:
                    continue
                self._add({"id": folder, "name": folder}, _guess_kind(folder) or unlisted)
            days.append(path)
        return days


def is_export(folder: Path) -> bool:
    """Say whether a folder looks like an export itself, rather than like one around exports."""
    has_list = any((folder / name).is_file() for name in _SIDE_FILES)
    return has_list or any(_DAY.fullmatch(day.name) for day in folder.glob("*/*.json"))


def _find_top(files: ExportFiles) -> PurePosixPath:
    """Return the folder that the export's own folders lie in: the one nearest to the root."""
    tops = {
        path.parent if path.name in _SIDE_FILES else path.parent.parent
        for path in files.sizes
        if "__MACOSX" not in path.parts
        and (path.name in _SIDE_FILES or (_DAY.fullmatch(path.name) and path.parent.name))
    }
    return min(tops, key=lambda top: (len(top.parts), top), default=PurePosixPath())


def _guess_kind(folder: str) -> ChannelKind | None:
    return next((kind for name, kind in _FOLDER_NAMES if name.fullmatch(folder)), None)


def _label(day: PurePosixPath, kind: ChannelKind) -> str:
    """Name a day's file; other folders than channels' are named after people."""
    if kind == "public":
        return f"{day.parent.name}/{day.name}"
    return f"{day.name} of a private conversation"
