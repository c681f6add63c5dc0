"""Crawls that a later one stands for: folded into it, so that there are never many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.schema import crawl_channels, crawl_members, crawls

Spans = Mapping[int, list[Row[Any]]]  # what was read of each channel


def fold_into(connection: Connection, crawl: int) -> None:
    """Let a crawl that has just ended say what earlier ones say, and let go of these.

    Of each channel it takes over what had been read for all of its members before, as far as that
    hangs together with its own. So what is known of anybody stays the same.

    Args:
        connection: A transaction that is under way.
        crawl: One from the beginning; any other covers nobody and stands for none.
    """
    own = connection.execute(select(crawls).where(crawls.c.id == crawl)).one()
    if own.since_ts:
        return
    members, spans = _read_members(connection), _read_spans(connection)
    rows = (span for read in spans.values() for span in read)
    everybody = frozenset(span.crawl for span in rows if span.is_everyone)
    groups = {frozenset(ids) for ids in _turn(members).values() if crawl in ids}
    groups |= {everybody} if own.is_everyone else set()
    for channel, read in spans.items():
        _take_over(connection, crawl, channel, read, groups)
    is_earlier = (crawls.c.id < crawl) & crawls.c.finished_at.is_not(None)
    for other in connection.execute(select(crawls).where(is_earlier)).all():
        if members[other.id] <= members[crawl] and own.is_everyone >= other.is_everyone:
            _let_go(connection, own, other)


def _take_over(
    connection: Connection,
    crawl: int,
    channel: int,
    read: Collection[Row[Any]],
    groups: Iterable[Collection[int]],
) -> None:
    """Let a crawl say from when on a channel was read for all who are in it."""
    start_ts = next((span.reached_ts for span in read if span.crawl == crawl), None)
    if start_ts is not None:
        starts = (_walk_back(start_ts, read, group) for group in groups)
        values = {"reached_ts": max(starts, default=start_ts)}
        connection.execute(update(crawl_channels).where(_is(crawl, channel)).values(values))


def _walk_back(start_ts: str, read: Collection[Row[Any]], group: Collection[int]) -> str:
    """Say from when on there is no gap up to a moment, in what some crawls have read."""
    for span in sorted(read, key=lambda each: str(each.until_ts), reverse=True):
        if span.crawl in group and span.reached_ts < start_ts <= span.until_ts:
            start_ts = span.reached_ts
    return start_ts


def _let_go(connection: Connection, own: Row[Any], other: Row[Any]) -> None:
    reached = _read_reached(connection, own.id)
    is_empty = True
    for channel, since_ts in _read_reached(connection, other.id).items():
        start_ts = reached.get(channel, "~")
        says_nothing = channel in reached and since_ts >= other.until_ts
        if says_nothing or (start_ts <= since_ts and other.until_ts <= own.until_ts):
            connection.execute(delete(crawl_channels).where(_is(other.id, channel)))
        else:
            is_empty = False
    if is_empty:
        connection.execute(delete(crawl_members).where(crawl_members.c.crawl == other.id))
        connection.execute(delete(crawls).where(crawls.c.id == other.id))


def _is(crawl: int, channel: int) -> Any:
    return (crawl_channels.c.crawl == crawl) & (crawl_channels.c.channel == channel)


def _read_members(connection: Connection) -> Mapping[int, set[int]]:
    """Say for whom each crawl was."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(crawl_members)):
        found[row.crawl].add(row.member)
    return found


def _turn(members: Mapping[int, Iterable[int]]) -> Mapping[int, set[int]]:
    """Say in which crawls each member was."""
    found: dict[int, set[int]] = defaultdict(set)
    for crawl, own in members.items():
        for member in own:
            found[member].add(crawl)
    return found


def _read_spans(connection: Connection) -> Spans:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    columns = (crawl_channels, crawls.c.until_ts, crawls.c.is_everyone)
    for row in connection.execute(select(*columns).join(crawls)):
        found[row.channel].append(row)
    return found


def _read_reached(connection: Connection, crawl: int) -> dict[int, str]:
    own = crawl_channels.c.crawl == crawl
    query = select(crawl_channels.c.channel, crawl_channels.c.reached_ts).where(own)
    return {row.channel: row.reached_ts for row in connection.execute(query)}
