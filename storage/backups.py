"""Backups: which copies of all this were made, whose text they may hold, and the copying itself."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    Connection,
    StaticPool,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError

from storage.consent import Consent, find_twins, was_silence_enough
from storage.database import REVISIONS, Database
from storage.errors import KeyChanged, WrongKey
from storage.keys import Keyring
from storage.problems import describe_problem
from storage.schema import (
    audit,
    backups,
    channels,
    keys,
    members,
    messages,
    removals,
    versions,
    voices,
)

REVISION, KNOWN_REVISIONS = REVISIONS[-1], frozenset(REVISIONS)
"""Of the tables: this version's, and all that can be upgraded to it."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class BackupRow:
    """One copy that was made.

    Args:
        key_id: Names the key that it needs.
        name: Where it was written; None where it was sealed with another key.
    """

    id: int
    made_at: datetime
    key_id: str
    name: str | None


@dataclass(frozen=True)
class Contents:
    """What a copy has.

    Args:
        messages: With text.
        folders: Of all versions.
    """

    messages: int
    members: int
    channels: int
    voices: int
    folders: frozenset[str]


class Backups:
    """The room's door."""

    def __init__(self, database: Database, keyring: Keyring, consent: Consent) -> None:
        self._database = database
        self._keyring = keyring
        self._consent = consent

    def record(self, name: str) -> BackupRow:
        """Note that a copy is about to be made: before it is, so that none goes unnoticed."""
        with self._database.writing() as connection:
            return record_backup(connection, self._keyring, name)

    def withdraw(self, backup: int) -> None:
        """Take back a note: the copy was not made."""
        with self._database.writing() as connection:
            connection.execute(delete(backups).where(backups.c.id == backup))

    def list(self) -> tuple[BackupRow, ...]:
        """List all copies that were ever made, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(backups).order_by(backups.c.made_at, backups.c.id))
            return tuple(
                BackupRow(row.id, row.made_at, row.key_id, self._open(row.made_at, row.name))
                for row in rows
            )

    def _open(self, made_at: datetime, sealed: bytes) -> str | None:
        try:
            return self._keyring.unseal(sealed, identity=backup_identity(made_at)).decode()
        except WrongKey:
            return None

    def holding(self, member: int) -> tuple[BackupRow, ...]:
        """List the copies that may hold a member's text, also after the member has left."""
        with self._database.reading() as connection:
            since, until = self._find_span(connection, member)
        return tuple(row for row in self.list() if since <= row.made_at <= until)

    def _find_span(self, connection: Connection, member: int) -> tuple[datetime, datetime]:
        """Say from when until when text of a member may have been here; it may have gone since."""
        everywhere = find_twins(connection, member)
        rows = connection.execute(select(audit).where(audit.c.member.in_(everywhere))).all()
        yes = [row.at for row in rows if row.event == "consent_agreed"]
        gone = [row.at for row in rows if row.event == "forgotten"]
        is_here = _has_text(connection, everywhere)
        was_free = self._consent.default == "opt-out" or was_silence_enough(connection)
        if not (is_here or yes or (gone and was_free)):
            return _NEVER, _NEVER
        has_left = gone and not is_here and max(gone) > max(yes, default=_NEVER)
        since = min(yes) if yes and not was_free else _NEVER
        return since, max(gone) if has_left else datetime.now(UTC)

    def copy_database(self, file: Path) -> Contents:
        """Copy the database as it is at one moment, whatever else is at work.

        Args:
            file: A new file.

        Raises:
            DatabaseError: There is no room for it, or the file cannot be written.
            KeyChanged: It is under another key by now.
        """
        file.touch(mode=0o600)
        with (
            translated(file),
            self._database.reading() as connection,
            closing(sqlite3.connect(file, isolation_level=None)) as copy,
        ):
            source = connection.connection.driver_connection
            if isinstance(source, sqlite3.Connection):
                source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
            with borrow(copy) as copied:
                found = copied.execute(select(keys.c.key_id)).scalars().all()
                if self._keyring.key_id not in found:
                    raise KeyChanged("The key was changed meanwhile: start this again.")
                return _count(copied)


def _has_text(connection: Connection, everywhere: Sequence[int]) -> bool:
    """Say whether text of somebody is here, or is known to have been."""
    queries = (
        select(messages.c.id).where(messages.c.author.in_(everywhere)),
        select(removals.c.id).where(removals.c.member.in_(everywhere)),
    )
    return any(connection.execute(query.limit(1)).first() for query in queries)


def _count(connection: Connection) -> Contents:
    def count(table: Table) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    has_text = select(func.count()).where(messages.c.author.is_not(None))
    return Contents(
        messages=int(connection.execute(has_text).scalar_one()),
        members=count(members),
        channels=count(channels),
        voices=count(voices),
        folders=frozenset(connection.execute(select(versions.c.folder)).scalars()),
    )


@contextmanager
def borrow(file: sqlite3.Connection) -> Iterator[Connection]:
    """Lend an open file in the way that queries are written here; it stays open."""
    engine = create_engine("sqlite://", creator=lambda: file, poolclass=StaticPool)
    with engine.connect() as connection:
        yield connection


def record_backup(connection: Connection, keyring: Keyring, name: str) -> BackupRow:
    """Note a copy, as part of a change that is under way."""
    made_at = datetime.now(UTC)
    sealed = keyring.seal(name.encode(), identity=backup_identity(made_at))
    values = {"made_at": made_at, "key_id": keyring.key_id, "name": sealed}
    addition = insert(backups).values(values).returning(backups.c.id)
    return BackupRow(connection.execute(addition).scalar_one(), made_at, keyring.key_id, name)


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Say in plain words what SQLite says of a file.

    Raises:
        DatabaseError: It said something.
    """
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorname", type(error).__name__)
        raise describe_problem(code, file) from None  # the library's text may hold values of rows
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", type(error).__name__)
        raise describe_problem(code, file) from None


def backup_identity(made_at: datetime) -> str:
    """Name a backup's row for sealing: the file's name opens nowhere else."""
    return f"backup:{made_at.isoformat()}"
