"""A run at work: its progress and log go to its row, and wishes to end it come from there."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from storage.errors import DiskFull, StorageError
from storage.leases import TRAINER
from storage.records import VoiceRow
from storage.runs import RunEvent, RunRow
from storage.store import Store
from training.errors import (
    DamagedArtifact,
    RunCancelled,
    SetAside,
    SomebodyLeft,
    TooLittleText,
    TrainingFailed,
    UnwritableFolder,
)
from training.provenance import CPU
from training.supervision import Supervision, TrainingEvent

WRITING_SECONDS = 1.0  # between two looks at the row
LOGGING_SECONDS = 30.0  # between two lines of the log without a measurement

NAMELESS = (DamagedArtifact, DiskFull, RunCancelled, TooLittleText, TrainingFailed)
"""Errors whose sentences name nobody and no place, so that a row may keep them."""

_log = logging.getLogger(__name__)


class Shift:
    """One run while a trainer works on it.

    The row is written by a thread of its own: training never waits for the database.

    Args:
        supervision: What the caller watches by; the run has to work with this object's own.
    """

    def __init__(self, store: Store, run: RunRow, supervision: Supervision) -> None:
        self.run = run
        self.supervision = replace(supervision, on_event=self._hear)
        self.device: str | None = None
        self.reason: str | None = None
        self.has_failed = False
        self._store, self._on_event = store, supervision.on_event
        self._price = supervision.gpu_price_per_hour
        self._holder = store.leases.holder(TRAINER)
        self._began = time.monotonic()
        self._tokens, self._seconds = 0, 0.0
        self._is_cancelled = self._is_void = False
        self._departures = store.departures_mark()
        self._voice, self._done, self._share, self._fraction = "", 0.0, 0.0, 0.0
        self._log: deque[RunEvent] = deque()
        self._logged_at = -math.inf
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="run's row", daemon=True)
        self._keeper.start()

    def enter(self, voice: VoiceRow, share: float) -> None:
        """Begin with a voice.

        Args:
            share: Of what is left of the run, from 0 to 1.

        Raises:
            RunCancelled: Somebody cancelled the run.
            SetAside: The run has to go on another time.
        """
        self.check()
        self._done += self._share
        self._voice, self._share = voice.label, share * (1 - self._done)
        self._fraction = self._done

    def count(self, *, tokens: int, seconds: float) -> None:
        """Note what a fit of this run has read, and how long it took."""
        self._tokens += tokens
        self._seconds += seconds

    def check(self) -> None:
        """End the run here if somebody wants it.

        Raises:
            RunCancelled: Somebody cancelled the run.
            SetAside: The run has to go on another time.
            SomebodyLeft: Somebody has.
        """
        if self._is_void:
            raise SomebodyLeft
        if self._is_cancelled:
            raise RunCancelled("The training was cancelled; what spoke before still does.")
        if self.supervision.aside.is_set():
            raise SetAside("The training was set aside and goes on another time.")

    def confirm(self) -> None:
        """Make sure, right before voices are switched, that the run is still this process's.

        Raises:
            RunCancelled: Somebody cancelled the run.
            SetAside: The lease was lost, or the run has to go on another time.
        """
        self._look()
        self.check()
        if not self._is_held():
            raise SetAside("Another process has taken this training over.")

    def close(
        self, state: Literal["succeeded", "failed", "cancelled"], reason: str | None = None
    ) -> None:
        """Finish the row."""
        self._end_keeping()
        if state == "succeeded":
            self._fraction = 1.0
        self._write()
        seconds = max(time.monotonic() - self._began, self._seconds)
        is_paid = self._price is not None and self.device not in (None, CPU)
        self._store.runs.finish(
            self.run.id,
            state,
            reason=reason or self.reason,
            device=self.device,
            tokens=self._tokens,
            seconds=round(seconds, 1),
            cost=round((self._price or 0.0) * seconds / 3600, 4) if is_paid else None,
        )

    def set_aside(self) -> None:
        """Leave the row to whoever goes on; it is not touched where another already does."""
        self._end_keeping()
        if self._is_held():
            self._write()
            self._store.runs.requeue(self.run.id)

    def _is_held(self) -> bool:
        return self._holder is not None and self._store.leases.holder(TRAINER) == self._holder

    def _hear(self, event: TrainingEvent) -> None:
        self._fraction = self._done + self._share * event.fraction
        now = time.monotonic()
        if event.bits_per_byte is not None or now - self._logged_at >= LOGGING_SECONDS:
            self._logged_at = now
            rate = event.tokens_per_second
            line = RunEvent(
                at=datetime.now(UTC),
                voice=self._voice,
                fraction=event.fraction,
                tokens_per_second=rate if math.isfinite(rate) else 0.0,
                bits_per_byte=event.bits_per_byte,
            )
            self._log.append(line)
        self._on_event(event)
        self.check()

    def _keep(self) -> None:
        while not self._over.wait(WRITING_SECONDS):
            self._write()
            with suppress(StorageError):
                self._look()

    def _look(self) -> None:
        """See whether somebody wants the run cancelled, or has left meanwhile."""
        if self._store.runs.get(self.run.id).is_cancel_wanted and not self._is_cancelled:
            self._is_cancelled = True
            self.supervision.stop.set()
        if self._learns_messages() and self._store.departures_mark() != self._departures:
            self._is_void = True

    def _learns_messages(self) -> bool:
        return not self.run.target.startswith("text:")

    def _write(self) -> None:
        """Write what has come up since; what the database does not take now, it is given again."""
        try:
            if self._fraction != self.run.progress:
                self._store.runs.progress(self.run.id, self._fraction)
                self.run = replace(self.run, progress=self._fraction)
            while self._log:
                self._store.runs.note(self.run.id, self._log[0])
                self._log.popleft()
        except StorageError as error:
            _log.warning("The progress of run %d was not written: %s", self.run.id, error)

    def _end_keeping(self) -> None:
        self._over.set()
        self._keeper.join()


@contextmanager
def keep_row(store: Store, run: RunRow, supervision: Supervision) -> Iterator[Shift]:
    """Give the shift of a run, and finish its row as the body ends."""
    shift = Shift(store, run, supervision)
    try:
        yield shift
    except SetAside:
        with suppress(StorageError):  # a row that is left running is taken up just as well
            shift.set_aside()
        raise
    except (KeyboardInterrupt, RunCancelled):
        shift.close("cancelled")
        raise
    except BaseException as error:
        with suppress(StorageError):  # what went wrong first is what the user has to hear
            shift.close("failed", describe(error))
        raise
    if supervision.stop.is_set():
        shift.close("cancelled")
    else:
        shift.close("failed" if shift.has_failed else "succeeded")


def describe(error: BaseException) -> str:
    """Return why a run failed, in words that name nobody."""
    if isinstance(error, NAMELESS):
        return str(error)
    if isinstance(error, UnwritableFolder):
        return "The voices' folder is full or may not be written to: make room, then train again."
    return type(error).__name__
