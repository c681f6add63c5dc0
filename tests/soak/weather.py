"""A Slack that fails: which call goes wrong, and how, comes from a seed."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.fake_slack.faults import Arguments, Fault, Kind

LONGEST = 4  # failures of one method in a row: fewer than a reader's patience
PAUSE = 3  # calls of it that pass before the next
CLIMATE: dict[Kind, float] = {
    "ratelimited": 6,
    "500": 3,
    "503": 3,
    "html": 3,
    "reset": 3,
    "truncated": 3,
    "error": 3,
    "empty": 4,
    "doubled": 4,
    "overlap": 4,
}
EXPIRED = 0.2  # of the cursors
PASSING = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
_NAMES = {"invalid_cursor": "expired", "not_in_channel": "refused"}


@dataclass
class Weather:
    """Strikes now and then; also ends pages early, and cursors.

    Args:
        share: Of calls at which something begins to go wrong.
        longest_wait: That a limit asks for, in Slack's seconds.
        hang_seconds: Real ones; 0 for no hanging at all.
        outages: How many times all of Slack is down for a while.
        refusals: How many times it refuses a channel that it gives the next time.

    Attributes:
        struck: How many calls went wrong, by kind.
    """

    rng: Random
    share: float = 0.12
    longest_wait: int = 90
    hang_seconds: float = 0.0
    outages: int = 1
    refusals: int = 0
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._storms: dict[str, list[Fault]] = defaultdict(list)
        self._calm: Counter[str] = Counter()
        self._down = 0
        self._hangs = 1 if self.hang_seconds else 0

    def strike(self, method: str, arguments: Arguments) -> Fault | None:
        """Say what goes wrong with this call."""
        fault = self._find(method, arguments)
        if fault:
            self.struck[_NAMES.get(fault.error, fault.kind)] += 1
        return fault

    def _find(self, method: str, arguments: Arguments) -> Fault | None:
        if self._down:
            self._down -= 1
            return _fault(method, self.rng.choice(("500", "reset", "html")))
        if method == "auth.test":
            return None
        if arguments.get("cursor") and self.rng.random() < EXPIRED:
            return _fault(method, "error", error="invalid_cursor")
        if self._storms[method]:
            return self._storms[method].pop()
        if self._calm[method] > 0:
            self._calm[method] -= 1
        elif self.rng.random() < self.share:
            self._begin(method, arguments)
            return self._storms[method].pop() if self._storms[method] else None
        return None

    def _begin(self, method: str, arguments: Arguments) -> None:
        self._calm[method] = PAUSE
        if self.outages and self.rng.random() < 0.1:
            self.outages -= 1
            self._down = self.rng.randint(5, 40)
        elif self._hangs and self.rng.random() < 0.3:
            self._hangs -= 1
            self._storms[method] = [_fault(method, "hang", seconds=self.hang_seconds)]
        elif self.refusals and method == "conversations.history" and self.rng.random() < 0.3:
            self.refusals -= 1
            self._storms[method] = [_fault(method, "error", error="not_in_channel")]
        else:
            kinds = self.rng.choices(
                list(CLIMATE), list(CLIMATE.values()), k=self.rng.randint(1, LONGEST)
            )
            self._storms[method] = [self._draw(method, kind) for kind in kinds]

    def _draw(self, method: str, kind: Kind) -> Fault:
        seconds = self.rng.randint(1, self.longest_wait)
        return _fault(method, kind, error=self.rng.choice(PASSING), seconds=seconds)


def _fault(method: str, kind: Any, *, error: str = "internal_error", seconds: float = 0) -> Fault:
    return Fault(method, kind, 1, 1, error, seconds, None)
