"""A crawl goes through channels: every stretch is stored together with how far it reaches."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.headway import Meter, Span
from bot.paging import CallFailed
from bot.places import Place
from bot.vanished import Outline
from bot.windows import Stretch, Windows, may_hold
from storage.crawls import Checkpoint, Coverage, Crawl
from storage.ingestion import IngestPolicy, RawMessage
from storage.store import Store

_SHOWN_SECONDS = 80 * 24 * 3600.0  # what is younger no plan hides


@dataclass(frozen=True)
class Purpose:
    """What a crawl is for.

    Args:
        crawl: It goes on from where it was.
        authors: The user ids of those whom it is for; `None` for everybody.
    """

    crawl: Crawl
    authors: frozenset[str] | None


@dataclass(frozen=True)
class Task:
    """What is to be done for a crawl.

    Args:
        purpose: Of the crawl.
        starts: From when on each channel is to be read, "" for its beginning.
        look_backs: From when on what is gone from Slack goes here, too.
        is_for_new: It reads all there is.
        policy: What may be stored.
        find_peers: Says before each channel which crawls read all of it, too.
    """

    purpose: Purpose
    starts: Mapping[int, str]
    look_backs: Mapping[int, str]
    is_for_new: bool
    policy: IngestPolicy
    find_peers: Callable[[], Sequence[Purpose]]

    @property
    def crawl(self) -> Crawl:
        """The crawl."""
        return self.purpose.crawl


class Crawling:
    """Reads and stores.

    Args:
        store: Where it goes.
        windows: Where it comes from.
        meter: Is told of it.
        check: Is called before anything is stored, and may end it.

    Attributes:
        problems: The channels that Slack did not give, with its short code.
    """

    def __init__(
        self, store: Store, windows: Windows, meter: Meter, *, check: Callable[[], None]
    ) -> None:
        self.problems: dict[int, str] = {}
        self._store = store
        self._windows = windows
        self._meter = meter
        self._check = check

    def go_through(self, task: Task, places: Sequence[Place]) -> frozenset[int]:
        """Read what a crawl has not read yet of some channels; one that cannot be is noted.

        Returns:
            The channels that it has read, or tried to, from now on back.

        Raises:
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        coverage = self._store.crawls.coverage(task.crawl.id)
        fresh: set[int] = set()
        spans = {place.channel: _span(task, place, coverage) for place in places}
        self._meter.begin(spans)
        for place in places:
            known = coverage.get(place.channel)
            if known and known.is_complete:
                continue
            self.problems.pop(place.channel, None)
            latest_ts = _find_latest(task.crawl, known)
            if not latest_ts:
                fresh.add(place.channel)
            try:
                self._read(task, place, latest_ts)
            except CallFailed as failure:
                self.problems[place.channel] = failure.code
                self._store.crawls.note_problem(task.crawl.id, place.channel, failure.code)
            self._meter.note_done(place.channel)
        return frozenset(fresh)

    def is_through(self, crawl: Crawl, places: Sequence[Place]) -> bool:
        """Say whether there is nothing left to read of these channels, or no way to."""
        coverage = self._store.crawls.coverage(crawl.id)
        found = (coverage.get(place.channel) for place in places)
        return all(known and (known.is_complete or known.problem) for known in found)

    def _read(self, task: Task, place: Place, latest_ts: str) -> None:
        look_back_ts = task.look_backs[place.channel]
        outline = Outline.draw(self._store, place.channel, since_ts=look_back_ts)
        peers = self._find_peers(task, place, latest_ts)
        authors = _unite([task.purpose, *peers])
        stretches = self._windows.read(
            place.channel_id,
            since_ts=task.starts[place.channel],
            latest_ts=latest_ts,
            has_wanted=lambda root: outline.keeps_replies(root) or may_hold(root, authors),
        )
        followers = tuple(peer.crawl.id for peer in peers)
        for stretch in stretches:
            gone = outline.find_gone(place.channel_id, stretch)
            gone += self._find_hidden(task, place, outline, stretch)
            checkpoint = Checkpoint(
                task.crawl.id, place.channel_id, stretch.reached_ts, stretch.is_complete, followers
            )
            self._keep(task, place, (*stretch.messages, *gone), checkpoint)

    def _find_peers(self, task: Task, place: Place, latest_ts: str) -> list[Purpose]:
        """Return the crawls that are as far in a channel and read all of it, like this one."""
        if not task.is_for_new:
            return []
        return [
            peer
            for peer in task.find_peers()
            if _find_latest(peer.crawl, self._coverage(peer, place)) == latest_ts
        ]

    def _coverage(self, peer: Purpose, place: Place) -> Coverage | None:
        return self._store.crawls.coverage(peer.crawl.id).get(place.channel)

    def _find_hidden(
        self, task: Task, place: Place, outline: Outline, stretch: Stretch
    ) -> Sequence[RawMessage]:
        """Return deletions of what Slack does not show where a channel's last stretch ends."""
        since_ts = max(task.look_backs[place.channel], f"{time.time() - _SHOWN_SECONDS:.6f}")
        hidden = outline.find_hidden(place.channel_id, stretch, since_ts=since_ts)
        if not hidden or not stretch.is_complete:
            return ()
        before_ts = min(stretch.shown, default=stretch.before_ts)
        is_empty = self._windows.is_empty(place.channel_id, since_ts=since_ts, before_ts=before_ts)
        return hidden if is_empty else ()

    def _keep(
        self, task: Task, place: Place, messages: Sequence[RawMessage], checkpoint: Checkpoint
    ) -> None:
        self._check()
        report = self._store.ingest(messages, policy=task.policy, checkpoint=checkpoint)
        self._meter.note_stored(place.channel, float(checkpoint.reached_ts or 0), report)


def _find_latest(crawl: Crawl, known: Coverage | None) -> str:
    """Say where a crawl goes on in a channel, going back; "" is now, by Slack's clock."""
    if known is None or known.reached_ts == crawl.until_ts:
        return ""
    return "0" if known.is_complete else known.reached_ts


def _unite(purposes: Iterable[Purpose]) -> frozenset[str] | None:
    found: set[str] = set()
    for purpose in purposes:
        if purpose.authors is None:
            return None
        found |= purpose.authors
    return frozenset(found)


def _span(task: Task, place: Place, coverage: Mapping[int, Coverage]) -> Span:
    known, until = coverage.get(place.channel), float(task.crawl.until_ts)
    start = max(float(task.starts[place.channel] or 0), place.created)
    if known is None:
        return Span(start, until, until)
    return Span(start, start if known.is_complete else float(known.reached_ts or start), until)
