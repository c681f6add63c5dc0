"""Voices and their versions are rows; what they have learned is in folders.

A version's life: candidate → promoted → retired. `damaged`: its folder is broken. `stale`:
somebody it learned from has left; if it was promoted, it is served until the next training.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    exists,
    insert,
    select,
    update,
)

from storage.consent import OWN_NO, read_consent
from storage.database import Database
from storage.errors import StaleVersion, UnknownVersion, VersionInUse
from storage.schema import version_learned_from, versions, voices

VoiceKind = Literal["base", "person", "channel", "text"]
VersionState = Literal["candidate", "promoted", "retired", "damaged", "stale"]


@dataclass(frozen=True)
class VoiceRow:
    """A voice: `subject` is a member's or a channel's id, `name` a text's."""

    id: int
    kind: VoiceKind
    subject: int | None
    name: str | None

    @property
    def label(self) -> str:
        """Names the voice without naming anybody: `base`, `person:3`, `text:shakespeare`."""
        return _label(self.kind, self.subject, self.name)


@dataclass(frozen=True)
class VersionRow:
    """One trained version of a voice.

    Args:
        base: The version of the base that it stands on.
        learned_from: The members whose text it saw.
        is_current: It is the one that `promoted` gives.
        stale_since: When the first of those members left.
        read_at: When the messages that it learned were read; None means before `created_at`.
    """

    id: int
    voice: int
    number: int
    folder: str
    state: VersionState
    base: int | None
    messages: int
    bits_per_byte: float | None
    base_bits_per_byte: float | None
    tokens: int
    seconds: float
    created_at: datetime
    learned_from: frozenset[int]
    is_current: bool
    stale_since: datetime | None
    read_at: datetime | None


class VersionFacts(TypedDict):
    """What a training says of a new version; the names are `VersionRow`'s."""

    folder: str
    base: int | None
    messages: int
    bits_per_byte: float | None
    base_bits_per_byte: float | None
    tokens: int
    seconds: float
    learned_from: Iterable[int]
    read_at: NotRequired[datetime]


class VoiceRows:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(
        self, kind: VoiceKind, *, subject: int | None = None, name: str | None = None
    ) -> VoiceRow:
        """Find a voice or add it."""
        label = _label(kind, subject, name)
        with self._database.writing() as connection:
            row = connection.execute(select(voices).where(voices.c.label == label)).one_or_none()
            if row is None:
                values = {"kind": kind, "subject": subject, "name": name, "label": label}
                addition = insert(voices).values(**values, last_number=0).returning(*voices.c)
                row = connection.execute(addition).one()
        return _voice(row)

    def find(
        self, kind: VoiceKind, *, subject: int | None = None, name: str | None = None
    ) -> VoiceRow | None:
        """Find a voice."""
        query = select(voices).where(voices.c.label == _label(kind, subject, name))
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return _voice(row) if row else None

    def versions(self, voice: int) -> tuple[VersionRow, ...]:
        """List the versions of a voice, newest first."""
        query = select(versions).where(versions.c.voice == voice).order_by(versions.c.number.desc())
        with self._database.reading() as connection:
            return tuple(_version(connection, row) for row in connection.execute(query).all())

    def promoted(self, voice: int) -> VersionRow | None:
        """Give the version to serve: the promoted one, even if it has become stale."""
        query = select(versions).where(versions.c.voice == voice, versions.c.is_current)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
            return _version(connection, row) if row else None

    def add_version(self, voice: int, **facts: Unpack[VersionFacts]) -> VersionRow:
        """Register a trained version as a candidate; its number is never given again.

        Raises:
            StaleVersion: Somebody left while it learned from them, or whom its base knows.
        """
        counting = (
            update(voices)
            .where(voices.c.id == voice)
            .values(last_number=voices.c.last_number + 1)
            .returning(voices.c.last_number)
        )
        with self._database.writing() as connection:
            number = connection.execute(counting).scalar_one_or_none()
            if number is None or _has_departed(connection, facts):
                raise StaleVersion("Somebody left whose messages were being learned.")
            key = {"voice": voice, "number": number, "created_at": datetime.now(UTC)}
            columns = {name: fact for name, fact in facts.items() if name in versions.c}
            values = {**columns, **key, "state": "candidate", "is_current": False}
            addition = insert(versions).values(values).returning(*versions.c)
            row = connection.execute(addition).one()
            links = [{"version": row.id, "member": each} for each in set(facts["learned_from"])]
            if links:
                connection.execute(insert(version_learned_from), links)
            return _version(connection, row)

    def promote(self, version_ids: Iterable[int]) -> None:
        """Let versions speak for their voices, all in one switch; the former ones retire.

        Raises:
            UnknownVersion: One of them is not registered.
            StaleVersion: One of them learned from somebody who has left.
        """
        with self._database.writing() as connection:
            for version in version_ids:
                row = _require(connection, version)
                if row.stale_since:
                    raise StaleVersion(
                        "This version learned from somebody who has left: train a new one."
                    )
                others = update(versions).where(versions.c.voice == row.voice)
                was_promoted = versions.c.state == "promoted"
                connection.execute(others.where(was_promoted).values(state="retired"))
                connection.execute(others.values(is_current=False))
                _change(connection, version, state="promoted", is_current=True)

    def stale(self) -> tuple[tuple[VoiceRow, datetime], ...]:
        """List the voices that speak although somebody has left them, each with since when."""
        query: Select[Any] = (
            select(*voices.c, versions.c.stale_since)
            .join(versions)
            .where(versions.c.is_current, versions.c.stale_since.is_not(None))
            .order_by(versions.c.stale_since)
        )
        with self._database.reading() as connection:
            return tuple((_voice(row), row.stale_since) for row in connection.execute(query))

    def set_state(self, version: int, state: Literal["candidate", "retired", "damaged"]) -> None:
        """Change what a version is; one that was promoted no longer speaks.

        Raises:
            UnknownVersion: It is not registered.
        """
        with self._database.writing() as connection:
            _require(connection, version)
            _change(connection, version, state=state, is_current=False)

    def is_stale(self, version: int) -> bool:
        """Say whether somebody whom a version learned from has left.

        Raises:
            UnknownVersion: It is not registered.
        """
        with self._database.reading() as connection:
            return _require(connection, version).stale_since is not None

    def remove(self, voice: int) -> list[str]:
        """Remove a voice with all its versions.

        Returns:
            The folders to delete.

        Raises:
            VersionInUse: Other voices stand on one of its versions.
        """
        with self._database.writing() as connection:
            folders = _remove_versions(connection, versions.c.voice == voice)
            connection.execute(delete(voices).where(voices.c.id == voice))
        return folders

    def remove_version(self, version: int) -> None:
        """Remove one version's row.

        Raises:
            UnknownVersion: It is not registered.
            VersionInUse: Other versions stand on it.
        """
        with self._database.writing() as connection:
            _require(connection, version)
            _remove_versions(connection, versions.c.id == version)

    def folders(self) -> set[str]:
        """List all folders that belong to a version."""
        with self._database.reading() as connection:
            return set(connection.execute(select(versions.c.folder)).scalars())

    def list(self) -> tuple[VoiceRow, ...]:
        """List all voices, the base first."""
        query = select(voices).order_by(voices.c.kind != "base", voices.c.id)
        with self._database.reading() as connection:
            return tuple(map(_voice, connection.execute(query)))


def remove_voice(connection: Connection, label: str) -> tuple[int, list[str]]:
    """Remove the voice of a label, if there is one; return how many, and their folders."""
    own = select(voices.c.id).where(voices.c.label == label)
    voice = connection.execute(own).scalar_one_or_none()
    if voice is None:
        return 0, []
    folders = _remove_versions(connection, versions.c.voice == voice)
    connection.execute(delete(voices).where(voices.c.id == voice))
    return 1, folders


def _remove_versions(connection: Connection, which: ColumnElement[bool]) -> list[str]:
    rows = connection.execute(select(versions.c.id, versions.c.folder).where(which)).all()
    ids = [row.id for row in rows]
    leaning = exists().where(versions.c.base.in_(ids), versions.c.id.not_in(ids))
    if connection.execute(select(leaning)).scalar_one():
        raise VersionInUse("Other voices stand on this one: remove them first.")
    connection.execute(delete(versions).where(versions.c.id.in_(ids)))
    return [row.folder for row in rows]


def _require(connection: Connection, version: int) -> Row[Any]:
    row = connection.execute(select(versions).where(versions.c.id == version)).one_or_none()
    if row is None:
        raise UnknownVersion("There is no such version of a voice.")
    return row


def _has_departed(connection: Connection, facts: VersionFacts) -> bool:
    base = select(versions.c.id).where(versions.c.id == facts["base"])
    sound = base.where(versions.c.stale_since.is_(None))
    if facts["base"] is not None and connection.execute(sound).first() is None:
        return True
    rows = read_consent(connection, facts["learned_from"])
    return any(row.state in OWN_NO for row in rows)


def _change(connection: Connection, version: int, **values: Any) -> None:
    connection.execute(update(versions).where(versions.c.id == version).values(**values))


def _voice(row: Row[Any]) -> VoiceRow:
    return VoiceRow(row.id, row.kind, row.subject, row.name)


def _version(connection: Connection, row: Row[Any]) -> VersionRow:
    query = select(version_learned_from.c.member).where(version_learned_from.c.version == row.id)
    learned_from = frozenset(connection.execute(query).scalars())
    return VersionRow(**row._mapping, learned_from=learned_from)


def _label(kind: VoiceKind, subject: int | None, name: str | None) -> str:
    owner = name if subject is None else subject
    return kind if owner is None else f"{kind}:{owner}"
