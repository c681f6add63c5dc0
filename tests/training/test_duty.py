import socket
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from storage.leases import SCHEDULER, TRAINER
from storage.runs import RunRow
from storage.store import Store
from tests.waiting import PATIENCE_SECONDS, wait_until
from training.duty import LEASE_SECONDS, hold_lease, is_free, name_holder, on_duty, take_lease
from training.errors import RunCancelled, SetAside, TooLittleText, TrainerBusy, UnwritableFolder
from training.shift import Shift
from training.supervision import Supervision, TrainingEvent

GPU = "NVIDIA H100"


def watch(**changes: object) -> Supervision:
    return replace(Supervision(lambda event: None), **changes)


def tell(shift: Shift, fraction: float, bits: float | None = None, rate: float = 1000.0) -> None:
    shift.supervision.on_event(
        TrainingEvent("@ada", fraction, tokens_per_second=rate, bits_per_byte=bits, seconds_left=1)
    )


def latest(store: Store) -> RunRow:
    return store.runs.list()[0]


def dead_holder() -> str:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()  # its id belongs to nobody now
    return f"{socket.gethostname()[:32]}:{child.pid}:ab"


def test_a_run_is_a_row_and_the_lease_is_given_back(store: Store):
    with on_duty(store, "base", watch()):
        assert latest(store).state == "running"
        assert not store.leases.take(TRAINER, "another")
    assert (latest(store).state, latest(store).progress) == ("succeeded", 1.0)
    assert store.leases.take(TRAINER, "another")


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (RuntimeError("ada said so"), "failed", "RuntimeError"),
        (TooLittleText("A base needs 200 messages."), "failed", "A base needs 200 messages."),
        (UnwritableFolder("/home/ada is full"), "failed", "The voices' folder is full or may not"),
        (KeyboardInterrupt(), "cancelled", None),
    ],
)
def test_a_run_that_breaks_off_says_so_without_any_text(
    store: Store, error: BaseException, state: str, reason: str | None
):
    with pytest.raises(type(error)), on_duty(store, "base", watch()):
        raise error
    assert latest(store).state == state
    assert (latest(store).reason or "").startswith(reason or "")
    assert "ada" not in (latest(store).reason or "")
    assert store.leases.take(TRAINER, "another")


def test_a_stopped_run_is_cancelled(store: Store):
    stop = threading.Event()
    with on_duty(store, "base", watch(stop=stop)):
        stop.set()
    assert latest(store).state == "cancelled"


def test_a_run_that_came_to_nothing_has_failed(store: Store):
    with on_duty(store, "base", watch()) as shift:
        shift.reason, shift.has_failed = "Nothing was trained.", True
    assert (latest(store).state, latest(store).reason) == ("failed", "Nothing was trained.")


def test_a_target_that_no_run_can_have_keeps_no_lease(store: Store):
    with pytest.raises(ValueError, match="labels"), on_duty(store, "@ada", watch()):
        pass
    assert store.leases.take(TRAINER, "another")


def test_a_killed_run_is_taken_up_under_its_old_row(store: Store):
    killed = store.runs.start("base")
    assert store.leases.take(TRAINER, dead_holder(), LEASE_SECONDS)
    with on_duty(store, "base", watch()) as shift:
        assert shift.run.id == killed.id
    assert [run.state for run in store.runs.list()] == ["succeeded"]


def test_a_killed_run_that_somebody_cancelled_is_not_taken_up(store: Store):
    store.runs.cancel(store.runs.start("base").id)
    with on_duty(store, "base", watch()):
        pass
    assert [run.state for run in store.runs.list()] == ["succeeded", "cancelled"]


def test_progress_is_of_the_whole_run(store: Store):
    base, ada, bram = (
        store.voices.ensure("base"),
        store.voices.ensure("person", subject=1),
        store.voices.ensure("person", subject=2),
    )
    seen = []
    with on_duty(store, "all", watch()) as shift:
        shift.enter(base, 0.6)
        tell(shift, 0.5)
        wait_until(lambda: seen.append(latest(store).progress) or seen[-1] == 0.3)
        shift.enter(ada, 0.25)  # of what the base leaves
        tell(shift, 0.5)
        wait_until(lambda: seen.append(latest(store).progress) or seen[-1] == 0.65)
        shift.enter(bram, 1.0)
        tell(shift, 0.5)
        wait_until(lambda: seen.append(latest(store).progress) or seen[-1] == 0.85)
    assert latest(store).progress == 1.0
    assert seen == sorted(seen)


def test_the_log_has_each_measurement_and_little_in_between(store: Store):
    with on_duty(store, "person:1", watch()) as shift:
        shift.enter(store.voices.ensure("person", subject=1), 1.0)
        tell(shift, 0.1, rate=float("nan"))
        tell(shift, 0.2)
        tell(shift, 0.3, bits=2.5)
        tell(shift, 0.4)
        tell(shift, 0.5, bits=2.25)
    events = store.runs.events(shift.run.id)
    assert [(each.voice, each.fraction, each.bits_per_byte) for each in events] == [
        ("person:1", 0.1, None),
        ("person:1", 0.3, 2.5),
        ("person:1", 0.5, 2.25),
    ]
    assert [each.tokens_per_second for each in events] == [0.0, 1000.0, 1000.0]


def test_a_cancelled_run_hears_of_it_while_it_is_at_work(store: Store):
    def work() -> None:
        supervision = watch()
        with on_duty(store, "base", supervision) as shift:
            shift.enter(store.voices.ensure("base"), 1.0)
            store.runs.cancel(shift.run.id)
            assert supervision.stop.wait(PATIENCE_SECONDS)
            tell(shift, 0.5)

    with pytest.raises(RunCancelled):
        work()
    assert latest(store).state == "cancelled"


def test_a_run_cancelled_at_the_last_moment_promotes_nothing(store: Store):
    def work() -> None:
        with on_duty(store, "base", watch()) as shift:
            store.runs.cancel(shift.run.id)
            shift.confirm()

    with pytest.raises(RunCancelled):
        work()
    assert latest(store).state == "cancelled"


def test_a_run_from_the_queue_that_is_set_aside_waits_again(store: Store):
    def work(aside: threading.Event) -> None:
        with on_duty(store, "base", watch(aside=aside), run=store.runs.take()) as shift:
            shift.enter(store.voices.ensure("base"), 1.0)
            tell(shift, 0.25)
            aside.set()
            tell(shift, 0.5)

    store.runs.queue("base")
    with hold_lease(store, TRAINER, on_lost=pytest.fail), pytest.raises(SetAside):
        work(threading.Event())
    assert (latest(store).state, latest(store).progress) == ("queued", 0.5)
    assert latest(store).finished_at is None


def test_a_run_that_another_process_took_over_is_left_to_it(store: Store):
    def work() -> None:
        with on_duty(store, "base", watch()) as shift:
            store.leases.release(TRAINER, store.leases.holder(TRAINER) or "")
            store.leases.take(TRAINER, "another")
            shift.confirm()

    with pytest.raises(SetAside):
        work()
    assert latest(store).state == "running"


@pytest.mark.parametrize(
    ("device", "price", "costs"), [(GPU, 2.0, True), ("CPU", 2.0, False), (GPU, None, False)]
)
def test_a_run_says_on_what_it_ran_and_what_a_gpu_cost(
    store: Store, device: str, price: float | None, costs: bool
):
    with on_duty(store, "base", watch(gpu_price_per_hour=price)) as shift:
        shift.device = device
        shift.count(tokens=1_000, seconds=1_800.0)
        shift.count(tokens=500, seconds=1_800.0)
    run = latest(store)
    assert (run.device, run.tokens, run.seconds) == (device, 1_500, 3_600.0)
    assert run.cost == (2.0 if costs else None)


def test_a_lease_that_is_held_elsewhere_is_waited_for_no_longer_than_wished(store: Store):
    store.leases.take(TRAINER, name_holder())
    with (
        pytest.raises(TrainerBusy),
        hold_lease(store, TRAINER, on_lost=pytest.fail, patience_seconds=0),
    ):
        pass


def test_leases_of_dead_processes_on_this_machine_are_free(store: Store):
    assert is_free(store, SCHEDULER)
    assert store.leases.take(SCHEDULER, dead_holder())
    assert is_free(store, SCHEDULER)
    assert take_lease(store, SCHEDULER, mine := name_holder())
    assert not is_free(store, SCHEDULER)
    assert store.leases.holder(SCHEDULER) == mine
    assert not take_lease(store, SCHEDULER, name_holder())


@pytest.mark.parametrize("holder", ["elsewhere:1:ab", "odd", f"{socket.gethostname()[:32]}:x:ab"])
def test_leases_of_other_machines_are_never_taken_for_free(store: Store, holder: str):
    assert store.leases.take(SCHEDULER, holder)
    assert not is_free(store, SCHEDULER)
