"""Ctrl-C and SIGTERM end long work in good order: what is best so far is kept."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bot import console

LAST_SECONDS = 9.2  # Docker kills after ten

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


def end_in_time(stop: threading.Event, seconds: float = LAST_SECONDS) -> None:
    """Have the process end within so many seconds from `stop`, well or not.

    Threads that wait for Slack or for the database could keep it for far longer.
    """

    def watch() -> None:
        stop.wait()
        time.sleep(seconds)
        logging.shutdown()
        os._exit(0)

    threading.Thread(target=watch, name="end in time", daemon=True).start()
