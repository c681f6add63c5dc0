"""Stored texts are scrubbed again when the members' names, or the scrubber itself, have changed.

One pass goes from the first row to the last that there was when the change was seen: whatever is
stored later has been through the new scrubber already. How far it is stands in `counters`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, select, update

from storage.anonymization import PLACEHOLDERS, SCRUB_VERSION, Scrubber, escape
from storage.counters import NAMES, read_counter, write_counter
from storage.database import Database
from storage.drafts import MARK
from storage.keys import Keyring
from storage.messages import message_identity
from storage.schema import messages

BATCH = 1_000
_MARKS = re.compile("|".join(map(re.escape, (*PLACEHOLDERS, MARK))))
COLUMNS = tuple(messages.c[name] for name in ("id", "channel", "ts", "scrub_version", "sealed"))


@dataclass(frozen=True)
class _Pass:
    """One pass: for which names and which scrubber, from behind which row on, and up to which."""

    names: int
    version: int
    row: int
    until: int

    @property
    def key(self) -> tuple[int, int]:
        return self.names, self.version

    @property
    def rest(self) -> ColumnElement[bool]:
        within = and_(messages.c.id > self.row, messages.c.id <= self.until)
        return and_(within, messages.c.sealed.is_not(None))


class Rescrubbing:
    """The room's door.

    Args:
        database: Where the messages are.
        keyring: Opens and seals them.
        scrubber: Gives one that knows the members' names as they are now.
    """

    def __init__(
        self, database: Database, keyring: Keyring, scrubber: Callable[[], Scrubber]
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._scrubber = scrubber

    def begin(self) -> None:
        """See whether there is something new; then all that is stored now has to be looked at."""
        with self._database.reading() as connection:
            is_new = _read_pass(connection).key != _find_key(connection)
        if is_new:
            with self._database.writing() as connection:
                _begin(connection)

    def advance(self, *, most: int = BATCH) -> int:
        """Scrub the next rows again; a row that changes meanwhile has been scrubbed by that.

        Returns:
            How many rows were looked at; 0 when all are done.
        """
        self.begin()
        scrubber = self._scrubber()  # of these names, or of newer ones
        with self._database.reading() as connection:
            current = _read_pass(connection)
            query = select(*COLUMNS).where(current.rest).order_by(messages.c.id).limit(most)
            rows = connection.execute(query).all()
        changes = [change for row in rows if (change := self._find_change(scrubber, row))]
        reached = rows[-1].id if len(rows) == most else current.until
        with self._database.writing() as connection:
            if reached > current.row and _read_pass(connection) == current:
                _write_changes(connection, changes)
                _write_pass(connection, replace(current, row=reached))
        return len(rows)

    def _find_change(self, scrubber: Scrubber, row: Row[Any]) -> dict[str, Any] | None:
        """Return what becomes of a row; None where nothing does."""
        identity = message_identity(row.channel, row.ts)
        text = self._keyring.unseal(row.sealed, identity=identity).decode()
        scrubbed = scrub_again(scrubber, text)
        if scrubbed == text and row.scrub_version >= SCRUB_VERSION:
            return None
        sealed = row.sealed
        if scrubbed != text:
            sealed = self._keyring.seal(scrubbed.encode(), identity=identity)
        return {
            "row": row.id,
            "former": row.sealed,
            "sealed": sealed,
            "key_id": self._keyring.key_id,
            "scrub_version": max(row.scrub_version, SCRUB_VERSION),
        }

    def waiting(self) -> int:
        """Count the messages that are still to be scrubbed again."""
        with self._database.reading() as connection:
            current = _read_pass(connection)
            is_new = current.key != _find_key(connection)
            which = messages.c.sealed.is_not(None) if is_new else current.rest
            count = select(func.count()).select_from(messages).where(which)
            return int(connection.execute(count).scalar_one())


def scrub_again(scrubber: Scrubber, stored: str) -> str:
    """Scrub stored text, whose placeholders are marks from the beginning.

    They go in as U+FFFC, which is a mark for itself wherever it comes in; a finding may swallow
    some of them.
    """
    marks = iter(_MARKS.findall(stored))
    draft = scrubber.draft(escape(_MARKS.sub(MARK, stored)), is_traced=True)
    pieces: list[str] = []
    for mark, source in zip(draft.marks, draft.sources or (), strict=True):
        former = [next(marks) for _ in range(source.count(MARK))]
        pieces.append(former[0] if mark == MARK else mark)
    return replace(draft, marks=tuple(pieces)).render()


def _find_key(connection: Connection) -> tuple[int, int]:
    return read_counter(connection, NAMES), SCRUB_VERSION


def _begin(connection: Connection) -> None:
    key = _find_key(connection)
    if _read_pass(connection).key != key:
        last: int | None = connection.execute(select(func.max(messages.c.id))).scalar_one()
        _write_pass(connection, _Pass(*key, row=0, until=last or 0))


def _read_pass(connection: Connection) -> _Pass:
    names = ("names", "version", "row", "until")
    return _Pass(*(read_counter(connection, f"rescrub_{name}") for name in names))


def _write_pass(connection: Connection, current: _Pass) -> None:
    for name, number in vars(current).items():
        write_counter(connection, f"rescrub_{name}", number)


def _write_changes(connection: Connection, changes: Sequence[dict[str, Any]]) -> None:
    if not changes:
        return
    same = (messages.c.id == bindparam("row")) & (messages.c.sealed == bindparam("former"))
    connection.execute(update(messages).where(same), list(changes))
