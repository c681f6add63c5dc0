"""A first look at history: the newest words of those who just agreed, before all of it is read."""

import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from bot.coverage import find_members
from bot.gathering import Batch
from bot.pacing import LARGE_PAGE, Clock, Pacing, Stopped
from bot.paging import CallFailed, Reader, build_pacing
from bot.places import Place, find_own, list_places, register_roster
from bot.slack import Slack
from bot.windows import Stretch, Windows
from storage.ingestion import IngestPolicy
from storage.store import Store

CALLS = 25
SECONDS = 30.0
ENOUGH = 1_000  # messages of each, to learn a first voice from
PEOPLE = 3  # who are asked about one by one
_CLOSED = frozenset({"private", "dms"})  # of which no person's voice learns


class FirstLook:
    """Looks into all public channels by turns, newest messages first, and into no thread.

    It is over half a minute after Slack has listed its members and channels, and may go on beside
    a crawl. How far it came is not noted: the crawl that follows finds the same again, and nothing
    is stored twice.

    Args:
        store: Where it goes.
        slack: Where it comes from.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
        clock: What is waited by.
    """

    def __init__(
        self, store: Store, slack: Slack, *, include: frozenset[str], clock: Clock
    ) -> None:
        self._store = store
        self._slack = slack
        self._include = include
        self._clock = clock

    def look(self, batch: Batch, *, stop: threading.Event) -> None:
        """Store the newest messages of some people, until there are enough of each.

        Raises:
            SlackError: Slack refuses the token or does not answer; what has come stays.
        """
        pacing = build_pacing(self._slack.client, self._clock, stop)
        reader = Reader(self._slack.client, pacing)
        team_id = self._slack.identity.team_id
        with suppress(Stopped):
            register_roster(self._store, reader, team_id=team_id)  # names have to be known
            wanted = self._find_wanted(batch)
            if not self._is_short(wanted):
                return
            public = self._include - _CLOSED
            places = list_places(self._store, reader, team_id=team_id, include=public)
            chosen = _sort(reader, places.readable, wanted)
            pacing.end_after(SECONDS)
            policy = IngestPolicy(team_id=team_id, include=self._include)
            for stretch in _go_round(reader, pacing, chosen):
                self._store.ingest(stretch.messages, policy=policy)
                if not self._is_short(wanted):
                    return

    def _find_wanted(self, batch: Batch) -> Batch:
        """Leave out those whose messages may not be stored."""
        members = {member.id for member in find_members(self._store, self._include)}
        return {member: user_id for member, user_id in batch.items() if member in members}

    def _is_short(self, wanted: Batch) -> bool:
        count = self._store.messages.count
        return any(count(author=member) < ENOUGH for member in wanted)


class _Purse:
    """Counts what may still be asked for."""

    def __init__(self) -> None:
        self.calls = CALLS

    def note_page(self, messages: int) -> None:  # noqa: ARG002 - every page costs the same
        self.calls -= 1

    def note_thread(self) -> None:
        self.calls -= 1


def _sort(reader: Reader, places: Sequence[Place], wanted: Batch) -> Sequence[Place]:
    """Put first what the people are in, where there are too many channels to see them all."""
    if len(places) <= CALLS:
        return places
    own: Counter[str] = Counter()
    for user_id in list(wanted.values())[:PEOPLE]:
        own.update(find_own(reader, user_id))
    return sorted(places, key=lambda place: -own[place.channel_id])


def _go_round(reader: Reader, pacing: Pacing, places: Sequence[Place]) -> Iterator[Stretch]:
    """Yield a page of each channel, then the next page of each, as many as may be asked for."""
    purse = _Purse()
    windows = Windows(reader, pacing, purse, page=LARGE_PAGE)
    left = deque(
        windows.read(place.channel_id, since_ts="", latest_ts="", has_wanted=lambda _: False)
        for place in places
    )
    while left and purse.calls > 0:
        channel = left.popleft()
        with suppress(CallFailed):
            stretch = next(channel)
            yield stretch
            if not stretch.is_complete:
                left.append(channel)
