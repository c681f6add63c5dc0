"""A crawl goes through channels: every stretch is stored together with how far it reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.headway import Meter, Span
from bot.paging import CallFailed
from bot.places import Place
from bot.vanished import Outline
from bot.windows import Stretch, Windows, may_hold
from storage.crawls import Checkpoint, Coverage, Crawl
from storage.ingestion import IngestPolicy, RawMessage
from storage.store import Store


@dataclass(frozen=True)
class Task:
    """What a crawl has to do.

    Args:
        crawl: It goes on from where it was.
        starts: From when on each channel is to be read, "" for its beginning.
        is_for_new: It only adds; otherwise what is gone from Slack goes here, too.
        authors: The user ids of those whom the crawl is for; `None` for everybody.
        policy: What may be stored.
    """

    crawl: Crawl
    starts: Mapping[int, str]
    is_for_new: bool
    authors: frozenset[str] | None
    policy: IngestPolicy


class Crawling:
    """Reads and stores.

    Args:
        store: Where it goes.
        windows: Where it comes from.
        meter: Is told of it.

    Attributes:
        problems: The channels that Slack did not give, with its short code.
        fresh: The channels that were read from now on back.
    """

    def __init__(self, store: Store, windows: Windows, meter: Meter) -> None:
        self.problems: dict[int, str] = {}
        self.fresh: set[int] = set()
        self._store = store
        self._windows = windows
        self._meter = meter

    def go_through(self, task: Task, places: Sequence[Place]) -> None:
        """Read what a crawl has not read yet of some channels; one that cannot be is noted.

        Raises:
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        coverage = self._store.crawls.coverage(task.crawl.id)
        spans = {place.channel: _span(task, place, coverage) for place in places}
        self._meter.begin(spans)
        for place in places:
            known = coverage.get(place.channel)
            if known and known.is_complete:
                continue
            self.problems.pop(place.channel, None)
            try:
                self._read(task, place, known)
            except CallFailed as failure:
                self.problems[place.channel] = failure.code
                self._store.crawls.note_problem(task.crawl.id, place.channel, failure.code)
            self._meter.note_done(place.channel)

    def is_through(self, crawl: Crawl, places: Sequence[Place]) -> bool:
        """Say whether there is nothing left to read of these channels, or no way to."""
        coverage = self._store.crawls.coverage(crawl.id)
        found = (coverage.get(place.channel) for place in places)
        return all(known and (known.is_complete or known.problem) for known in found)

    def _read(self, task: Task, place: Place, known: Coverage | None) -> None:
        since_ts, latest_ts = task.starts[place.channel], ""  # "": now, by Slack's clock
        if known and known.reached_ts != task.crawl.until_ts:
            latest_ts = known.reached_ts
        else:
            self.fresh.add(place.channel)
        outline = self._outline(task, place)
        stretches = self._windows.read(
            place.channel_id,
            since_ts=since_ts,
            latest_ts=latest_ts,
            has_wanted=lambda root: outline.keeps_replies(root) or may_hold(root, task.authors),
        )
        for stretch in stretches:
            gone = outline.find_gone(place.channel_id, stretch)
            self._keep(task, place, stretch, gone)

    def _outline(self, task: Task, place: Place) -> Outline:
        if task.is_for_new:
            return Outline(())
        since_ts = task.starts[place.channel]
        return Outline(self._store.messages.outline(place.channel, since_ts=since_ts))

    def _keep(self, task: Task, place: Place, stretch: Stretch, gone: Sequence[RawMessage]) -> None:
        report = self._store.ingest(
            (*stretch.messages, *gone),
            policy=task.policy,
            checkpoint=Checkpoint(
                task.crawl.id, place.channel_id, stretch.reached_ts, stretch.is_complete
            ),
        )
        self._meter.note_stored(place.channel, float(stretch.reached_ts or 0), report)


def _span(task: Task, place: Place, coverage: Mapping[int, Coverage]) -> Span:
    known, until = coverage.get(place.channel), float(task.crawl.until_ts)
    start = max(float(task.starts[place.channel] or 0), place.created)
    if known is None:
        return Span(start, until, until)
    return Span(start, start if known.is_complete else float(known.reached_ts or start), until)
