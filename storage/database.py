"""The database file: opening, transactions, versions, and its errors in plain words."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from sqlite3 import Connection as FileConnection
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.errors import (
    DamagedDatabase,
    DatabaseError,
    DatabaseLocked,
    DiskFull,
    NewerDatabase,
    OldDatabase,
    ReadOnlyDatabase,
    UnknownDatabase,
    UnreachableDatabase,
)

REVISIONS = ("0001", "0002", "0003")
"""All revisions of the tables, oldest first: known here, so that opening needs no Alembic."""

OPENING_SECONDS = 10
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
}

PROBLEMS: tuple[tuple[str, type[DatabaseError], str], ...] = (
    ("SQLITE_FULL", DiskFull, "The disk is full: make room, then run this again."),
    ("SQLITE_IOERR_SHMSIZE", DiskFull, "The disk is full: make room, then run this again."),
    ("SQLITE_READONLY", ReadOnlyDatabase, "The database {file} may not be written to: {allow}."),
    ("SQLITE_CANTOPEN", UnreachableDatabase, "The database {file} cannot be opened: {allow}."),
    ("SQLITE_BUSY", DatabaseLocked, "Another process holds the database {file}: {wait}."),
    ("SQLITE_LOCKED", DatabaseLocked, "Another process holds the database {file}: {wait}."),
    ("SQLITE_NOTADB", DamagedDatabase, "{file} is not a database: move it away or name another."),
    ("SQLITE_CORRUPT", DamagedDatabase, "The database {file} is damaged: restore a backup."),
    ("SQLITE_IOERR", DatabaseError, "The disk of the database {file} does not answer: check it."),
)
ADVICE = {
    "allow": "let Mimic write in its folder",
    "wait": "wait until it has finished, then run this again",
}


class Database:
    """One database file, with short transactions and errors that a person can read.

    Args:
        database_url: `sqlite:///` and a path.
        patience_seconds: How long to wait while another process writes.

    Raises:
        UnknownDatabase: The URL is of another kind.
        DatabaseError: The file cannot be opened for writing.
    """

    def __init__(self, database_url: str, *, patience_seconds: float = 30) -> None:
        url = _parse(database_url)
        self.file = Path(str(url.database))
        self._create_file()
        # threads share the file, each with a connection of its own; idle ones are kept for the next
        self._engine = create_engine(
            url, connect_args={"timeout": patience_seconds}, pool_size=8, max_overflow=-1
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)

    def _create_file(self) -> None:
        """Make the file readable by its owner alone; SQLite gives its WAL the same mode."""
        try:
            self.file.touch(mode=0o600)
        except OSError as error:
            raise self._problem("SQLITE_CANTOPEN") from error
        if not os.access(self.file.parent, os.W_OK):
            # SQLite itself would notice only while no other process keeps a log there
            raise self._problem("SQLITE_READONLY_DIRECTORY")

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection whose reads all see the same moment."""
        return self._connection("BEGIN")

    def writing(self) -> AbstractContextManager[Connection]:
        """Lend a connection for one change, kept whole or not at all; writers take turns."""
        return self._connection("BEGIN IMMEDIATE")

    @contextmanager
    def _connection(self, opening: str | None) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                connection = connection.execution_options(opening=opening)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise self._translate(error) from None  # the library's text may hold values of rows

    def _translate(self, error: DBAPIError) -> DatabaseError:
        return self._problem(getattr(error.orig, "sqlite_errorname", type(error.orig).__name__))

    def _problem(self, code: str) -> DatabaseError:
        for start, kind, sentence in PROBLEMS:
            if code.startswith(start):
                return kind(sentence.format(file=self.file, **ADVICE))
        return DatabaseError(f"The database {self.file} answered with {code}.")

    def wipe(self) -> None:
        """Rewrite the file without what was deleted, and empty the write-ahead log.

        `secure_delete` zeroes a deleted row, but pages that were split or merged before may
        hold older copies of it; only a rewrite is sure to leave them out.

        Raises:
            DatabaseError: There is no room for it, or another process would not let go.
        """
        with self._connection(opening=None) as connection:
            connection.exec_driver_sql("VACUUM")
            is_busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if is_busy:
            raise self._problem("SQLITE_BUSY")

    def check(self) -> None:
        """Look at every page of the file.

        Raises:
            DamagedDatabase: One is broken.
        """
        with self.reading() as connection:
            first = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if first != "ok":
            raise self._problem("SQLITE_CORRUPT")

    def close(self) -> None:
        """Let go of the file; the last one out empties the write-ahead log."""
        self._engine.dispose()


def _parse(database_url: str) -> URL:
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise UnknownDatabase(
            "The database URL is not one: write sqlite:/// and a path, as in sqlite:////srv/mimic.db."
        ) from error
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise UnknownDatabase(
            f"A database of the kind {url.drivername} is not known: write sqlite:/// and a path."
        )
    if url.database in (None, "", ":memory:"):
        raise UnknownDatabase("The database URL names no file: write sqlite:/// and a path.")
    return url


def _prepare(file: FileConnection, _record: Any) -> None:
    """Set up a new connection; transactions begin where `_begin` says, not in the driver."""
    file.isolation_level = None
    for name, value in PRAGMAS.items():
        _set(file, f"PRAGMA {name} = {value}")


def _set(file: FileConnection, pragma: str) -> None:
    """Run a pragma; SQLite refuses at once, not in time, while others first open the file."""
    deadline = time.monotonic() + OPENING_SECONDS
    while True:
        try:
            file.execute(pragma)
        except OperationalError as error:
            is_busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    opening = connection.get_execution_options().get("opening")
    if opening:
        connection.exec_driver_sql(opening)


def open_tables(
    database: Database, connection: Connection, *, revisions: Sequence[str] = REVISIONS
) -> None:
    """Make the tables of a new database, or see that they are of the last of the revisions.

    Raises:
        OldDatabase: They have to be upgraded.
        NewerDatabase: A newer Mimic made them.
        DamagedDatabase: They are somebody else's.
    """
    revision = _read_revision(database, connection)
    if revision is None:
        _migrate(connection)
    elif revision != revisions[-1]:
        raise OldDatabase("The database is of an older Mimic: run `mimic db upgrade`.")


def upgrade(database_url: str) -> str:
    """Bring the tables to this version; nothing happens where they are.

    Returns:
        The revision that the database has now.

    Raises:
        DatabaseError: It cannot be opened, or a newer Mimic made it.
    """
    database = Database(database_url)
    try:
        with database.writing() as connection:
            if _read_revision(database, connection) != REVISIONS[-1]:
                _migrate(connection)
    finally:
        database.close()
    return REVISIONS[-1]


def is_current(database: Database) -> bool:
    """Say whether the tables are those of this version.

    Raises:
        DatabaseError: The file cannot be read, or it is not Mimic's or a newer Mimic's.
    """
    with database.reading() as connection:
        return _read_revision(database, connection) == REVISIONS[-1]


def _read_revision(database: Database, connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise DamagedDatabase(f"The database {database.file} is not Mimic's: name another.")
    revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if revision not in REVISIONS:
        raise NewerDatabase(
            f"The database {database.file} is of a newer Mimic: install that version."
        )
    return revision


def _migrate(connection: Connection) -> None:
    # here, because importing Alembic takes long and only a new or old database needs it
    from alembic.command import upgrade as run_revisions
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "storage:migrations")
    run_revisions(config, "head")
