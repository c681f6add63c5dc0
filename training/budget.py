"""A command's time: how much of it is left, and how much of that a fit may take."""

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Time until a moment of the monotonic clock; infinity where there is no limit."""

    deadline: float

    @classmethod
    def start(cls, minutes: float | None) -> "Budget":
        """Begin to count now; None is no limit."""
        return cls(math.inf if minutes is None else time.monotonic() + 60 * minutes)

    def give(self, share: float = 1.0, *, reserve: float = 0.0) -> float | None:
        """Return the seconds that a fit may take, at least one; None is no limit.

        Args:
            share: Of the time left.
            reserve: Seconds of that share to keep for what follows the fit; at most half of it.
        """
        if math.isinf(self.deadline):
            return None
        seconds = share * (self.deadline - time.monotonic())
        return max(1.0, seconds - min(reserve, seconds / 2))
