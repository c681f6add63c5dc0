"""The database file: opening, transactions, versions, and its errors in plain words."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from sqlite3 import Error as FileError
from typing import Any

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.connections import listen, make_durable
from storage.errors import (
    DamagedDatabase,
    DatabaseError,
    KeyChanged,
    NewerDatabase,
    OldDatabase,
    UnknownDatabase,
)
from storage.problems import describe_problem

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""All revisions of the tables, oldest first: known here, so that opening needs no Alembic."""

BRIEFLY_MILLISECONDS = 200  # that others may be kept waiting for what can be done later as well


class Database:
    """One database file, with short transactions and errors that a person can read.

    Args:
        database_url: `sqlite:///` and a path.
        patience_seconds: How long to wait while another process writes.

    Raises:
        UnknownDatabase: The URL is of another kind.
        DatabaseError: The file cannot be opened for writing.

    Attributes:
        on_key_changed: Called, in whatever thread, where a transaction finds another key.
    """

    def __init__(self, database_url: str, *, patience_seconds: float = 30) -> None:
        url = _parse(database_url)
        self.file = Path(str(url.database))
        self.on_key_changed: Callable[[], None] = lambda: None
        self._key_ids: frozenset[str] = frozenset()
        self._create_file()
        # threads share the file, each with a connection of its own; idle ones are kept for the next
        self._engine = create_engine(
            url, connect_args={"timeout": patience_seconds}, pool_size=8, max_overflow=-1
        )
        listen(self._engine, self.file)

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

    def writing(self, *, is_durable: bool = False) -> AbstractContextManager[Connection]:
        """Lend a connection for one change, kept whole or not at all; writers take turns.

        Args:
            is_durable: The change outlasts a power cut from the moment it is kept; others may be
                taken back by one, the latest first.
        """
        return self._connection("BEGIN IMMEDIATE", is_durable=is_durable)

    @contextmanager
    def _connection(self, opening: str | None, *, is_durable: bool = False) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                connection = connection.execution_options(opening=opening)
                if is_durable:
                    make_durable(connection)
                with connection.begin():
                    self._check_key(connection)
                    yield connection
        except DBAPIError as error:
            raise self._translate(error) from None  # the library's text may hold values of rows

    def expect_keys(self, *key_ids: str) -> None:
        """From now on, refuse every transaction where the database has another key than these."""
        self._key_ids = frozenset(key_ids)

    def _check_key(self, connection: Connection) -> None:
        """See that the key is still the one that this process works with.

        Another process may change it. With the former one, nobody would be found here by their
        name, and what was sealed would open nowhere.
        """
        if not self._key_ids:
            return
        file: Any = connection.connection.dbapi_connection  # quicker, at every transaction
        try:
            found = {key_id for (key_id,) in file.execute("SELECT key_id FROM keys")}
        except FileError as error:
            raise self._problem(getattr(error, "sqlite_errorname", "no code")) from None
        if self._key_ids.isdisjoint(found):
            self.on_key_changed()
            raise KeyChanged("The key was changed meanwhile: start this again.")

    def _translate(self, error: DBAPIError) -> DatabaseError:
        return self._problem(getattr(error.orig, "sqlite_errorname", type(error.orig).__name__))

    def _problem(self, code: str) -> DatabaseError:
        return describe_problem(code, self.file)

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

    def empty_log(self) -> bool:
        """Move the write-ahead log into the file and empty it, unless somebody reads just now.

        Rows that were deleted or changed stand in the log as they were until then; in the file
        itself `secure_delete` has zeroed them.

        Returns:
            Whether it is empty now.
        """
        with self._connection(opening=None) as connection:
            connection.detach()  # its impatience is not lent again
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BRIEFLY_MILLISECONDS}")
            is_busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not is_busy

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
