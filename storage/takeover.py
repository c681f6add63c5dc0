"""A database that another is to take the place of: held alone, and asked for its ledger."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from storage.backups import borrow, translated
from storage.keys import Keyring
from storage.ledger import Ledger, read_ledger


@contextmanager
def hold(file: Path, keyring: Keyring) -> Iterator[Ledger]:
    """Hold a database that no other process has open, and give its ledger.

    Raises:
        DatabaseLocked: Another process has it open.
        WrongKey: It was made with another key.
        DatabaseError: It cannot be held or read for another reason.
    """
    with held_alone(file) as connection:
        yield read_ledger(connection, keyring)


@contextmanager
def held_alone(file: Path, *, patience_seconds: float = 2.0) -> Iterator[Connection]:
    """Hold a database that no other process has open, all of it in its one file.

    Whoever opens it meanwhile waits, or gives up.

    Raises:
        DatabaseLocked: Another process has it open.
        DamagedDatabase: It cannot be read.
        DatabaseError: It cannot be held for another reason.
    """
    with (
        translated(file),
        closing(sqlite3.connect(file, isolation_level=None, timeout=patience_seconds)) as held,
    ):
        held.execute("PRAGMA locking_mode = EXCLUSIVE")  # what is locked stays so until the end
        held.execute("PRAGMA journal_mode = DELETE")  # refused while anybody else has it open
        held.execute("BEGIN EXCLUSIVE")
        held.execute("COMMIT")
        with borrow(held) as connection:
            yield connection
