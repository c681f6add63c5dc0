"""One trainer at a time: a lease that is kept for as long as the body works."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from storage.errors import StorageError
from storage.leases import TRAINER
from storage.runs import RunRow
from storage.store import Store
from training.errors import TrainerBusy
from training.shift import Shift, keep_row
from training.supervision import Supervision

LEASE_SECONDS = 60
RENEWAL_SECONDS = 10

_log = logging.getLogger(__name__)


@contextmanager
def on_duty(
    store: Store, target: str, supervision: Supervision, *, run: RunRow | None = None
) -> Iterator[Shift]:
    """Keep a run's row, and hold the trainer's lease, while the body works.

    A run that was killed is taken up again under its old row.

    Args:
        target: Labels of the voices, as `Runs.start` wants them.
        supervision: Its `aside` is set if the lease is lost.
        run: One that was taken from the queue by whoever holds the lease already.

    Raises:
        TrainerBusy: Another trainer works on this database.
    """
    with ExitStack() as stack:
        if run is None:
            stack.enter_context(hold_lease(store, TRAINER, on_lost=supervision.aside.set))
            run = _take_up(store, target) or store.runs.start(target)
        yield stack.enter_context(keep_row(store, run, supervision))


@contextmanager
def hold_lease(
    store: Store,
    name: str,
    *,
    on_lost: Callable[[], None],
    patience_seconds: float = LEASE_SECONDS + RENEWAL_SECONDS,
) -> Iterator[None]:
    """Take a lease and renew it while the body works.

    Args:
        on_lost: Called, in another thread, if it ran out and another process took it.
        patience_seconds: How long to wait for one that another process holds.

    Raises:
        TrainerBusy: Another process holds it.
    """
    holder = name_holder()
    _wait_for(store, name, holder, patience_seconds)
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEWAL_SECONDS):
            if not _renew(store, name, holder):
                on_lost()
                return

    renewal = threading.Thread(target=renew, name=f"{name} lease", daemon=True)
    renewal.start()
    try:
        yield
    finally:
        done.set()
        renewal.join()
        store.leases.release(name, holder)


def name_holder() -> str:
    """Return a name for a holder of leases: machine, process, and a random part."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


def take_lease(store: Store, name: str, holder: str) -> bool:
    """Take or renew a lease; one whose process is dead on this machine is taken over."""
    if store.leases.take(name, holder, LEASE_SECONDS):
        return True
    other = store.leases.holder(name)
    if other and _is_dead(other):
        store.leases.release(name, other)
        return store.leases.take(name, holder, LEASE_SECONDS)
    return False


def is_free(store: Store, name: str) -> bool:
    """Say whether nobody holds a lease, or a process that is dead on this machine."""
    holder = store.leases.holder(name)
    return holder is None or _is_dead(holder)


def _take_up(store: Store, target: str) -> RunRow | None:
    """Return the row of a run that was killed, unless somebody wants it cancelled."""
    killed = store.runs.unfinished(target)
    if killed and killed.is_cancel_wanted:
        store.runs.finish(killed.id, "cancelled")
        return None
    return killed


def _wait_for(store: Store, name: str, holder: str, patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    is_told = False
    while not take_lease(store, name, holder):
        if time.monotonic() >= deadline:
            raise TrainerBusy(
                "Another training is under way on this database; wait until it has ended."
            )
        if not is_told:
            _log.info("Another training is under way; waiting.")
        is_told = True
        time.sleep(2)


def _is_dead(holder: str) -> bool:
    """Say whether a lease's process ran on this machine and is gone."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:32] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _renew(store: Store, name: str, holder: str) -> bool:
    try:
        is_held = store.leases.take(name, holder, LEASE_SECONDS)
    except StorageError as error:  # a busy or full database may answer again in time
        _log.warning("The lease of the %s could not be renewed: %s", name, error)
        return True
    if not is_held:
        _log.error("The lease of the %s was taken by another process.", name)
    return is_held
