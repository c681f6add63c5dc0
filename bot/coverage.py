"""What of Slack's history is still to be read: for whom, which crawl goes on, and from where."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from storage.consent import SILENT
from storage.crawls import Crawl
from storage.members import Member
from storage.store import Store

LOOK_BACK_SECONDS = 7 * 24 * 3600.0  # late replies, edits and deletions are found in it


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

    def begin(self, *, is_for_new: bool) -> Crawl:
        """Begin a crawl up to now, for those who are new, too, or only for all others."""
        ids = frozenset(member.id for member in self.members)
        return self.store.crawls.begin(
            members=ids if is_for_new else ids - self.find_new(ids),
            since_ts=self.since_ts,
            until_ts=f"{time.time():.6f}",
            is_everyone=self.store.consent.default == "opt-out",
        )

    def is_for_new(self, crawl: Crawl) -> bool:
        """Say whether a crawl reads all there is, because somebody in it was never read for."""
        return not crawl.since_ts and bool(self.find_new(self.store.crawls.members(crawl.id)))

    def find_new(self, among: Collection[int] | None = None) -> frozenset[int]:
        """Return those for whom the history was never read; by default, of whom it is wanted."""
        covered = self.store.crawls.covered()
        last = self.store.crawls.last_finished()
        has_everyone = bool(covered and last and last.is_everyone)
        known = {member.id for member in self.members if has_everyone and member.consent in SILENT}
        return frozenset(self.wanted if among is None else among) - covered - known

    def find_starts(self, crawl: Crawl, channels: Iterable[int]) -> dict[int, str]:
        """Say from where a crawl reads each channel, "" for its beginning."""
        if crawl.since_ts or self.is_for_new(crawl):
            return dict.fromkeys(channels, crawl.since_ts)
        ends = find_ends(self.store)
        return {channel: _look_back(ends.get(channel, "")) for channel in channels}


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
    if row.state != "agreed" or member in store.crawls.covered():
        return False
    crawl = store.crawls.unfinished()
    return row.by_subject or (crawl is not None and member in store.crawls.members(crawl.id))


def find_ends(store: Store) -> dict[int, str]:
    """Say of each channel until when it was read without a gap since its beginning."""
    ends = {channel: _join(spans) for channel, spans in store.crawls.stretches().items()}
    return {channel: end for channel, end in ends.items() if end}


def _join(spans: Iterable[tuple[str, str]]) -> str:
    """Return the end of what hangs together from the beginning on, "" if nothing does."""
    end = ""
    for since, until in sorted(spans):
        if since <= end:
            end = max(end, until)
    return end


def _look_back(end: str) -> str:
    return f"{float(end) - LOOK_BACK_SECONDS:.6f}" if end else ""
