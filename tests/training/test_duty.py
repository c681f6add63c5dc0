import socket
import subprocess
import sys
import threading

import pytest

from storage.store import Store
from training.duty import LEASE_SECONDS, on_duty


def test_a_run_is_a_row_and_the_lease_is_given_back(store: Store):
    with on_duty(store, "base", threading.Event()):
        assert store.runs.list()[0].state == "running"
        assert not store.runs.lease("another")
    assert store.runs.list()[0].state == "succeeded"
    assert store.runs.lease("another")


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (RuntimeError("ada said so"), "failed", "RuntimeError"),
        (KeyboardInterrupt(), "cancelled", None),
    ],
)
def test_a_run_that_breaks_off_says_so_without_any_text(
    store: Store, error: BaseException, state: str, reason: str | None
):
    with pytest.raises(type(error)), on_duty(store, "base", threading.Event()):
        raise error
    assert (store.runs.list()[0].state, store.runs.list()[0].reason) == (state, reason)
    assert store.runs.lease("another")


def test_a_stopped_run_is_cancelled(store: Store):
    stop = threading.Event()
    with on_duty(store, "base", stop):
        stop.set()
    assert store.runs.list()[0].state == "cancelled"


def test_a_target_that_no_run_can_have_keeps_no_lease(store: Store):
    with pytest.raises(ValueError, match="labels"), on_duty(store, "@ada", threading.Event()):
        pass
    assert store.runs.lease("another")


def test_a_killed_run_is_taken_up_under_its_old_row(store: Store):
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()  # its id belongs to nobody now
    killed = store.runs.start("base")
    assert store.runs.lease(f"{socket.gethostname()[:32]}:{child.pid}:ab", LEASE_SECONDS)
    with on_duty(store, "base", threading.Event()) as run:
        assert run.id == killed.id
    assert [run.state for run in store.runs.list()] == ["succeeded"]
