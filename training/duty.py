"""One trainer at a time: the lease, the run's row, and the time kept by both."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from storage.errors import StorageError
from storage.runs import RunRow
from storage.store import Store
from training.errors import TrainerBusy

LEASE_SECONDS = 60
RENEWAL_SECONDS = 10

_log = logging.getLogger(__name__)


@contextmanager
def on_duty(store: Store, target: str, stop: threading.Event) -> Iterator[RunRow]:
    """Hold the trainer's lease and keep a run's row while the body works.

    A run that was killed is taken up again under its old row.

    Args:
        target: Labels of the voices, as `Runs.start` wants them.
        stop: Set if the lease is lost.

    Raises:
        TrainerBusy: Another trainer works on this database.
    """
    holder = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
    _take_lease(store, holder)
    done = threading.Event()
    renewal = threading.Thread(target=_renew, args=(store, holder, done, stop), daemon=True)
    renewal.start()
    try:
        with _recorded(store, target, stop) as run:
            yield run
    finally:
        done.set()
        renewal.join()
        store.runs.release(holder)


@contextmanager
def _recorded(store: Store, target: str, stop: threading.Event) -> Iterator[RunRow]:
    """Keep the run's row: the one of a run that was killed, or a new one."""
    run = store.runs.unfinished(target) or store.runs.start(target)
    try:
        yield run
    except KeyboardInterrupt:
        store.runs.finish(run.id, "cancelled")
        raise
    except BaseException as error:
        with suppress(StorageError):  # what went wrong first is what the user has to hear
            store.runs.finish(run.id, "failed", reason=type(error).__name__)
        raise
    store.runs.finish(run.id, "cancelled" if stop.is_set() else "succeeded")


def _take_lease(store: Store, holder: str) -> None:
    """Take the lease; one whose process is dead here is taken over, another is waited for."""
    deadline = time.monotonic() + LEASE_SECONDS + RENEWAL_SECONDS
    while not store.runs.lease(holder, LEASE_SECONDS):
        other = store.runs.holder()
        if other and _is_dead(other):
            store.runs.release(other)
            continue
        if time.monotonic() > deadline:
            raise TrainerBusy(
                "Another training is under way on this database; wait until it has ended."
            )
        _log.info("Another training is under way; waiting.")
        time.sleep(2)


def _is_dead(holder: str) -> bool:
    """Say whether a lease's process ran on this machine and is gone."""
    host, pid, _ = holder.split(":")
    if host != socket.gethostname()[:32]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _renew(store: Store, holder: str, done: threading.Event, stop: threading.Event) -> None:
    while not done.wait(RENEWAL_SECONDS):
        try:
            is_held = store.runs.renew(holder, LEASE_SECONDS)
        except StorageError as error:  # a busy or full database may answer again in time
            _log.warning("The trainer's lease could not be renewed: %s", error)
            continue
        if not is_held:
            _log.error("The trainer's lease was taken by another process; this run ends.")
            stop.set()
            return
