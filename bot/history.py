"""Slack's history comes in through its Web API: roster first, then each channel back in time."""

import logging
import time
from collections import Counter
from collections.abc import Container, Mapping, Sequence

from bot.backfills import BackfillRequest, BackfillSummary, Watch
from bot.coverage import Agenda, find_members
from bot.crawling import Crawling, Purpose, Task
from bot.errors import NobodyAgreed
from bot.headway import Headway, Meter
from bot.late_replies import LateReplies
from bot.pacing import LARGE_PAGE, Stopped
from bot.paging import Reader, build_pacing
from bot.places import Place, Places, find_team_id, list_places, register_roster
from bot.slack import Slack
from bot.turns import Turn, TurnLost, find_line, take_turn
from bot.windows import Windows
from storage.crawls import Crawl
from storage.ingestion import IngestPolicy
from storage.members import Member
from storage.store import Store

__all__ = ["BackfillRequest", "BackfillSummary", "Watch", "backfill"]

_log = logging.getLogger(__name__)


def backfill(
    store: Store, slack: Slack, request: BackfillRequest, *, include: frozenset[str], watch: Watch
) -> BackfillSummary:
    """Read what is missing of the history of those who agree; others' is never stored.

    A window of messages and how far that goes are stored together, so that it may end anywhere
    and be run again. Of several, in whatever processes, one reads at a time, and the next goes on
    with what that one has left.

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
    run = _Backfill(store, slack, request, include, watch)
    with find_line(store).hear(watch.on_progress):
        while True:
            with take_turn(store, watch.stop, watch.say) as turn:
                try:
                    return run.take(turn)
                except TurnLost:
                    _log.warning("A backfill was held up for too long: it waits for its turn.")


class _Backfill:
    """One run, in one turn or in several."""

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
        self._watch = watch
        self._asked_ts = f"{time.time():.6f}"
        self._started = watch.clock.monotonic()
        pacing = build_pacing(slack.client, watch.clock, watch.stop)
        self._turn = Turn()
        self._reader = Reader(slack.client, pacing)
        self._meter = Meter(watch.clock, pacing, self._tell)
        self._windows = Windows(self._reader, pacing, self._meter)
        self._wide = Windows(self._reader, pacing, self._meter, page=LARGE_PAGE)
        self._crawling = Crawling(store, self._windows, self._meter, check=self._check)
        line = find_line(store)
        self._late = LateReplies(
            store,
            self._wide,
            self._meter,
            pacing,
            check=self._check,
            is_awaited=lambda: line.is_awaited,
        )
        self._read: set[int] = set()  # channels, from now on back, for all who are wanted
        self._listed = self._agreed = 0
        self._places = Places((), {})
        self._chosen: Sequence[Place] = ()

    def _tell(self, headway: Headway) -> None:
        self._watch.on_progress(headway)
        find_line(self._store).tell_others(headway, self._watch.on_progress)

    def _check(self) -> None:
        self._turn.check()

    def take(self, turn: Turn) -> BackfillSummary:
        """Read in one turn.

        Raises:
            TurnLost: Another process has it by now.
        """
        self._turn = turn
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
            seconds=self._watch.clock.monotonic() - self._started,
            channels_skipped=dict(problems + left_out),
            threads_skipped=dict(self._windows.threads_skipped + self._wide.threads_skipped),
            threads_asked_again=self._late.asked,
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
        agenda = self._build_agenda()
        self._agreed = len(agenda.members)
        if not agenda.wanted:
            return  # nothing of what Slack gave could be kept
        policy = IngestPolicy(team_id=team_id, include=self._include)
        done = self._go_on(agenda, policy, {})
        new = agenda.find_new() - self._find_waiting()
        rest = self._find_rest(agenda, done, is_for_new=bool(new))
        if rest:
            crawl = agenda.begin(is_for_new=bool(new))
            self._go_through(agenda, crawl, rest, policy)
            self._go_on(self._build_agenda(), policy, {**done, crawl.id: crawl})

    def _build_agenda(self) -> Agenda:
        members = find_members(self._store, self._include)
        wanted = self._find_wanted(members)
        return Agenda(self._store, members, wanted, self._request.since_ts)

    def _go_on(
        self, agenda: Agenda, policy: IngestPolicy, done: Mapping[int, Crawl]
    ) -> Mapping[int, Crawl]:
        """Go on with all crawls that were left open, but those that were gone through just now."""
        done = dict(done)
        while crawl := self._find_left(done):
            self._go_through(agenda, crawl, self._chosen, policy)
            done[crawl.id] = crawl
        return done

    def _find_left(self, done: Container[int]) -> Crawl | None:
        crawls = self._store.crawls.list_unfinished()
        return next((crawl for crawl in crawls if crawl.id not in done), None)

    def _find_waiting(self) -> frozenset[int]:
        """Return those for whom a crawl is left open, because it was for named channels alone."""
        crawls = self._store.crawls
        left = [each for each in crawls.list_unfinished() if not each.since_ts]
        return frozenset[int]().union(*(crawls.members(crawl.id) for crawl in left))

    def _find_rest(
        self, agenda: Agenda, done: Mapping[int, Crawl], *, is_for_new: bool
    ) -> Sequence[Place]:
        """Say which channels are still to be read once crawls from before have gone on.

        What this run or, while this one waited, another has read from then on back is not, if it
        was read for all who are wanted now.
        """
        if is_for_new:
            return self._chosen
        if self._request.since_ts and any(map(agenda.stands_for, done.values())):
            return ()
        begun = self._store.crawls.list_after(self._asked_ts)
        enough = [each.id for each in begun if agenda.stands_for(each)]
        read = self._read | self._store.crawls.read_whole(enough)
        return [each for each in self._chosen if each.channel not in read]

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
        channels = [place.channel for place in places]
        task = Task(
            self._describe(crawl),
            agenda.find_starts(crawl, channels),
            agenda.find_look_backs(crawl, channels),
            is_for_new,
            policy,
            lambda: self._find_peers(crawl),
        )
        fresh = self._crawling.go_through(task, places)
        if agenda.stands_for(crawl):
            self._read |= fresh
        if not is_for_new:
            self._late.read(task, places)
        # whoever is new is covered when every channel has been read, not only those named
        if not is_for_new or self._crawling.is_through(crawl, self._places.readable):
            self._store.crawls.finish(crawl.id)

    def _find_peers(self, crawl: Crawl) -> Sequence[Purpose]:
        """Return the other crawls for somebody new: who agrees meanwhile gets one at once."""
        members = find_members(self._store, self._include)
        agenda = Agenda(self._store, members, frozenset(member.id for member in members))
        is_named = self._request.channels or self._request.authors
        if not is_named and (joining := agenda.find_joining()):
            agenda.begin_for(joining)
        left = self._store.crawls.list_unfinished()
        return [
            self._describe(each) for each in left if each.id != crawl.id and agenda.is_for_new(each)
        ]

    def _describe(self, crawl: Crawl) -> Purpose:
        """Say whom a crawl is for; who agrees later gets their own."""
        if crawl.is_everyone:
            return Purpose(crawl, None)
        members = self._store.crawls.members(crawl.id)
        return Purpose(crawl, frozenset(self._store.members.user_id(each) for each in members))
