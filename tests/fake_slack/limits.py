"""How often a method may be called: Slack's tiers, or its floor for unlisted apps."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.fake_slack.clock import Clock

Mode = Literal["off", "normal", "restricted"]

MINUTE = 60.0
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100, "special": 600}
BURST = {1: 5, 2: 20, 3: 50, 4: 100, "special": 60}  # what may come at once
TIERS: dict[str, int | str] = {
    "apps.connections.open": 1,
    "conversations.list": 2,
    "users.list": 2,
    "users.conversations": 2,
    "conversations.history": 3,
    "conversations.replies": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.open": 3,
    "chat.update": 3,
    "chat.delete": 3,
    "team.info": 3,
    "conversations.members": 4,
    "users.info": 4,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.publish": 4,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
}
HISTORY = ("conversations.history", "conversations.replies")
RESTRICTED_PAGE = 15
POSTS_AT_ONCE = 4  # Slack lets short bursts above one a second and channel pass


@dataclass
class Bucket:
    """Tokens that come back with time; a call that finds none takes none."""

    capacity: float
    per_second: float
    at: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.capacity

    def take(self, now: float) -> float:
        """Take one token; return how many seconds are missing, 0 if none are."""
        self.tokens = min(self.capacity, self.tokens + (now - self.at) * self.per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.per_second


class Limits:
    """The limits in force; `mode` may be changed in the middle of a test."""

    def __init__(self, mode: Mode, clock: Clock) -> None:
        self.mode = mode
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def take(self, method: str, arguments: Mapping[str, object]) -> int:
        """Count one call; return its Retry-After, 0 if it may pass."""
        if self.mode == "off":
            return 0
        waits = [self._take((method, ""), *self._rate(method))]
        if method == "chat.postMessage":
            channel = str(arguments.get("channel"))
            waits.append(self._take((method, channel), POSTS_AT_ONCE, 1.0))
        return math.ceil(max(waits))

    def cap(self, method: str, limit: int) -> int:
        """How many items a page may have where `limit` were asked for."""
        is_capped = self.mode == "restricted" and method in HISTORY
        return min(limit, RESTRICTED_PAGE) if is_capped else limit

    def _rate(self, method: str) -> tuple[float, float]:
        if self.mode == "restricted" and method in HISTORY:
            return 1, 1 / MINUTE
        tier = TIERS.get(method, "special")
        return BURST[tier], PER_MINUTE[tier] / MINUTE

    def _take(self, key: tuple[str, str], capacity: float, per_second: float) -> float:
        now = self._clock.monotonic()
        with self._lock:
            bucket = self._buckets.setdefault(key, Bucket(capacity, per_second, now))
            bucket.capacity, bucket.per_second = capacity, per_second
            bucket.tokens = min(bucket.tokens, capacity)
            return bucket.take(now)
