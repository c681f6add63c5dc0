"""Gaps are closed while the bot serves: what was written before it listened is read later."""

import logging
import threading
from datetime import UTC, datetime

from bot.cron import find_next
from bot.headway import SlowNotice
from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import REAL_TIME, Clock
from bot.paging import Reader, build_pacing
from bot.places import register_roster
from bot.slack import Slack
from storage.store import Store

NIGHTLY = "30 1 * * *"  # UTC; before the nightly upkeep, and before voices learn
_LOOKING_SECONDS = 60.0  # between two looks whether a night has come
_RETRY_SECONDS = 600.0

_log = logging.getLogger(__name__)


class CatchUp:
    """A thread that reads what is missing of Slack's history, whenever there may be something.

    That is once a night in any case: nobody is told of every event that is lost.

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
        self._night = find_next(NIGHTLY, datetime.now(UTC))
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

    def learn_names(self) -> bool:
        """Ask for the names of those who were forgotten: they are kept nowhere.

        Returns:
            Whether what comes now can be scrubbed of all names.
        """
        pacing = build_pacing(self._slack.client, self._clock, self._stop)
        reader, team_id = Reader(self._slack.client, pacing), self._slack.identity.team_id
        try:
            if self._store.consent.has_nameless():
                register_roster(self._store, reader, team_id=team_id)
        except Exception as error:  # noqa: BLE001 - the thread must live to try again
            _log.warning("Live messages wait for the list of members (%s).", type(error).__name__)
            return False
        return True

    def look(self, now: datetime) -> None:
        """Ask if a night has come since the last look."""
        if now >= self._night:
            self._night = find_next(NIGHTLY, now)
            self.ask()

    def close(self, timeout_seconds: float) -> None:
        """Leave off; the next start goes on."""
        self._stop.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def _work(self) -> None:
        while not self._stop.is_set():
            if not self._asked.wait(_LOOKING_SECONDS):
                self.look(datetime.now(UTC))
            elif not self._stop.is_set():
                self._read_once()

    def _read_once(self) -> None:
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
