"""What of Slack's history is still to be read: for whom, which crawl goes on, and from where."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from storage.consent import SILENT
from storage.crawls import Crawl, Span
from storage.members import Member
from storage.store import Store

LOOK_BACK_SECONDS = 7 * 24 * 3600.0  # late replies, edits and deletions are found in it

Stretch = tuple[str, str]
"""From one ts to another; "" is the beginning."""


@dataclass(frozen=True)
class Agenda:
    """Decides what a backfill reads.

    A crawl from the beginning (`since_ts` "") reads all there is if it is for somebody new; if
    all its members are covered, it only closes the gap since each channel was last read.

    Args:
        members: Everybody whose messages may be stored.
        wanted: For whom this backfill is.
        since_ts: Read again from then on, whatever was read; "" for what is missing.
    """

    store: Store
    members: Sequence[Member]
    wanted: frozenset[int]
    since_ts: str = ""

    @property
    def oldest_ts(self) -> str:
        """What was written before is not kept, and so not asked for; "" where all is."""
        return self.store.retention.oldest_ts

    @property
    def _ids(self) -> frozenset[int]:
        return frozenset(member.id for member in self.members)

    def begin(self, *, is_for_new: bool) -> Crawl:
        """Begin a crawl up to now, for those who are new, too, or only for all others."""
        return self.begin_for(self._ids if is_for_new else self._ids - self.find_new(self._ids))

    def begin_for(self, members: Collection[int]) -> Crawl:
        """Begin a crawl up to now, for some members."""
        return self.store.crawls.begin(
            members=members,
            since_ts=self.since_ts,
            until_ts=f"{time.time():.6f}",
            is_everyone=self.store.consent.default == "opt-out",
        )

    def is_for_new(self, crawl: Crawl) -> bool:
        """Say whether a crawl reads all there is, because somebody in it was never read for."""
        return not crawl.since_ts and bool(self.find_new(self.store.crawls.members(crawl.id)))

    def stands_for(self, crawl: Crawl) -> bool:
        """Say whether a crawl looks for all that this backfill looks for, wherever it reads."""
        if crawl.since_ts != self.since_ts:
            return False
        return crawl.is_everyone or self.wanted <= self.store.crawls.members(crawl.id)

    def find_new(self, among: Collection[int] | None = None) -> frozenset[int]:
        """Return those for whom the history was never read; by default, of whom it is wanted."""
        covered = self.store.crawls.covered()
        last = self.store.crawls.last_finished()
        has_everyone = bool(covered and last and last.is_everyone)
        known = {member.id for member in self.members if has_everyone and member.consent in SILENT}
        return frozenset(self.wanted if among is None else among) - covered - known

    def find_joining(self) -> frozenset[int]:
        """Return those who have agreed meanwhile, and for whom no crawl has begun yet."""
        open_crawls = self.store.crawls.list_unfinished()
        if any(crawl.is_everyone for crawl in open_crawls):
            return frozenset()
        return self.find_new().difference(*(self.store.crawls.members(c.id) for c in open_crawls))

    def find_starts(self, crawl: Crawl, channels: Iterable[int]) -> dict[int, str]:
        """Say from where a crawl reads each channel, "" for its beginning."""
        if crawl.since_ts or self.is_for_new(crawl):
            return dict.fromkeys(channels, max(crawl.since_ts, self.oldest_ts))
        return self.find_look_backs(crawl, channels)

    def find_look_backs(self, crawl: Crawl, channels: Iterable[int]) -> dict[int, str]:
        """Say from where a crawl sees what has changed or gone since each channel was last read.

        That is a look back before the gap. A channel that could not be read for one of the crawl's
        members so far has no end, and is read from its beginning.
        """
        if crawl.since_ts:
            return dict.fromkeys(channels, max(crawl.since_ts, self.oldest_ts))
        own = self.store.crawls.members(crawl.id)
        members = [member for member in self.find_known() if member.id in own]
        ends = find_ends(self.store, members or self.find_known(), but=crawl.id)
        return {
            channel: max(_look_back(ends.get(channel, "")), self.oldest_ts) for channel in channels
        }

    def find_known(self) -> list[Member]:
        """Return those for whom the history was read, or those for whom that has begun."""
        new, begun = self.find_new(self._ids), self.store.crawls.by_member()
        known = [member for member in self.members if member.id not in new]
        return known or [member for member in self.members if member.id in begun]


def find_members(store: Store, include: Collection[str]) -> list[Member]:
    """Return everybody whose messages may be stored."""
    return [
        member
        for member in store.members.list()
        if member.consent in store.consent.usable
        and not member.is_bot
        and (not member.is_guest or "guests" in include)
    ]


def is_awaited(store: Store, member: int) -> bool:
    """Say whether the history of somebody who agreed is still to be read to its end."""
    row = store.consent.get(member)
    if row.state != "agreed" or store.crawls.is_covered(member):
        return False
    return row.by_subject or store.crawls.is_under_way(member)


def find_ends(store: Store, members: Iterable[Member], *, but: int | None = None) -> dict[int, str]:
    """Say of each channel until when it was read without a gap since its beginning.

    Args:
        members: For all of these.
        but: A crawl that does not count.
    """
    found = find_stretches(store, members, but=but)
    return {channel: own[0][1] for channel, own in found.items() if own and not own[0][0]}


def find_stretches(
    store: Store, members: Iterable[Member], *, but: int | None = None
) -> dict[int, Sequence[Stretch]]:
    """Say of each channel what was read for all of some members, oldest first.

    A stretch begins with "" where the channel does, or what is kept of it.
    """
    crawls, oldest_ts = store.crawls.by_member(), store.retention.oldest_ts
    groups = {(crawls.get(each.id, frozenset()), each.consent in SILENT) for each in members}
    spans: dict[int, list[Span]] = defaultdict(list)
    for span in store.crawls.spans():
        if span.crawl != but:
            spans[span.channel].append(span)
    return {
        channel: reduce(_intersect, (_join(_choose(own, *group), oldest_ts) for group in groups))
        for channel, own in spans.items()
        if groups
    }


def _choose(spans: Iterable[Span], crawls: Collection[int], is_silent: bool) -> list[Span]:
    """Return what was read for somebody who was in these crawls, or never said a word."""
    return [each for each in spans if each.crawl in crawls or (is_silent and each.is_everyone)]


def _join(spans: Iterable[Span], oldest_ts: str) -> Sequence[Stretch]:
    """Put together what hangs together."""
    joined: list[Stretch] = []
    for since, until in sorted((span.since_ts, span.until_ts) for span in spans):
        start = since if since > oldest_ts else ""
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], until)
        elif start < until:
            joined.append((start, until))
    return joined


def _intersect(one: Sequence[Stretch], other: Sequence[Stretch]) -> Sequence[Stretch]:
    found = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return sorted((since, until) for since, until in found if since < until)


def _look_back(end: str) -> str:
    return f"{float(end) - LOOK_BACK_SECONDS:.6f}" if end else ""
