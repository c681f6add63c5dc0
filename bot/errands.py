"""Errands: slow work for Slack that nobody's three seconds may wait for, in a few threads."""

import logging
import queue
import threading
import time
from collections.abc import Callable

Work = Callable[[], None]

_log = logging.getLogger(__name__)


class Errands:
    """Runs work in the order it came; a failure is logged by its type and ends nothing else.

    Args:
        workers: How many threads; who agrees may take two of them for long (a first look, and
            all there is), and the rest is for what is short.

    Attributes:
        stop: Set when the process ends; a long errand looks at it and leaves off.
    """

    def __init__(self, workers: int = 3) -> None:
        self.stop = threading.Event()
        self._workers = workers
        self._waiting: queue.SimpleQueue[tuple[str, Work] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def submit(self, work: Work, *, name: str) -> None:
        """Have work done soon; once the pool is closing it is left undone.

        Args:
            work: What to do; it may take its time.
            name: What the log calls it; it names nobody.
        """
        with self._lock:
            if self.stop.is_set():
                _log.warning("An errand came too late and is left undone: %s", name)
                return
            self._waiting.put((name, work))
            self._start_threads()

    def submit_later(self, work: Work, *, seconds: float, name: str) -> None:
        """Have work done after a while; nothing comes of it if the pool is closing by then."""

        def submit() -> None:
            if not self.stop.is_set():
                self.submit(work, name=name)

        timer = threading.Timer(seconds, submit)
        timer.daemon = True
        timer.start()

    def close(self, timeout_seconds: float) -> None:
        """Do what waits as far as there is time, and stop."""
        with self._lock:
            self.stop.set()
            threads = list(self._threads)
        deadline = time.monotonic() + timeout_seconds
        for _ in threads:
            self._waiting.put(None)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            _log.warning("Errands are cut short: the time to finish them is over.")

    def _start_threads(self) -> None:
        while len(self._threads) < self._workers:
            name = f"errands-{len(self._threads) + 1}"
            # no one waits for them at the end: an errand that is cut short is taken up later
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (errand := self._waiting.get()) is not None:
            name, work = errand
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the next errand is somebody else's
                _log.error("An errand failed: %s (%s)", name, type(error).__name__)
