"""One connection to the database's file: the right file, opened as all of them are."""

import time
from pathlib import Path
from sqlite3 import Connection as FileConnection
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event

OPENING_SECONDS = 10
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
}


def listen(engine: Engine, file: Path) -> None:
    """Have an engine open each of its connections to a file as all are opened here."""

    def connect(
        dialect: Dialect, _record: Any, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> FileConnection:
        return _open(dialect, file, arguments, options)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)


def _open(
    dialect: Dialect, file: Path, arguments: tuple[Any, ...], options: dict[str, Any]
) -> FileConnection:
    """Open the file that has the name now.

    A restore holds one file alone and then gives its name to another: who waited for the first
    must not go on with it, and least of all with the log of the other.
    """
    while True:
        place = _identify(file)
        opened: FileConnection = dialect.connect(*arguments, **options)  # type: ignore[assignment]
        try:
            _run(opened, "PRAGMA schema_version")  # waits for whoever holds the file alone
            if _identify(file) == place:
                return opened
        except BaseException:
            opened.close()
            raise
        opened.close()


def _identify(file: Path) -> tuple[int, int] | None:
    """Say which file it is that has the name now; None if there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _prepare(file: FileConnection, _record: Any) -> None:
    """Set up a new connection; transactions begin where `_begin` says, not in the driver."""
    file.isolation_level = None
    for name, value in PRAGMAS.items():
        _run(file, f"PRAGMA {name} = {value}")


def _run(file: FileConnection, pragma: str) -> None:
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


def make_durable(connection: Connection) -> None:
    """Flush the log to the disk at each commit; the connection is not lent again."""
    connection.detach()
    file: Any = connection.connection.dbapi_connection
    _run(file, "PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    opening = connection.get_execution_options().get("opening")
    if opening:
        connection.exec_driver_sql(opening)
