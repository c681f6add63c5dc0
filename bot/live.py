"""What people write just now is stored within a moment, one thread doing it in small batches."""

import logging
import math
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
_LAST_WAIT_SECONDS = 0.1  # between two tries once it is to end
TIDY_SECONDS = 60.0  # until what was deleted is gone from the database's log, too

Change = Callable[[], object]

_log = logging.getLogger(__name__)


class LiveIntake:
    """Takes events in, whatever their order and however often they come.

    Args:
        store: Decides what is kept: events about the same message give the same row in any order.
        team_id: The workspace.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
        capacity: How many events may wait; more are a gap.
        tidy_seconds: How long deleted text may stay in the database's log.

    Attributes:
        report_gap: Called when something can only be had from Slack's history any more.
        prepare: Called before anything is stored, again and again until it returns True.
    """

    def __init__(
        self,
        store: Store,
        *,
        team_id: str,
        include: frozenset[str],
        capacity: int = 10_000,
        tidy_seconds: float = TIDY_SECONDS,
    ) -> None:
        self._store = store
        self._policy = IngestPolicy(team_id=team_id, include=include)
        self.report_gap: Callable[[], None] = lambda: None
        self.prepare: Callable[[], bool] = lambda: True
        self._capacity = capacity
        self._tidy_seconds = tidy_seconds
        self._tidy_at: float | None = None  # when the log is to be emptied
        self._queue: queue.SimpleQueue[RawMessage | Change | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._end = math.inf  # until when to try, once it is to end
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
            return  # nothing comes in any more by then, unless a door would not shut
        if self._queue.qsize() < self._capacity:
            self._queue.put(RawMessage(channel_id, event))
        elif not self._is_overflowing:
            self._is_overflowing = True
            _log.error("Too many live messages wait; more are read from the history later.")

    def submit_change(self, change: Change) -> None:
        """Have something changed that later messages rely on, after those that came before it."""
        if not self._closing.is_set():
            self._queue.put(change)

    def close(self, timeout_seconds: float) -> None:
        """Store what waits, as far as there is time for it, and stop."""
        self._end = time.monotonic() + timeout_seconds
        self._closing.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        if self._thread.is_alive():
            _log.warning("%d live messages are left to the next start.", self.waiting)

    def _work(self) -> None:
        is_open = self._is_prepared()
        while is_open:
            batch, change, is_open = self._gather()
            if batch:
                self._keep(batch)
            if change:
                self._make(change)
            if self._is_overflowing and not self.waiting:
                self._is_overflowing = False
                self.report_gap()
            self._tidy()

    def _is_prepared(self) -> bool:
        wait = 1.0
        while not self.prepare():
            if self._closing.wait(wait):
                return False  # the next start finds what waits, but for changes of what is long ago
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
        return True

    def _gather(self) -> tuple[list[RawMessage], Change | None, bool]:
        """Return what came within a moment, a change that ends it, and whether more may come."""
        batch: list[RawMessage] = []
        deadline = self._tidy_at
        while len(batch) < _MOST_AT_ONCE:
            try:
                left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
                item = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if not isinstance(item, RawMessage):
                return batch, item, item is not None
            if not batch:
                deadline = time.monotonic() + _GATHER_SECONDS
            batch.append(item)
        return batch, None, True

    def _keep(self, batch: Sequence[RawMessage]) -> None:
        """Store a batch; one message that cannot be stored must not stop all others."""
        try:
            self._insist(lambda: self._store.ingest(batch, policy=self._policy), waiting=len(batch))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one of them
            self._keep_each(batch, error)
        if self._tidy_at is None:
            self._tidy_at = time.monotonic() + self._tidy_seconds

    def _make(self, change: Change) -> None:
        try:
            self._insist(change, waiting=1)
        except Exception as error:  # noqa: BLE001 - the messages after it are to come in
            _log.error("A live change could not be made (%s).", type(error).__name__)

    def _insist(self, change: Change, *, waiting: int) -> None:
        """Change the database; one that cannot be written is waited for, also at the end."""
        wait = 1.0
        while True:
            try:
                change()
            except StorageError as error:
                name = type(error).__name__
                _log.warning("%d live messages wait for the database (%s).", waiting, name)
                if not self._wait(wait):
                    return  # the next start finds it, but for changes of what is long ago
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
            else:
                return

    def _wait(self, seconds: float) -> bool:
        """Wait for another try, and say whether there is time for one."""
        if self._closing.wait(seconds):
            time.sleep(_LAST_WAIT_SECONDS)
        return time.monotonic() < self._end

    def _tidy(self) -> None:
        """Empty the database's log when it is time to: deleted text still stands in it."""
        if self._tidy_at is None or time.monotonic() < self._tidy_at:
            return
        try:
            is_done = self._store.retention.empty_log()
        except StorageError:
            is_done = False
        self._tidy_at = None if is_done else time.monotonic() + self._tidy_seconds

    def _keep_each(self, batch: Sequence[RawMessage], error: Exception) -> None:
        if len(batch) == 1:
            _log.error("A live message could not be stored (%s).", type(error).__name__)
            return
        for raw in batch:
            self._keep([raw])
