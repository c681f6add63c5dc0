"""People who wait for the same slow work: one errand serves all who are there, again and again."""

import threading
from collections.abc import Callable, Mapping

from bot.errands import Errands

Batch = Mapping[int, str]
"""Members, and their user ids."""


class Gathering:
    """Never serves two batches at once: who comes meanwhile is in the next one.

    Args:
        errands: Where the work is done.
        serve: Does it.
        name: What the log calls it.
    """

    def __init__(self, errands: Errands, serve: Callable[[Batch], None], *, name: str) -> None:
        self._errands = errands
        self._serve = serve
        self._name = name
        self._lock = threading.Lock()
        self._waiting: dict[int, str] = {}
        self._is_working = False

    def add(self, people: Batch) -> None:
        """Let some wait for their turn."""
        with self._lock:
            self._waiting.update(people)
            if self._is_working or not self._waiting:
                return
            self._is_working = True
        self._errands.submit(self._work, name=self._name)

    def _work(self) -> None:
        try:
            while batch := self._take():
                self._serve(batch)
        except BaseException:
            with self._lock:
                self._is_working = False
            raise

    def _take(self) -> Batch:
        with self._lock:
            batch, self._waiting = self._waiting, {}
            self._is_working = bool(batch)
        return batch
