"""How far a backfill is, how fast it goes, and when it may be over."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.pacing import RESTRICTED_PAGE, Clock, Pacing
from storage.ingestion import IngestReport

_KEPT = ("stored", "unchanged")


@dataclass(frozen=True)
class Headway:
    """One moment of a backfill.

    Args:
        messages: Messages that Slack has given, replies not counted.
        report: What became of those that have been taken in, replies included.
        fraction: How much of all channels' time has been gone through.
        seconds_left: `None` while nobody can tell.
        is_restricted: Slack gives this app one page of 15 messages a minute.
        messages_per_second: As fast as they have come since the crawl began or went on.
    """

    messages: int
    report: IngestReport
    channels_done: int
    channels: int
    fraction: float
    seconds_left: float | None
    is_restricted: bool
    messages_per_second: float = 0.0


@dataclass
class Span:
    """A channel's time, gone through backward: seconds since 1970."""

    start: float
    reached: float
    until: float

    @property
    def length(self) -> float:
        """All of it; an empty channel counts a little, too."""
        return max(self.until - self.start, 1.0)

    @property
    def done(self) -> float:
        """What has been gone through."""
        return min(max(self.until - self.reached, 0.0), self.length)


class Meter:
    """Counts what comes and tells of it.

    Args:
        clock: What is measured by.
        pacing: Knows whether Slack is slow with this app.
        tell: Hears of every page.
    """

    def __init__(self, clock: Clock, pacing: Pacing, tell: Callable[[Headway], None]) -> None:
        self._clock = clock
        self._pacing = pacing
        self._tell = tell
        self._outcomes: Counter[str] = Counter()
        self._messages = self._threads = 0
        self._spans: dict[int, Span] = {}
        self._begun_at = clock.monotonic()
        self._begun_done = 0.0

    def begin(self, spans: Mapping[int, Span]) -> None:
        """Begin a crawl through these channels, some of which may be read in part already."""
        self._spans = dict(spans)
        self._begun_at = self._clock.monotonic()
        self._begun_done = self._fraction()
        self._messages = self._threads = 0

    def note_page(self, messages: int) -> None:
        """A page of a channel came."""
        self._messages += messages
        self._tell(self.measure())

    def note_thread(self) -> None:
        """A page of a thread came."""
        self._threads += 1
        self._tell(self.measure())

    def note_stored(self, channel: int, reached: float, report: IngestReport) -> None:
        """All of a channel back to a moment is stored."""
        self._spans[channel].reached = reached
        self.note_report(report)

    def note_report(self, report: IngestReport) -> None:
        """Something is stored that belongs to no stretch of a channel."""
        self._outcomes.update(stored=report.messages_stored, unchanged=report.messages_unchanged)
        self._outcomes.update(report.messages_dropped)
        self._tell(self.measure())

    def note_done(self, channel: int) -> None:
        """A channel is done with, in whatever way."""
        self._spans[channel].reached = self._spans[channel].start
        self._tell(self.measure())

    @property
    def report(self) -> IngestReport:
        """What became of all messages."""
        dropped = {why: n for why, n in self._outcomes.items() if n and why not in _KEPT}
        stored, unchanged = (self._outcomes[name] for name in _KEPT)
        return IngestReport(self._outcomes.total(), stored, unchanged, dropped)

    def measure(self) -> Headway:
        """Say how far it is."""
        return Headway(
            messages=self._messages,
            report=self.report,
            channels_done=sum(span.done >= span.length for span in self._spans.values()),
            channels=len(self._spans),
            fraction=self._fraction(),
            seconds_left=self._estimate(),
            is_restricted=self._pacing.is_restricted,
            messages_per_second=self._messages / max(self._spent, 0.001),
        )

    @property
    def _spent(self) -> float:
        return self._clock.monotonic() - self._begun_at

    def _fraction(self) -> float:
        total = sum(span.length for span in self._spans.values())
        return sum(span.done for span in self._spans.values()) / total if total else 1.0

    def _estimate(self) -> float | None:
        gained = self._fraction() - self._begun_done
        if gained <= 0:
            return None
        spent = self._spent
        if self._pacing.is_restricted:  # a minute for each page and each thread, side by side
            spent = 60.0 * max(self._messages / RESTRICTED_PAGE, self._threads)
        return spent * (1 - self._fraction()) / gained


class SlowNotice:
    """Says once that Slack is slow with this app, and when it may be over."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._is_said = False

    def show(self, headway: Headway) -> None:
        """Look at one moment of a backfill."""
        if self._is_said or not headway.is_restricted or headway.seconds_left is None:
            return
        self._is_said = True
        end = datetime.now(UTC) + timedelta(seconds=headway.seconds_left)
        self._say(
            "Slack gives this app one page of 15 messages a minute, as it does to apps that are "
            f"distributed outside its marketplace: this may last until {end:%Y-%m-%d %H:%M} UTC. "
            "An export takes minutes (`mimic import`)."
        )
