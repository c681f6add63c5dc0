"""What people write just now is stored within a moment, one thread doing it in small batches."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from storage.errors import StorageError
from storage.ingestion import IngestPolicy, RawMessage
from storage.store import Store

_GATHER_SECONDS = 0.3
_MOST_AT_ONCE = 500
_LONGEST_WAIT_SECONDS = 30.0

_log = logging.getLogger(__name__)


class LiveIntake:
    """Takes events in, whatever their order and however often they come.

    Args:
        store: Decides what is kept: events about the same message give the same row in any order.
        team_id: The workspace.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
        capacity: How many events may wait; more are a gap.

    Attributes:
        report_gap: Called when something can only be had from Slack's history any more.
    """

    def __init__(
        self,
        store: Store,
        *,
        team_id: str,
        include: frozenset[str],
        capacity: int = 10_000,
    ) -> None:
        self._store = store
        self._policy = IngestPolicy(team_id=team_id, include=include)
        self.report_gap: Callable[[], None] = lambda: None
        self._capacity = capacity
        self._queue: queue.SimpleQueue[RawMessage | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="live-intake", daemon=True)
        self._is_overflowing = False

    @property
    def waiting(self) -> int:
        """How many events are still to be stored."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def submit(self, channel_id: str, event: Mapping[str, Any]) -> None:
        """Take a `message` event of any subtype; returns at once."""
        if self._closing.is_set():
            return  # the next start catches up
        if self._queue.qsize() < self._capacity:
            self._queue.put(RawMessage(channel_id, event))
        elif not self._is_overflowing:
            self._is_overflowing = True
            _log.error("Too many live messages wait; more are read from the history later.")

    def close(self, timeout_seconds: float) -> None:
        """Store what waits, as far as there is time for it, and stop."""
        self._closing.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        if self._thread.is_alive():
            _log.warning("%d live messages are left to the next start.", self.waiting)

    def _work(self) -> None:
        is_open = True
        while is_open:
            batch, is_open = self._gather()
            if batch:
                self._keep(batch)
            if self._is_overflowing and not self.waiting:
                self._is_overflowing = False
                self.report_gap()

    def _gather(self) -> tuple[list[RawMessage], bool]:
        """Return what came within a moment, and whether more may come."""
        batch: list[RawMessage] = []
        deadline: float | None = None
        while len(batch) < _MOST_AT_ONCE:
            try:
                left = deadline and max(deadline - time.monotonic(), 0.0)
                raw = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if raw is None:
                return batch, False
            batch.append(raw)
            deadline = deadline or time.monotonic() + _GATHER_SECONDS
        return batch, True

    def _keep(self, batch: Sequence[RawMessage]) -> None:
        """Store a batch; a database that cannot be written is waited for."""
        wait = 1.0
        while True:
            try:
                self._store.ingest(batch, policy=self._policy)
            except StorageError as error:
                _log.warning(
                    "%d live messages wait for the database (%s).", len(batch), type(error).__name__
                )
                if self._closing.wait(wait):
                    return  # the next start catches up
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
            except Exception as error:  # noqa: BLE001 - one message must not stop all others
                self._keep_each(batch, error)
                return
            else:
                return

    def _keep_each(self, batch: Sequence[RawMessage], error: Exception) -> None:
        if len(batch) == 1:
            _log.error("A live message could not be stored (%s).", type(error).__name__)
            return
        for raw in batch:
            self._keep([raw])
