"""Ctrl-C and SIGTERM end long work in good order: what is best so far is kept."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from bot import console
from storage.errors import KeyChanged
from storage.store import Store

LAST_SECONDS = 9.2  # Docker kills after ten

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_OF_TRAINING = "Stopping: the best so far is kept. Ctrl-C again stops at once and loses it."


@contextmanager
def stop_on_signal(note: str = _OF_TRAINING) -> Iterator[threading.Event]:
    """Give an event that the first signal sets; a second Ctrl-C stops at once.

    Args:
        note: What the person is told at the first.

    Raises:
        KeyboardInterrupt: At the second Ctrl-C.
    """
    stop = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        console.note(note)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stop_on_key_change(store: Store, stop: threading.Event) -> Iterator[threading.Event]:
    """Give an event that is set, and `stop` with it, once another process has changed the key.

    Raises:
        KeyChanged: It has, and the body is over: a failure, so that whoever watches this process
            starts it again.
    """
    is_changed = threading.Event()

    def notice() -> None:
        if not is_changed.is_set():
            _log.error("The key was changed: this process ends and has to be started again.")
        is_changed.set()
        stop.set()

    store.on_key_changed(notice)
    yield is_changed
    if is_changed.is_set():
        raise KeyChanged("The key was changed meanwhile: start this again.")


def end_in_time(
    stop: threading.Event,
    seconds: float = LAST_SECONDS,
    *,
    is_failure: Callable[[], bool] = lambda: False,
) -> None:
    """Have the process end within so many seconds from `stop`, well or not.

    Threads that wait for Slack or for the database could keep it for far longer.
    """

    def watch() -> None:
        stop.wait()
        time.sleep(seconds)
        logging.shutdown()
        os._exit(int(is_failure()))

    threading.Thread(target=watch, name="end in time", daemon=True).start()
