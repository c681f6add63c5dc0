"""What comes twice is done once: replays, events sent again, double clicks; and who must wait."""

import hashlib
import time
from math import ceil

from bot.memory import Memory, Now

DAY_SECONDS = 86_400.0  # as long as Slack may send an event again
_KEYS = 50_000
_PEOPLE = 10_000


class Repeats:
    """Remembers keys for a day: envelopes by their id, clicks by what was clicked.

    Args:
        now: Says how many seconds have passed since some moment.
        capacity: How many keys are kept; more let the oldest go.
    """

    def __init__(self, *, now: Now = time.monotonic, capacity: int = _KEYS) -> None:
        self._seen: Memory[bool] = Memory(capacity, now=now)

    def is_new(self, *key: str, seconds: float = DAY_SECONDS) -> bool:
        """Say whether a key comes for the first time in so many seconds, and note it."""
        return self._seen.keep_first(_digest(key), True, seconds=seconds) is None

    def forget(self, *key: str) -> None:
        """Let a key count as new again: what it stood for did not succeed."""
        self._seen.forget(_digest(key))


class Cooldown:
    """Keeps a person from asking faster than the setting allows.

    Args:
        seconds: How long to wait after a request; 0 for no wait at all.
        now: Says how many seconds have passed since some moment.
    """

    def __init__(self, seconds: float, *, now: Now = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._since: Memory[float] = Memory(_PEOPLE, now=now)

    def take(self, user_id: str) -> int:
        """Let a person ask now, or say how many seconds are left until they may: 0 is now."""
        if not self._seconds:
            return 0
        now = self._now()
        since = self._since.keep_first(user_id, now, seconds=self._seconds)
        return 0 if since is None else max(1, ceil(since + self._seconds - now))


def _digest(key: tuple[str, ...]) -> str:
    """Shorten a key, whose parts may be long, and keep nothing of anybody."""
    return hashlib.blake2b("\0".join(key).encode(), digest_size=16).hexdigest()
