"""What can go wrong on the ground floor.

StorageError
├── MasterKeyError      InvalidKey (KeyExists), WrongKey, KeyChanged
├── DatabaseError       UnknownDatabase, UnreachableDatabase, ReadOnlyDatabase, DiskFull,
│                       DatabaseLocked, DamagedDatabase, OldDatabase, NewerDatabase
├── ArchiveError        an export that cannot be read; UnreadableFile
├── UnknownNameError    UnknownMember, UnknownChannel
├── AmbiguousNameError  AmbiguousMember, AmbiguousChannel
├── MalformedLabels     a line of the labeled messages is none
├── MissingNameModel    what finds names is not installed, or does not load
├── ScrubbingEnded      a process that scrubs for an import is gone
├── ConsentError        the person's own no stands
├── VersionError        UnknownVersion, StaleVersion, VersionInUse, VersionsChanged
└── RunError            UnknownRun, UnknownSchedule
"""

from collections.abc import Iterable


class StorageError(Exception):
    """Base of all errors of this floor; its message is one sentence for the user."""


class MasterKeyError(StorageError):
    """Something is wrong with the master key."""


class InvalidKey(MasterKeyError):
    """The key is missing, unreadable, badly guarded, or not 32 bytes of base64."""


class KeyExists(InvalidKey):
    """There is a key already, and none is ever overwritten."""


class WrongKey(MasterKeyError):
    """The key is sound, but it is not the one that sealed this."""


class KeyChanged(MasterKeyError):
    """The database has another key since it was opened, so that this process is at its end."""


class DatabaseError(StorageError):
    """The database cannot be opened, read or written."""


class UnknownDatabase(DatabaseError):
    """The database URL is of a kind that Mimic does not know."""


class UnreachableDatabase(DatabaseError):
    """The database file cannot be opened."""


class ReadOnlyDatabase(DatabaseError):
    """The database or its folder cannot be written to."""


class DiskFull(DatabaseError):
    """No room is left; the change was taken back whole."""


class DatabaseLocked(DatabaseError):
    """Another process has held the database for too long."""


class DamagedDatabase(DatabaseError):
    """The file is no database of Mimic's, or a broken one."""


class OldDatabase(DatabaseError):
    """The tables are of an older version of Mimic."""


class NewerDatabase(DatabaseError):
    """The tables are of a newer version of Mimic."""


class ArchiveError(StorageError):
    """An export cannot be read."""


class UnreadableFile(ArchiveError):
    """One file of an export cannot be read; the message ends a sentence: "is damaged"."""


class MalformedLabels(StorageError):
    """A line of the labeled messages is none.

    Args:
        line: Its number, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"Line {line} of the labeled messages cannot be read.")


class UnknownNameError(StorageError):
    """Nothing here is called that; `reference` is what was typed, for the terminal alone."""

    def __init__(self, message: str, *, reference: str) -> None:
        super().__init__(message)
        self.reference = reference


class UnknownMember(UnknownNameError):
    """No member goes by this name or id."""


class UnknownChannel(UnknownNameError):
    """No channel goes by this name or id."""


class AmbiguousNameError(StorageError):
    """Several are called that; `candidates` can be typed instead, shown on the terminal alone."""

    def __init__(self, message: str, *, reference: str, candidates: Iterable[str]) -> None:
        super().__init__(message)
        self.reference = reference
        self.candidates = tuple(candidates)


class AmbiguousMember(AmbiguousNameError):
    """Several members share this name."""


class AmbiguousChannel(AmbiguousNameError):
    """Several channels share this name."""


class MissingNameModel(StorageError):
    """The model that is to find names is not there, or cannot be loaded."""


class ScrubbingEnded(StorageError):
    """A process that scrubs texts for an import has ended before the import."""


class ConsentError(StorageError):
    """The person said no; only the person can take that back."""


class VersionError(StorageError):
    """A voice's version cannot be used like this."""


class UnknownVersion(VersionError):
    """No such version is registered."""


class StaleVersion(VersionError):
    """The version learned from somebody who has left."""


class VersionInUse(VersionError):
    """Other versions stand on this one."""


class VersionsChanged(VersionError):
    """Versions came or went while something was done with all of them."""


class RunError(StorageError):
    """A run or a schedule cannot be used like this."""


class UnknownRun(RunError):
    """There is no run of this number."""


class UnknownSchedule(RunError):
    """There is no schedule of this number."""
