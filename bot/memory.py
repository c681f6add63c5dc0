"""A memory that lets go: of what is old, and of the oldest when there is too much."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Now = Callable[[], float]
Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Keeps values by key for a time; safe to use from several threads.

    Args:
        capacity: How many are kept; one more lets the oldest go.
        now: Says how many seconds have passed since some moment.
    """

    def __init__(self, capacity: int, *, now: Now = time.monotonic) -> None:
        self._capacity, self._now = capacity, now
        self._kept: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: str, value: Value, *, seconds: float) -> None:
        """Remember a value for so many seconds, in place of what the key had."""
        with self._lock:
            self._put(key, value, seconds)

    def keep_first(self, key: str, value: Value, *, seconds: float) -> Value | None:
        """Remember a value, unless the key has one already: that is returned and stays."""
        with self._lock:
            known = self._find(key)
            if known is None:
                self._put(key, value, seconds)
            return known

    def recall(self, key: str) -> Value | None:
        """Return what is remembered."""
        with self._lock:
            return self._find(key)

    def forget(self, key: str) -> None:
        """Let go of a value now."""
        with self._lock:
            self._kept.pop(key, None)

    def _find(self, key: str) -> Value | None:
        until, value = self._kept.get(key, (0.0, None))
        if value is not None and until <= self._now():
            del self._kept[key]
            return None
        return value

    def _put(self, key: str, value: Value, seconds: float) -> None:
        self._kept.pop(key, None)
        self._kept[key] = (self._now() + seconds, value)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
