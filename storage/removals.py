"""What went away, deleted or too old, and which versions of voices still carry it; no text.

A version carries a text that was written before its messages were read and went away since, if it
learned from such messages: a person's voice from their own in public channels, a channel's from
that channel, the base from everybody's in public channels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    or_,
    select,
)

from storage.database import Database
from storage.errors import UnknownVersion
from storage.schema import channels, removals, version_learned_from, versions, voices

Reason = Literal["deleted", "expired"]

BATCH = 1_000
VERSION = tuple(versions.c[name] for name in ("id", "base", "read_at", "created_at"))


class Removed(NamedTuple):
    """A stored text that goes away: whose it was, and where it stood."""

    member: int
    channel: int
    ts: str


@dataclass(frozen=True)
class Carried:
    """How many texts that went away a version carries, and since when."""

    deleted: int = 0
    expired: int = 0
    deleted_since: datetime | None = None
    expired_since: datetime | None = None

    def __bool__(self) -> bool:
        return self.texts > 0

    @property
    def texts(self) -> int:
        """How many there are."""
        return self.deleted + self.expired

    @property
    def since(self) -> datetime | None:
        """When the first of them went away; None where there is none."""
        known = [each for each in (self.deleted_since, self.expired_since) if each]
        return min(known, default=None)


class Removals:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def carried(self, version: int, *, with_base: bool = False) -> Carried:
        """Say what a version carries, by itself or through the base that it stands on, too.

        Raises:
            UnknownVersion: It is not registered.
        """
        counts = select(removals.c.reason, func.count(), func.min(removals.c.at))
        with self._database.reading() as connection:
            own, of_base = _find_carried(connection, version)
            known = own | of_base if with_base else own
            found = connection.execute(counts.where(known).group_by(removals.c.reason)).all()
        facts: dict[str, Any] = {}
        for reason, count, since in found:
            facts |= {reason: count, f"{reason}_since": since}
        return Carried(**facts)

    def is_rid_of_some(self, new: int, old: int) -> bool:
        """Say whether one version, or its base, does not carry all that the other, or its, does.

        Raises:
            UnknownVersion: One of them is not registered.
        """
        with self._database.reading() as connection:
            before, after = (_find_carried(connection, each) for each in (old, new))
            shed = or_(*(was & ~still for was, still in zip(before, after, strict=True)))
            rest = select(removals.c.id).where(shed).limit(1)
            return connection.execute(rest).one_or_none() is not None

    def prune(self, *, before: datetime) -> int:
        """Let go of rows that no version carries; a version may still be under way.

        Args:
            before: Only what was removed by then: nothing that was read earlier may still become
                a version.

        Returns:
            How many rows went.
        """
        with self._database.reading() as connection:
            old = select(removals.c.id).where(removals.c.at < before)
            idle = set(connection.execute(old).scalars())
            for version in connection.execute(select(versions.c.id)).scalars().all():
                if not idle:
                    break
                known, _ = _find_carried(connection, version)
                idle -= set(connection.execute(old.where(known)).scalars())
        gone = sorted(idle)
        for start in range(0, len(gone), BATCH):
            some = removals.c.id.in_(gone[start : start + BATCH])
            with self._database.writing() as connection:
                connection.execute(delete(removals).where(some))
        return len(gone)


def write_removals(connection: Connection, gone: Iterable[Removed], reason: Reason) -> None:
    """Note stored texts that go away, as part of the change that removes them.

    The moment is taken here, while nobody else can write: whoever began to read later cannot have
    seen the texts any more.
    """
    now = datetime.now(UTC)
    rows = [{**each._asdict(), "at": now, "reason": reason} for each in gone]
    if rows:
        connection.execute(insert(removals), rows)


def _find_carried(
    connection: Connection, version: int
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return which rows a version carries by itself, and which its base does."""
    own = _read(connection, version)
    return _match(own), false() if own.base is None else _match(_read(connection, own.base))


def _read(connection: Connection, version: int) -> Row[Any]:
    query: Select[Any] = select(*VERSION, voices.c.kind, voices.c.subject).join(voices)
    row = connection.execute(query.where(versions.c.id == version)).one_or_none()
    if row is None:
        raise UnknownVersion("There is no such version of a voice.")
    return row


def _match(row: Row[Any]) -> ColumnElement[bool]:
    read_at: datetime = row.read_at or row.created_at
    is_known = and_(removals.c.at >= read_at, removals.c.ts < f"{read_at.timestamp():017.6f}")
    if row.kind == "channel":
        return and_(is_known, removals.c.channel == row.subject)
    is_public = removals.c.channel.in_(select(channels.c.id).where(channels.c.kind == "public"))
    if row.kind == "person" and row.base is not None:
        return and_(is_known, is_public, removals.c.member == row.subject)
    # the base, and a voice that stands alone: its subwords may come from others' messages
    learned = select(version_learned_from.c.member).where(version_learned_from.c.version == row.id)
    return and_(is_known, is_public, removals.c.member.in_(learned))
