"""A trainer at work: takes runs from the queue, one at a time, until there is nothing to do."""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from time import monotonic
from typing import Literal

from bot import console
from bot.due import choose_voices
from bot.errors import BotError, TrainingMissing
from bot.session import Session
from bot.settings import hush_tensorflow
from bot.stopping import stop_on_signal
from bot.trainer import can_train
from storage.errors import StorageError
from storage.leases import TRAINER
from storage.runs import RunRow
from training.duty import hold_lease
from training.errors import RunCancelled, SetAside, SomebodyLeft, TrainerBusy
from training.reports import NOTHING_DUE
from training.shift import describe
from training.supervision import Supervision, TrainingEvent

POLL_SECONDS = 2.0
LEAVING_SECONDS = 6.0  # from the signal until a run that does not break off is left as it is

Turn = Literal["worked", "idle", "busy"]

_GOODBYE = "Stopping: the training is set aside and goes on the next time."

_log = logging.getLogger(__name__)


class Worker:
    """Takes a run, trains it, finishes it, and looks for the next."""

    def __init__(self, session: Session) -> None:
        self._session, self._store = session, session.store
        self._leaving = threading.Event()
        self._aside = threading.Event()
        self._run: RunRow | None = None

    def work(self, *, idle_seconds: float | None = None) -> Turn:
        """Work until told to leave, or until there has been nothing to do for so long.

        Args:
            idle_seconds: None to wait for ever, for work and for another trainer to end.

        Returns:
            What the last turn was.
        """
        idle_since = monotonic()
        turn = self.take_turn()
        while not self._leaving.is_set():
            if turn == "worked":
                idle_since = monotonic()
            elif idle_seconds is not None:
                left = idle_seconds - (monotonic() - idle_since)
                if turn == "busy" or left <= 0:
                    return turn
                self._leaving.wait(min(POLL_SECONDS, left))
            else:
                self._leaving.wait(POLL_SECONDS)
            turn = self.take_turn()
        return turn

    def take_turn(self) -> Turn:
        """Work on one run, if there is one and no other trainer is at work."""
        if self._leaving.is_set() or not self._store.runs.has_work():
            return "idle"
        self._aside = threading.Event()  # of this turn: a lost lease ends one run, not the worker
        try:
            with hold_lease(self._store, TRAINER, on_lost=self._aside.set, patience_seconds=0):
                self._run = self._store.runs.take()
                if self._run is None:
                    return "idle"
                self._work_on(self._run)
        except TrainerBusy:
            return "busy"
        finally:
            self._run = None
        return "worked"

    def leave(self) -> None:
        """Set the run aside that is under way, and take no other."""
        self._leaving.set()
        self._aside.set()

    def abandon(self) -> None:
        """Let go of a run that does not break off: whoever trains next goes on with it."""
        run = self._run
        if run is not None:
            with suppress(StorageError):
                self._store.runs.requeue(run.id)

    def _work_on(self, run: RunRow) -> None:
        _log.info("Run %d begins.", run.id)
        if self._leaving.is_set():
            self._aside.set()
        try:
            self._train(run)
        except (RunCancelled, SetAside) as error:
            _log.info("Run %d: %s", run.id, error)
        except Exception as error:  # noqa: BLE001 - its row says why, and the next may go well
            _log.error("Run %d failed: %s", run.id, type(error).__name__)
            if self._store.runs.get(run.id).state == "running":
                reason = str(error) if isinstance(error, BotError) else describe(error)
                self._store.runs.finish(run.id, "failed", reason=reason)
            if isinstance(error, SomebodyLeft):
                self._queue_again(run)
        _log.info("Run %d ends: %s.", run.id, self._store.runs.get(run.id).state)

    def _queue_again(self, run: RunRow) -> None:
        """Train all others at once: by night they would have had to wait for another day."""
        left = {f"person:{row.member}" for row in self._store.consent.list() if row.is_own_no}
        rest = [label for label in run.target.split() if label not in left]
        if rest:
            self._store.runs.queue(
                " ".join(rest),
                requested_by=self._store.runs.get(run.id).requested_by,
                is_forced=run.is_forced,
                minutes=run.minutes,
            )

    def _train(self, run: RunRow) -> None:
        voices = choose_voices(self._session.registry, run)
        if voices is None:
            self._store.runs.finish(run.id, "succeeded", reason=NOTHING_DUE)
            return
        _load_training()
        from training.pipeline import train

        supervision = Supervision(
            on_event=_log_measurement(run.id),
            aside=self._aside,
            gpu_price_per_hour=self._session.settings.gpu_price_per_hour,
        )
        registry = self._session.registry
        train(registry, voices, supervision, minutes=run.minutes, run=run)


def work_until_signal(worker: Worker, work: Callable[[], Turn]) -> Turn:
    """Let a worker work in a thread of its own; SIGTERM or Ctrl-C sets its run aside.

    Native code may keep a thread busy for long, so that the main one does nothing but listen. A
    run that does not break off in time is left to the next trainer, and the process ends.
    """
    with stop_on_signal(_GOODBYE) as stop, ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        try:
            while not stop.is_set() and not _is_done(future, 0.2):
                pass
            worker.leave()
            is_over = _is_done(future, LEAVING_SECONDS)
        except KeyboardInterrupt:
            is_over = False
        if not is_over:
            worker.abandon()
            logging.shutdown()
            os._exit(0)
        return future.result()


def _is_done(future: Future[Turn], seconds: float) -> bool:
    return bool(wait([future], timeout=seconds).done)


def require_training() -> None:
    """Make sure that something can be trained here.

    Raises:
        TrainingMissing: TensorFlow is not installed.
    """
    if not can_train():
        raise TrainingMissing(
            "What trains is not installed here: run `pip install 'mimic[train]'`, or let "
            "`mimic worker` on another machine train."
        )


def _load_training() -> None:
    """Load TensorFlow, quietly."""
    require_training()
    hush_tensorflow()
    with console.muted():
        import training.fitting  # noqa: F401


def _log_measurement(run: int) -> Callable[[TrainingEvent], None]:
    def log(event: TrainingEvent) -> None:
        if event.bits_per_byte is not None:
            figures = (event.fraction, event.bits_per_byte, event.tokens_per_second)
            _log.info("Run %d: %.2f of a voice, %.3f bits per byte, %.0f tokens/s", run, *figures)

    return log
