"""All that is held about one member, gathered from every table, for that member to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_

from storage.audit import Audit, AuditRow
from storage.consent import ConsentRow, find_twins, read_consent
from storage.crawls import Crawl
from storage.database import Database
from storage.errors import UnknownMember
from storage.keys import Keyring
from storage.messages import message_identity
from storage.records import VersionRow, VoiceRow, VoiceRows
from storage.runs import RunRow, Runs
from storage.schedules import ScheduleRow, Schedules
from storage.schema import crawl_members, crawls, departures, messages, removals

PAGE = 1_000


@dataclass(frozen=True)
class OwnMessage:
    """One stored message of the member; the channel is the id of a row."""

    channel: int
    ts: str
    thread_ts: str | None
    edited_ts: str | None
    text: str


@dataclass(frozen=True)
class OwnVersion:
    """A version that learned from the member.

    Args:
        is_by_base: Only what it stands on did.
    """

    voice: VoiceRow
    version: VersionRow
    is_by_base: bool


@dataclass(frozen=True)
class Removal:
    """A message of the member that went away, and that versions from before may still carry."""

    channel: int
    ts: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Departure:
    """One time that the member left."""

    state: str
    at: datetime


@dataclass(frozen=True)
class Holdings:
    """What is held about a member, but for the messages and the names.

    Args:
        everywhere: Their rows: two where two workspaces were named.
        consent: Of the row that was asked for.
        versions: Of their own voice, and of others.
        runs: That name them or were asked for by them.
        schedules: That name them.
        crawls: In which the history was read for them.
        about: What was done about them.
        by: What they did about others.
    """

    everywhere: tuple[int, ...]
    consent: ConsentRow
    messages: int
    removals: tuple[Removal, ...]
    versions: tuple[OwnVersion, ...]
    runs: tuple[RunRow, ...]
    schedules: tuple[ScheduleRow, ...]
    crawls: tuple[Crawl, ...]
    departures: tuple[Departure, ...]
    about: tuple[AuditRow, ...]
    by: tuple[AuditRow, ...]


class Belongings:
    """The room's door."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def gather(self, member: int) -> Holdings:
        """Gather what is held about a member, in every workspace that they stand in here.

        Raises:
            UnknownMember: There is no such member.
        """
        with self._database.reading() as connection:
            everywhere = frozenset(find_twins(connection, member))
            if not everywhere:
                raise UnknownMember("There is no such member.", reference=str(member))
            (consent,) = read_consent(connection, [member])
            own = select(func.count()).where(messages.c.author.in_(everywhere))
            count = connection.execute(own).scalar_one()
            gone = tuple(_list_removals(connection, everywhere))
            read = tuple(_list_crawls(connection, everywhere))
            left = tuple(_list_departures(connection, everywhere))
        labels = {f"person:{each}" for each in everywhere}
        return Holdings(
            everywhere=tuple(sorted(everywhere)),
            consent=consent,
            messages=count,
            removals=gone,
            versions=tuple(self._find_versions(everywhere)),
            runs=tuple(
                run
                for run in Runs(self._database).list()
                if run.requested_by in everywhere or labels & set(run.target.split(" "))
            ),
            schedules=tuple(
                row for row in Schedules(self._database).list() if labels & set(row.target.split())
            ),
            crawls=read,
            departures=left,
            about=tuple(self._list_events(everywhere)),
            by=tuple(self._list_deeds(everywhere)),
        )

    def _list_events(self, everywhere: frozenset[int]) -> list[AuditRow]:
        audit = Audit(self._database)
        rows = [row for member in everywhere for row in audit.read(member)]
        return sorted(rows, key=lambda row: row.at)

    def _list_deeds(self, everywhere: frozenset[int]) -> list[AuditRow]:
        audit = Audit(self._database)
        rows = [row for member in everywhere for row in audit.read(by=member)]
        return sorted((row for row in rows if row.member not in everywhere), key=lambda row: row.at)

    def _find_versions(self, everywhere: frozenset[int]) -> Iterator[OwnVersion]:
        rows = VoiceRows(self._database)
        every = [(voice, version) for voice in rows.list() for version in rows.versions(voice.id)]
        learned = {version.id for _, version in every if everywhere & set(version.learned_from)}
        for voice, version in every:
            if version.id in learned or version.base in learned:
                yield OwnVersion(voice, version, is_by_base=version.id not in learned)

    def messages(self, member: int) -> Iterator[OwnMessage]:
        """Read a member's messages, whether they may be used now or not, by channel and time.

        No transaction is open between two pages, so that a slow reader holds nobody up.
        """
        with self._database.reading() as connection:
            everywhere = find_twins(connection, member)
        last = (0, "")
        while page := self._read_page(everywhere, last):
            yield from map(self._open, page)
            last = page[-1].channel, page[-1].ts

    def _read_page(self, everywhere: Sequence[int], last: tuple[int, str]) -> Sequence[Row[Any]]:
        is_later = tuple_(messages.c.channel, messages.c.ts) > last
        query = (
            select(messages)
            .where(messages.c.author.in_(everywhere), is_later)
            .order_by(messages.c.channel, messages.c.ts)
            .limit(PAGE)
        )
        with self._database.reading() as connection:
            return connection.execute(query).all()

    def _open(self, row: Row[Any]) -> OwnMessage:
        identity = message_identity(row.channel, row.ts)
        text = self._keyring.unseal(row.sealed, identity=identity).decode()
        return OwnMessage(row.channel, row.ts, row.thread_ts, row.edited_ts, text)


def _list_removals(connection: Connection, everywhere: frozenset[int]) -> Iterator[Removal]:
    query = select(removals).where(removals.c.member.in_(everywhere)).order_by(removals.c.id)
    for row in connection.execute(query):
        yield Removal(row.channel, row.ts, row.at, row.reason)


def _list_crawls(connection: Connection, everywhere: frozenset[int]) -> Iterator[Crawl]:
    own = select(crawl_members.c.crawl).where(crawl_members.c.member.in_(everywhere))
    for row in connection.execute(select(crawls).where(crawls.c.id.in_(own)).order_by(crawls.c.id)):
        yield Crawl(**row._mapping)


def _list_departures(connection: Connection, everywhere: frozenset[int]) -> Iterator[Departure]:
    query = select(departures).where(departures.c.member.in_(everywhere)).order_by(departures.c.id)
    for row in connection.execute(query):
        yield Departure(row.state, row.at)
