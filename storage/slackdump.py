"""A slackdump archive: the SQLite database in which slackdump keeps what it has read of Slack.

Every row holds Slack's own JSON; what was read again stands there again, in a later chunk.

Source: https://github.com/rusq/slackdump, the migrations of its database.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from storage.channels import ChannelKind
from storage.errors import ArchiveError
from storage.ingestion import RawMessage

FILE_NAME = "slackdump.sqlite"

_MAGIC = b"SQLite format 3\x00"
_READ_VERSION, _WITH_LOG = 19, 2  # a place in the file's head, and what it says there
_MOST_BYTES = 8 * 2**20  # of one message; Slack's longest have 40,000 characters and their blocks
_PATIENCE_SECONDS = 2.0
_TABLES = frozenset({"MESSAGE", "CHANNEL", "S_USER", "CHUNK"})
_MESSAGES = """
    SELECT MESSAGE.CHANNEL_ID, CASE WHEN LENGTH(DATA) <= ? THEN DATA END
    FROM MESSAGE CROSS JOIN CHUNK ON CHUNK.ID = MESSAGE.CHUNK_ID
    WHERE CHUNK.TYPE_ID IN (0, 1)
"""  # of channels and of threads, as they lie in the file
_USERS = "SELECT ID, DATA FROM S_USER ORDER BY CHUNK_ID"
_CHANNELS = "SELECT ID, DATA FROM CHANNEL ORDER BY CHUNK_ID"
_CHANNELS_SAID = "SELECT DISTINCT CHANNEL_ID FROM MESSAGE ORDER BY CHANNEL_ID"
_TEAM = "SELECT TEAM_ID FROM WORKSPACE ORDER BY CHUNK_ID DESC LIMIT 1"

_DAMAGED = "is damaged or no slackdump archive: let slackdump make it again"
_PROBLEMS = (
    ("SQLITE_BUSY", "is being written to: wait until slackdump has finished"),
    ("SQLITE_READONLY", "was not finished: let slackdump go on with it first"),
    ("SQLITE_CANTOPEN", "was not finished, or may not be read: copy its folder, and give the copy"),
)


class SlackdumpArchive:
    """An open archive; use it in a `with` statement.

    Attributes:
        team_id: The workspace, if the archive says.
        total_bytes: Size of the file.
        bytes_read: How much of that `messages` has been through, about.
        problems: None before `messages`.
    """

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self._file, self._connection = file, connection
        self._users = _merge(self._rows(_USERS))
        self._channels = self._find_channels()
        self.team_id = next((str(team) for (team,) in self._rows(_TEAM) if team), None)
        self.total_bytes = file.stat().st_size
        self.bytes_read = 0
        self.problems: list[str] = []

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open an archive; nothing of it is changed.

        Raises:
            ArchiveError: It cannot be read, or it is another program's database.
        """
        connection = _connect(file)
        try:
            _require_tables(file, connection)
            return cls(file, connection)
        except sqlite3.Error as error:
            connection.close()
            raise _describe(file, error) from error
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def users(self) -> Iterator[Mapping[str, Any]]:
        """Yield members in the shape of Slack's `users.list`, each as it was last read."""
        yield from self._users.values()

    def channels(self) -> Iterator[tuple[Mapping[str, Any], ChannelKind]]:
        """Yield conversations; what none is said of but its messages counts as private."""
        for channel_id, channel in self._channels.items():
            yield channel, _find_kind(channel_id, channel)

    def messages(self, *, on_problem: Callable[[str], None]) -> Iterator[RawMessage]:
        """Yield every edition of every message, one in memory at a time.

        Args:
            on_problem: Is told if the file is damaged; what comes before that is yielded.
        """
        self.bytes_read = 0
        try:
            for channel_id, data in self._rows(_MESSAGES, _MOST_BYTES):
                self.bytes_read += len(data or b"")
                yield RawMessage(str(channel_id), _read(data))
        except sqlite3.Error:
            on_problem(f"{self._file.name} is damaged; what comes behind that place was skipped.")
        self.bytes_read = self.total_bytes

    def contents(self, *, on_problem: Callable[[str], None]) -> Iterator[RawMessage]:
        """Yield the messages: they lie in one file."""
        return self.messages(on_problem=on_problem)

    def _find_channels(self) -> dict[str, Mapping[str, Any]]:
        """Return conversations by id, those included of which only messages are known."""
        listed = _merge(self._rows(_CHANNELS))
        with suppress(sqlite3.Error):  # damaged: `messages` says so
            for (channel_id,) in self._rows(_CHANNELS_SAID):
                listed.setdefault(str(channel_id), {"id": str(channel_id), "name": str(channel_id)})
        return listed

    def _rows(self, query: str, *values: int) -> Iterator[tuple[Any, ...]]:
        cursor = self._connection.execute(query, values)
        # not from the cursor itself: whoever stops in the middle would close it after its database
        yield from iter(cursor.fetchone, None)


def is_sqlite(file: Path) -> bool:
    """Say whether a file is a SQLite database, of whatever program."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _connect(file: Path) -> sqlite3.Connection:
    """Open for reading alone; where nobody writes, SQLite is kept from leaving a log behind.

    Raises:
        ArchiveError: It cannot be opened.
    """
    try:
        options = "mode=ro&immutable=1" if _is_settled(file) else "mode=ro"
    except OSError as error:
        raise ArchiveError(f"{file} cannot be read: {error.strerror}.") from error
    uri = f"file:{quote(str(file.absolute()))}?{options}"
    connection = sqlite3.connect(uri, timeout=_PATIENCE_SECONDS, uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.Error as error:
        connection.close()
        raise _describe(file, error) from error
    return connection


def _is_settled(file: Path) -> bool:
    """Say whether a file tells everything, and nobody is at it: then there is no log beside it."""
    with file.open("rb") as stream:
        head = stream.read(_READ_VERSION + 1)
    has_log = file.with_name(f"{file.name}-wal").exists()
    return head[_READ_VERSION:] == bytes([_WITH_LOG]) and not has_log


def _require_tables(file: Path, connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT UPPER(name) FROM sqlite_master WHERE type = 'table'")
    if not {name for (name,) in rows} >= _TABLES:
        raise ArchiveError(f"{file} is a database, but not slackdump's: give the one it made.")


def _describe(file: Path, error: sqlite3.Error) -> ArchiveError:
    code = getattr(error, "sqlite_errorname", "")
    found = (sentence for start, sentence in _PROBLEMS if code.startswith(start))
    return ArchiveError(f"{file} {next(found, _DAMAGED)}.")


def _merge(rows: Iterator[tuple[Any, ...]]) -> dict[str, Mapping[str, Any]]:
    """Return objects by id: what a later row leaves unsaid, an earlier one says."""
    found: dict[str, Mapping[str, Any]] = {}
    for key, data in rows:
        object_id = str(key)
        found[object_id] = {**found.get(object_id, {}), **_read(data), "id": object_id}
    return found


def _read(data: Any) -> dict[str, Any]:
    """Read a row's JSON; what is none is an empty object, which counts as malformed later."""
    try:
        found = json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _find_kind(channel_id: str, channel: Mapping[str, Any]) -> ChannelKind:
    if channel.get("is_mpim"):
        return "group_dm"
    if channel.get("is_im") or channel_id.startswith("D"):
        return "dm"
    is_public = channel.get("is_channel") and not channel.get("is_private")
    return "public" if is_public else "private"
