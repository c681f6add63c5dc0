"""Crawls: how far Slack's history has been read, for whom, and where it could not be."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from storage.audit import check_code
from storage.database import Database
from storage.folding import fold_into
from storage.schema import crawl_channels, crawl_members, crawls


@dataclass(frozen=True)
class Crawl:
    """One way through the history, from `since_ts` ("": its beginning) to `until_ts`.

    Args:
        is_everyone: It was not for some members alone.
        finished_at: `None` while it is under way, or was cut short.
    """

    id: int
    since_ts: str
    until_ts: str
    is_everyone: bool
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Coverage:
    """How much of a channel a crawl has read: from `reached_ts` to the crawl's `until_ts`.

    Args:
        is_complete: All there is, back to the crawl's `since_ts`.
        problem: A short code of what stood in the way.
    """

    reached_ts: str
    is_complete: bool
    problem: str | None


@dataclass(frozen=True)
class Span:
    """What one crawl has read of a channel, whole or not: from one ts to another.

    Args:
        is_everyone: It was not for some members alone.
    """

    crawl: int
    channel: int
    since_ts: str
    until_ts: str
    is_everyone: bool


@dataclass(frozen=True)
class Checkpoint:
    """How far a crawl is in a channel once the messages that come along are stored.

    Args:
        followers: Other crawls that were as far, and get as far with it.
    """

    crawl: int
    channel_id: str
    reached_ts: str
    is_complete: bool
    followers: tuple[int, ...] = ()


class Crawls:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        *,
        members: Iterable[int],
        since_ts: str,
        until_ts: str,
        is_everyone: bool = False,
    ) -> Crawl:
        """Add a crawl that is under way.

        Args:
            members: For whom it is.
            since_ts: Where it is to end, as it goes backward; "" for the beginning.
            until_ts: Where it begins.
            is_everyone: It is for all who may be stored.
        """
        window = {"since_ts": since_ts, "until_ts": until_ts, "is_everyone": is_everyone}
        addition = insert(crawls).values(started_at=datetime.now(UTC), **window)
        with self._database.writing() as connection:
            row = connection.execute(addition.returning(*crawls.c)).one()
            links = [{"crawl": row.id, "member": member} for member in set(members)]
            if links:
                connection.execute(insert(crawl_members), links)
        return _crawl(row)

    def list_unfinished(self) -> tuple[Crawl, ...]:
        """List all crawls that never came to an end, oldest first."""
        query = select(crawls).where(crawls.c.finished_at.is_(None)).order_by(crawls.c.id)
        with self._database.reading() as connection:
            return tuple(map(_crawl, connection.execute(query)))

    def last_finished(self) -> Crawl | None:
        """Find the newest crawl that came to its end."""
        over = select(crawls).where(crawls.c.finished_at.is_not(None))
        with self._database.reading() as connection:
            row = connection.execute(over.order_by(crawls.c.id.desc()).limit(1)).one_or_none()
        return _crawl(row) if row else None

    def finish(self, crawl: int) -> None:
        """Note that a crawl came to its end; earlier ones that it stands for go."""
        over = update(crawls).where(crawls.c.id == crawl).values(finished_at=datetime.now(UTC))
        with self._database.writing() as connection:
            connection.execute(over)
            fold_into(connection, crawl)

    def members(self, crawl: int) -> frozenset[int]:
        """Say for whom a crawl is or was."""
        query = select(crawl_members.c.member).where(crawl_members.c.crawl == crawl)
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def by_member(self) -> dict[int, frozenset[int]]:
        """Say of each member which crawls are or were for them."""
        found: dict[int, set[int]] = defaultdict(set)
        query = select(crawl_members.c.member, crawl_members.c.crawl)
        with self._database.reading() as connection:
            for member, crawl in connection.execute(query):
                found[member].add(crawl)
        return {member: frozenset(ids) for member, ids in found.items()}

    def covered(self) -> frozenset[int]:
        """Say for whom the history was read once from its beginning."""
        is_whole = crawls.c.finished_at.is_not(None) & (crawls.c.since_ts == "")
        query = select(crawl_members.c.member).join(crawls).where(is_whole)
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def is_covered(self, member: int) -> bool:
        """Say whether the history was read once from its beginning for one member."""
        is_whole = crawls.c.finished_at.is_not(None) & (crawls.c.since_ts == "")
        return self._has_crawl(member, is_whole)

    def is_under_way(self, member: int) -> bool:
        """Say whether a crawl for one member never came to an end."""
        return self._has_crawl(member, crawls.c.finished_at.is_(None))

    def _has_crawl(self, member: int, which: ColumnElement[bool]) -> bool:
        own = select(crawls.c.id).join(crawl_members).where(crawl_members.c.member == member)
        with self._database.reading() as connection:
            return connection.execute(own.where(which).limit(1)).one_or_none() is not None

    def coverage(self, crawl: int) -> dict[int, Coverage]:
        """Say how far a crawl is in each channel that it has come to."""
        query = select(crawl_channels).where(crawl_channels.c.crawl == crawl)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return {row.channel: Coverage(row.reached_ts, row.is_complete, row.problem) for row in rows}

    def spans(self) -> list[Span]:
        """List what every crawl has read of every channel so far."""
        query = select(
            crawl_channels.c.crawl,
            crawl_channels.c.channel,
            crawl_channels.c.reached_ts.label("since_ts"),
            crawls.c.until_ts,
            crawls.c.is_everyone,
        ).join(crawls)
        with self._database.reading() as connection:
            return [Span(**row._mapping) for row in connection.execute(query)]

    def problems(self) -> dict[int, str]:
        """Say of each channel what stood in the way of the newest crawl that came to it, if any."""
        query = select(crawl_channels.c.channel, crawl_channels.c.problem)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(crawl_channels.c.crawl))
            newest = {row.channel: row.problem for row in rows}
        return {channel: problem for channel, problem in newest.items() if problem}

    def list_after(self, moment_ts: str) -> tuple[Crawl, ...]:
        """List the crawls that began after a moment, oldest first."""
        query = select(crawls).where(crawls.c.until_ts >= moment_ts).order_by(crawls.c.id)
        with self._database.reading() as connection:
            return tuple(map(_crawl, connection.execute(query)))

    def read_whole(self, among: Collection[int]) -> frozenset[int]:
        """Say which channels any of some crawls has read whole."""
        own = crawl_channels.c.is_complete & crawl_channels.c.crawl.in_(among)
        with self._database.reading() as connection:
            return frozenset(
                connection.execute(select(crawl_channels.c.channel).where(own)).scalars()
            )

    def note_problem(self, crawl: int, channel: int, code: str) -> None:
        """Note what stands in the way of reading a channel; the next checkpoint takes it back.

        Raises:
            ValueError: `code` is no short code.
        """
        same = crawls.c.id == crawl
        problem = {"problem": check_code(code)}
        with self._database.writing() as connection:
            start = connection.execute(select(crawls.c.until_ts).where(same)).scalar_one()
            nothing_read = {"reached_ts": start, "is_complete": False}
            _upsert(connection, crawl, channel, problem, otherwise=nothing_read)


def write_checkpoint(connection: Connection, checkpoint: Checkpoint, channel: int) -> None:
    """Note how far a crawl is, as part of the change that stores what it has read."""
    values = {
        "reached_ts": checkpoint.reached_ts,
        "is_complete": checkpoint.is_complete,
        "problem": None,
    }
    for crawl in (checkpoint.crawl, *checkpoint.followers):
        _upsert(connection, crawl, channel, values)


def _upsert(
    connection: Connection,
    crawl: int,
    channel: int,
    values: dict[str, Any],
    *,
    otherwise: dict[str, Any] | None = None,
) -> None:
    same = (crawl_channels.c.crawl == crawl) & (crawl_channels.c.channel == channel)
    if connection.execute(update(crawl_channels).where(same).values(values)).rowcount:
        return
    key = {"crawl": crawl, "channel": channel}
    connection.execute(insert(crawl_channels).values({**key, **(otherwise or {}), **values}))


def _crawl(row: Row[Any]) -> Crawl:
    return Crawl(**row._mapping)
