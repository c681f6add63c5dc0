"""Gaps are closed while the bot serves: what was written before it listened is read later."""

import logging
import threading

from bot.headway import SlowNotice
from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import REAL_TIME, Clock
from bot.slack import Slack
from storage.store import Store

_RETRY_SECONDS = 600.0

_log = logging.getLogger(__name__)


class CatchUp:
    """A thread that reads what is missing of Slack's history, whenever there may be something.

    Args:
        store: Where it goes.
        slack: Where it comes from.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
        clock: What is waited by.
    """

    def __init__(
        self, store: Store, slack: Slack, *, include: frozenset[str], clock: Clock | None = None
    ) -> None:
        self._store = store
        self._slack = slack
        self._include = include
        self._clock = clock or REAL_TIME
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="catch-up", daemon=True)

    def start(self) -> None:
        """Close the gap since Slack was last read, and go on whenever it is asked for."""
        self.ask()
        self._thread.start()

    def ask(self) -> None:
        """Say that there may be something to read: a new channel, or an event that was lost."""
        self._asked.set()

    def close(self, timeout_seconds: float) -> None:
        """Leave off; the next start goes on."""
        self._stop.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def _work(self) -> None:
        while self._asked.wait() and not self._stop.is_set():
            self._asked.clear()
            if not self._catch_up():
                self._clock.sleep(_RETRY_SECONDS, self._stop)
                self._asked.set()

    def _catch_up(self) -> bool:
        watch = Watch(SlowNotice(_log.warning).show, self._stop, self._clock)
        try:
            summary = backfill(
                self._store, self._slack, BackfillRequest(), include=self._include, watch=watch
            )
        except Exception as error:  # noqa: BLE001 - the thread must live to try again
            _log.warning("Catching up failed (%s); it is tried again.", type(error).__name__)
            return False
        if not summary.is_stopped:
            stored = summary.report.messages_stored
            _log.info("Caught up with Slack: %d messages, %d channels.", stored, summary.channels)
        return True
