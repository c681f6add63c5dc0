"""What SQLite's codes mean to a person who wants to go on."""

from pathlib import Path

from storage.errors import (
    DamagedDatabase,
    DatabaseError,
    DatabaseLocked,
    DiskFull,
    ReadOnlyDatabase,
    UnreachableDatabase,
)

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


def describe_problem(code: str, file: Path) -> DatabaseError:
    """Return the error for a code of SQLite's, such as `SQLITE_FULL`."""
    for start, kind, sentence in PROBLEMS:
        if code.startswith(start):
            return kind(sentence.format(file=file, **ADVICE))
    return DatabaseError(f"The database {file} answered with {code}.")
