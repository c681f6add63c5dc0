"""How often Slack's Web API may be asked: a pace a method, and a slow one where Slack says so.

Source: https://docs.slack.dev/apis/web-api/rate-limits
"""

import math
import threading
import time

HISTORY = "conversations.history"
REPLIES = "conversations.replies"
PAGE = 200  # what Slack advises at most
LARGE_PAGE = 999  # the most that it gives: where few calls have to do
RESTRICTED_PAGE = 15

_PER_MINUTE = {
    HISTORY: 50,
    REPLIES: 50,
    "conversations.info": 50,
    "conversations.list": 20,
    "users.conversations": 20,
    "users.list": 20,
}
_RESTRICTED = frozenset({HISTORY, REPLIES})
_LONG_SECONDS = 45  # more than a tier of 50 a minute ever has to ask for
_MARGIN = 1.02  # Slack counts when a request arrives, and networks are uneven


class Stopped(Exception):
    """Somebody asked for the end while Slack was waited for, or the time is up."""


class Pace:
    """When each method may be asked next, by whoever asks with the same token.

    Attributes:
        lock: Held while the pace is looked at or changed.
        next: By method, in seconds of the clock.
        is_restricted: Slack gives this app one page of 15 messages a minute: it does so to apps
            that are distributed outside its marketplace.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.next: dict[str, float] = {}
        self.is_restricted = False
        self.long_waits = 0


class Clock:
    """Time as pacing sees it.

    Args:
        speed: How many of its seconds pass in one; only tests are in a hurry.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._paces: dict[str, Pace] = {}

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic() * self.speed

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        """Wait, but not any longer once it is to stop."""
        stop.wait(seconds / self.speed)

    def pace(self, token: str) -> Pace:
        """Return the pace of all who ask with a token by this clock."""
        return self._paces.setdefault(token, Pace())


REAL_TIME = Clock()
"""The clock of the whole process, so that all its threads keep one pace."""


class Pacing:
    """Keeps requests apart, so that Slack rarely has to refuse one.

    Args:
        clock: What is waited by.
        stop: Ends every wait.
        pace: Of others, too, who ask with the same token; by default one's own.
    """

    def __init__(self, clock: Clock, stop: threading.Event, pace: Pace | None = None) -> None:
        self._clock = clock
        self._stop = stop
        self._pace = pace or Pace()
        self._deadline = math.inf

    @property
    def is_restricted(self) -> bool:
        """Whether Slack gives this app one page of 15 messages a minute."""
        return self._pace.is_restricted

    def end_after(self, seconds: float) -> None:
        """Stop what would have to wait any longer than until then."""
        self._deadline = self._clock.monotonic() + seconds

    def wait(self, method: str) -> None:
        """Wait until a method may be asked, and count the request that comes now.

        Raises:
            Stopped: It is to stop.
        """
        while (left := self._take(method)) > 0:
            if self._stop.is_set() or self._clock.monotonic() + left > self._deadline:
                raise Stopped
            self._clock.sleep(left, self._stop)

    def _take(self, method: str) -> float:
        """Count a request if it may come now; return how long it has to wait otherwise."""
        with self._pace.lock:
            now = self._clock.monotonic()
            left = self._pace.next.get(method, 0.0) - now
            if left <= 0:
                self.check()
                self._pace.next[method] = now + self._interval(method)
        return left

    def check(self) -> None:
        """Go on only if it is not to stop.

        Raises:
            Stopped: It is.
        """
        if self._stop.is_set() or self._clock.monotonic() > self._deadline:
            raise Stopped

    def hold(self, method: str, seconds: float) -> None:
        """Ask a method no sooner than in so many seconds, whoever would."""
        with self._pace.lock:
            end = self._clock.monotonic() + seconds
            self._pace.next[method] = max(self._pace.next.get(method, 0.0), end)

    def note_refusal(self, method: str, retry_after: float) -> None:
        """Obey Slack's `Retry-After`; long ones that come again mean the slow pace."""
        if method in _RESTRICTED and retry_after >= _LONG_SECONDS:
            self._pace.long_waits += 1
            self._pace.is_restricted |= self._pace.long_waits > 1
        self.hold(method, retry_after)

    def note_page(self, length: int, *, has_more: bool) -> None:
        """Learn from the length of a page of history that was asked for with `PAGE` or more."""
        if length > RESTRICTED_PAGE:
            self._pace.is_restricted, self._pace.long_waits = False, 0
        elif length == RESTRICTED_PAGE and has_more:  # a shorter page was only filtered
            self._pace.is_restricted = True

    def _interval(self, method: str) -> float:
        if self.is_restricted and method in _RESTRICTED:
            return 60.0 * _MARGIN
        return 60.0 / _PER_MINUTE[method] * _MARGIN if method in _PER_MINUTE else 0.0
