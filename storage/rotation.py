"""Another master key: everything that hangs on it changes in one transaction, or nothing does."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from storage.audit import write_audit
from storage.backups import backup_identity
from storage.counters import count_up, read_counter
from storage.database import Database
from storage.errors import DatabaseError, InvalidKey, VersionsChanged, WrongKey
from storage.keys import Keyring, adopt_next_key, create_next_key, next_key_file, read_key
from storage.members import member_identity
from storage.messages import message_identity
from storage.schema import backups, channels, keys, known_files, members, messages, teams, versions

PAGE = 5_000
BEGUN, ENDED = "rotations", "rotations_ended"  # counters: what was cleared away lags behind
CHECK = b"mimic"

Progress = Callable[[int, int], None]
Values = dict[str, Any]


class Rotation:
    """The room's door."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def prepare(self, key_file: Path) -> Keyring:
        """Make the next key, in a file beside the present one's.

        Raises:
            InvalidKey: It cannot be written.
        """
        with self._database.writing():  # one process at a time touches key files
            return create_next_key(key_file)

    def switch(self, new: Keyring, folders: Mapping[str, str], on_progress: Progress) -> int:
        """Put everything under a new key; whoever works with the former one is refused from then.

        What a text was before it was scrubbed is known by a keyed hash alone, so that is dropped:
        a message that comes in again is stored again, once.

        Args:
            new: It is on the disk already.
            folders: What each version's folder is copied to, under the new key.
            on_progress: Told how many rows are done, of how many.

        Returns:
            How many rows were changed.

        Raises:
            VersionsChanged: There is a version whose folder is not among `folders`.
            WrongKey: Something does not open with the present key.
            DatabaseError: There is no room, or another process writes; nothing is changed.
        """
        old = self._keyring
        self._database.expect_keys(old.key_id, new.key_id)
        try:
            with self._database.writing(is_durable=True) as connection:
                _move_versions(connection, folders)
                rows = _Change(connection, old, new, on_progress).make()
                write_key(connection, new)
                count_up(connection, BEGUN)
                write_audit(connection, "key_rotated", [None], {"rows": rows})
        except BaseException:
            self._database.expect_keys(*self._find_keys())
            raise
        self._database.expect_keys(new.key_id)
        self._keyring = new
        return rows

    def _find_keys(self) -> Sequence[str]:
        """Say under which key everything is, or whatever this process may work with."""
        try:
            with self._database.reading() as connection:
                return connection.execute(select(keys.c.key_id)).scalars().all()
        except DatabaseError:
            return [self._keyring.key_id]

    def adopt(self, key_file: Path) -> None:
        """Let the next key take the place of the former one, if this database is under it.

        Raises:
            InvalidKey: Its folder may not be written to.
        """
        beside = next_key_file(key_file)
        if not beside.exists():
            return
        with self._database.writing():
            if _is_key(beside, self._keyring):
                adopt_next_key(key_file)

    def is_unfinished(self) -> bool:
        """Say whether the key was changed and what was before is still to be cleared away."""
        with self._database.reading() as connection:
            return read_counter(connection, BEGUN) > read_counter(connection, ENDED)

    def finish(self) -> bool:
        """Clear what was before out of the file; once that is done, nothing is left to do.

        Returns:
            Whether it is done. Otherwise (too little room, or another process is reading) copies
            under the former key may stay in the file until the next time.
        """
        try:
            self._database.wipe()
            with self._database.writing() as connection:
                while read_counter(connection, BEGUN) > read_counter(connection, ENDED):
                    count_up(connection, ENDED)
        except DatabaseError:
            return False
        return True


class _Change:
    """One transaction's work."""

    def __init__(
        self, connection: Connection, old: Keyring, new: Keyring, on_progress: Progress
    ) -> None:
        self._connection = connection
        self._old, self._new = old, new
        self._on_progress = on_progress
        self._done, self._total = 0, 0

    def make(self) -> int:
        plans: dict[Table, Callable[[Any], Values]] = {
            teams: self._change_team,
            members: self._change_member,
            channels: self._change_channel,
            backups: self._change_backup,
            messages: self._change_message,
        }
        self._total = sum(map(self._count, plans))
        for table, change in plans.items():
            for page in self._pages(table):
                self._write(table, [{"row": row.id, **change(row)} for row in page])
        marks = update(messages).where(messages.c.raw_mac.is_not(None))  # they keep no text
        self._connection.execute(marks.values(raw_mac=None))
        self._connection.execute(delete(known_files))  # by the former key, nobody finds them
        return self._done

    def _count(self, table: Table) -> int:
        query = select(func.count()).select_from(table)
        if table is messages:
            query = query.where(messages.c.sealed.is_not(None))
        return int(self._connection.execute(query).scalar_one())

    def _pages(self, table: Table) -> Iterable[Sequence[Any]]:
        query = select(table).order_by(table.c.id).limit(PAGE)
        if table is messages:
            query = query.where(messages.c.sealed.is_not(None))
        last = 0
        while page := self._connection.execute(query.where(table.c.id > last)).all():
            yield page
            last = page[-1].id

    def _write(self, table: Table, rows: Sequence[Values]) -> None:
        self._connection.execute(update(table).where(table.c.id == bindparam("row")), rows)
        self._done += len(rows)
        self._on_progress(self._done, self._total)

    # --- one row each

    def _change_team(self, row: Any) -> Values:
        return {"pseudonym": self._rename(row.pseudonym, "team")}

    def _change_member(self, row: Any) -> Values:
        pseudonym = self._rename(row.pseudonym, "user")
        places = member_identity(row.pseudonym), member_identity(pseudonym)
        return {
            "pseudonym": pseudonym,
            "handle": row.handle and self._rename(row.handle, "handle"),
            "names": row.names and self._reseal(row.names, *places),
            "key_id": self._new.key_id,
        }

    def _change_channel(self, row: Any) -> Values:
        return {
            "pseudonym": self._rename(row.pseudonym, "channel"),
            "name": row.name and self._rename(row.name, "channel-name"),
            "key_id": self._new.key_id,
        }

    def _change_backup(self, row: Any) -> Values:
        """Seal a backup's name anew; its `key_id` goes on naming the key that the file needs."""
        identity = backup_identity(row.made_at)
        try:
            return {"name": self._reseal(row.name, identity, identity)}
        except WrongKey:  # noted under a key from before, in a database that was restored since
            return {"name": row.name}

    def _change_message(self, row: Any) -> Values:
        identity = message_identity(row.channel, row.ts)
        sealed = self._reseal(row.sealed, identity, identity)
        return {"sealed": sealed, "key_id": self._new.key_id, "raw_mac": None}

    def _rename(self, pseudonym: bytes, kind: str) -> bytes:
        return self._new.pseudonym(self._old.reveal(pseudonym, kind=kind), kind=kind)

    def _reseal(self, sealed: bytes, before: str, after: str) -> bytes:
        return self._new.seal(self._old.unseal(sealed, identity=before), identity=after)


def _is_key(file: Path, keyring: Keyring) -> bool:
    try:
        return read_key(file).key_id == keyring.key_id
    except InvalidKey:  # half of one, from a change that never began
        return False


def _move_versions(connection: Connection, folders: Mapping[str, str]) -> None:
    known = connection.execute(select(versions.c.id, versions.c.folder)).all()
    if any(row.folder not in folders for row in known):
        raise VersionsChanged("Voices came in meanwhile: run this again.")
    for row in known:
        change = update(versions).where(versions.c.id == row.id)
        connection.execute(change.values(folder=folders[row.folder]))


def write_key(connection: Connection, keyring: Keyring) -> None:
    """Make a key the database's own, and no other."""
    sealed = keyring.seal(CHECK, identity=f"key:{keyring.key_id}")
    values = {"key_id": keyring.key_id, "check_value": sealed, "created_at": datetime.now(UTC)}
    connection.execute(delete(keys))
    connection.execute(insert(keys).values(values))


def check_key(connection: Connection, keyring: Keyring) -> None:
    """See that the key is the database's own, or make it so if the database is new.

    Raises:
        WrongKey: It is not.
    """
    known = {row.key_id: row.check_value for row in connection.execute(select(keys))}
    if not known:
        write_key(connection, keyring)
        return
    try:
        keyring.unseal(known.get(keyring.key_id, b""), identity=f"key:{keyring.key_id}")
    except WrongKey:
        raise WrongKey(
            "The key does not belong to this database: use the key it was made with."
        ) from None
