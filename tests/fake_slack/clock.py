"""Slack's clock, which a test may speed up or set forward."""

import time


class Clock:
    """Seconds as Slack counts them.

    Args:
        scale: How many of Slack's seconds pass in one real second; 1000 makes a minute 60 ms.
            It holds for rate limits alone: signatures and triggers keep real time.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._ahead = 0.0

    def monotonic(self) -> float:
        """Scaled time, for rate limits."""
        return time.monotonic() * self.scale + self._ahead

    def wall(self) -> float:
        """Real time, plus what was skipped: for the age of response URLs and triggers."""
        return time.time() + self._ahead

    def skip(self, seconds: float) -> None:
        """Go forward at once."""
        self._ahead += seconds
