"""Slack's history comes in through its Web API: roster first, then each channel back in time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.coverage import Agenda, find_members
from bot.crawling import Crawling, Task
from bot.errors import NobodyAgreed
from bot.headway import Headway, Meter
from bot.pacing import Clock, Pacing, Stopped
from bot.paging import Reader
from bot.places import Place, Places, find_team_id, list_places, register_roster
from bot.slack import Slack
from bot.windows import Windows
from storage.crawls import Crawl
from storage.ingestion import IngestPolicy, IngestReport
from storage.members import Member
from storage.store import Store

_TURN = threading.Lock()  # two at once would ask Slack for the same, and slow each other down


@dataclass(frozen=True)
class BackfillRequest:
    """What to read.

    Args:
        channels: Slack ids or names of channels; empty means all that the bot is in.
        authors: Ids, usernames or display names of the people whom it is for; empty means all.
        since_ts: Read again from then on; "" for all that is missing.
    """

    channels: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since_ts: str = ""


@dataclass(frozen=True)
class Watch:
    """Who watches a backfill: what is told of it, what ends it early, and its time."""

    on_progress: Callable[[Headway], None] = lambda _headway: None
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Clock = field(default_factory=Clock)


@dataclass(frozen=True)
class BackfillSummary:
    """What came of a backfill.

    Args:
        channels: How many were read.
        channels_skipped: How many could not or may not be, by a short code.
        threads_skipped: The same for threads.
        agreed: How many members may be stored at all.
        is_stopped: It was ended early, and goes on when it is run again.
    """

    report: IngestReport
    members: int
    channels: int
    seconds: float
    channels_skipped: Mapping[str, int]
    threads_skipped: Mapping[str, int]
    agreed: int
    is_stopped: bool

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `mimic backfill --json`: those of an import, and what was skipped."""
        return {
            **self.report.to_json(),
            "members": self.members,
            "channels": self.channels,
            "seconds": round(self.seconds, 3),
            "channels_skipped": dict(self.channels_skipped),
            "threads_skipped": dict(self.threads_skipped),
        }


def backfill(
    store: Store, slack: Slack, request: BackfillRequest, *, include: frozenset[str], watch: Watch
) -> BackfillSummary:
    """Read what is missing of the history of those who agree; others' is never stored.

    A window of messages and how far that goes are stored together, so that it may end anywhere
    and be run again.

    Args:
        store: Where it goes.
        slack: Where it comes from.
        request: Which part.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
        watch: Who watches it.

    Raises:
        NobodyAgreed: Somebody it is for has not.
        UnknownNameError: Nobody or no channel is called that.
        SlackError: Slack refuses the token or does not answer; what has come stays.
    """
    with _turn(watch.stop):
        return _Backfill(store, slack, request, include, watch).run()


@contextmanager
def _turn(stop: threading.Event) -> Iterator[None]:
    """Wait for the turn, or for the end: what is to stop needs none."""
    while not (is_mine := _TURN.acquire(timeout=0.1)) and not stop.is_set():
        pass
    try:
        yield
    finally:
        if is_mine:
            _TURN.release()


class _Backfill:
    """One run."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        request: BackfillRequest,
        include: frozenset[str],
        watch: Watch,
    ) -> None:
        self._store = store
        self._request = request
        self._include = include
        self._clock = watch.clock
        pacing = Pacing(watch.clock, watch.stop)
        self._reader = Reader(slack.client, pacing)
        self._meter = Meter(watch.clock, pacing, watch.on_progress)
        self._windows = Windows(self._reader, pacing, self._meter)
        self._crawling = Crawling(store, self._windows, self._meter)
        self._listed = self._agreed = 0
        self._places = Places((), {})
        self._chosen: Sequence[Place] = ()

    def run(self) -> BackfillSummary:
        started = self._clock.monotonic()
        is_stopped = False
        try:
            self._read_history()
        except Stopped:
            is_stopped = True
        problems = Counter(self._crawling.problems.values())
        left_out = Counter({} if self._request.channels else self._places.skipped)
        return BackfillSummary(
            report=self._meter.report,
            members=self._listed,
            channels=len(self._chosen) - problems.total(),
            seconds=self._clock.monotonic() - started,
            channels_skipped=dict(problems + left_out),
            threads_skipped=dict(self._windows.threads_skipped),
            agreed=self._agreed,
            is_stopped=is_stopped,
        )

    def _read_history(self) -> None:
        team_id = find_team_id(self._reader)
        self._listed = register_roster(self._store, self._reader, team_id=team_id)
        self._places = list_places(
            self._store, self._reader, team_id=team_id, include=self._include
        )
        named = [self._places.find(name) for name in self._request.channels]
        self._chosen = named or self._places.readable
        members = find_members(self._store, self._include)
        self._agreed = len(members)
        wanted = self._find_wanted(members)
        if not wanted:
            return  # nothing of what Slack gave could be kept
        agenda = Agenda(self._store, members, wanted, self._request.since_ts)
        policy = IngestPolicy(team_id=team_id, include=self._include)
        crawl = self._store.crawls.unfinished()
        if crawl:
            self._go_through(agenda, crawl, self._chosen, policy)
        new = agenda.find_new() - self._find_waiting()
        rest = self._find_rest(crawl, is_for_new=bool(new))
        if rest:
            self._go_through(agenda, agenda.begin(is_for_new=bool(new)), rest, policy)

    def _find_waiting(self) -> frozenset[int]:
        """Return those for whom a crawl is left open, because it was for named channels alone."""
        crawl = self._store.crawls.unfinished()
        if crawl is None or crawl.since_ts:
            return frozenset()
        return self._store.crawls.members(crawl.id)

    def _find_rest(self, crawl: Crawl | None, *, is_for_new: bool) -> Sequence[Place]:
        """Say which channels are still to be read once a crawl from before has gone on."""
        if crawl is None or is_for_new or crawl.since_ts != self._request.since_ts:
            return self._chosen
        if crawl.since_ts:
            return ()
        return [each for each in self._chosen if each.channel not in self._crawling.fresh]

    def _find_wanted(self, members: Sequence[Member]) -> frozenset[int]:
        agreed = frozenset(member.id for member in members)
        named = frozenset(self._store.members.find(name).id for name in self._request.authors)
        if named - agreed:
            raise NobodyAgreed(
                "Not everybody named here has agreed, and nothing is read for those who have not: "
                "they agree with `/mimic optin` in Slack."
            )
        return named or agreed

    def _go_through(
        self, agenda: Agenda, crawl: Crawl, places: Sequence[Place], policy: IngestPolicy
    ) -> None:
        is_for_new = agenda.is_for_new(crawl)
        starts = agenda.find_starts(crawl, [place.channel for place in places])
        task = Task(crawl, starts, is_for_new, self._find_authors(crawl), policy)
        self._crawling.go_through(task, places)
        # whoever is new is covered when every channel has been read, not only those named
        if not is_for_new or self._crawling.is_through(crawl, self._places.readable):
            self._store.crawls.finish(crawl.id)

    def _find_authors(self, crawl: Crawl) -> frozenset[str] | None:
        """Return the user ids of those whom a crawl is for; who agrees later gets their own."""
        if crawl.is_everyone:
            return None
        members = self._store.crawls.members(crawl.id)
        return frozenset(self._store.members.user_id(member) for member in members)
