import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.forgetting import forget_member
from bot.session import Session, open_session
from bot.settings import Settings
from bot.working import Worker, work_until_signal
from storage.leases import TRAINER
from tests.waiting import PATIENCE_SECONDS, wait_until
from training.duty import name_holder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def session(filled) -> Iterator[Session]:
    """The sample workspace, where everybody agreed and nothing is trained."""
    with open_session(Settings.load()) as session:
        yield session


@pytest.fixture
def empty(opened) -> Iterator[Session]:
    with open_session(Settings.load()) as session:
        yield session


def states(session: Session) -> list[str]:
    return [run.state for run in reversed(session.store.runs.list())]


def test_without_a_run_there_is_nothing_to_do(empty):
    assert Worker(empty).take_turn() == "idle"
    assert empty.store.leases.holder(TRAINER) is None


def test_where_nothing_is_due_the_run_has_succeeded_and_says_so(empty):
    run = empty.store.runs.queue("all", is_forced=False)
    assert Worker(empty).take_turn() == "worked"
    row = empty.store.runs.get(run.id)
    assert (row.state, row.reason) == ("succeeded", "nothing was due")
    assert empty.store.leases.holder(TRAINER) is None


def test_a_run_that_fails_does_not_keep_the_next_from_its_turn(empty):
    text, due = empty.store.runs.queue("text:ferry"), empty.store.runs.queue("all", is_forced=False)
    assert Worker(empty).work(idle_seconds=0) == "idle"
    assert states(empty) == ["failed", "succeeded"]
    reason = empty.store.runs.get(text.id).reason
    assert reason == "Only members and channels are trained: `mimic learn` reads a text."
    assert empty.store.runs.get(due.id).reason == "nothing was due"


def test_while_another_trainer_is_at_work_a_run_waits(empty):
    empty.store.leases.take(TRAINER, name_holder())
    empty.store.runs.queue("all", is_forced=False)
    assert Worker(empty).work(idle_seconds=60) == "busy"
    assert states(empty) == ["queued"]


def test_a_run_that_was_cancelled_while_its_trainer_was_dead_is_over(empty):
    run = empty.store.runs.start("base")
    empty.store.runs.cancel(run.id)
    assert Worker(empty).take_turn() == "idle"
    assert states(empty) == ["cancelled"]


def test_a_worker_that_waits_takes_what_comes_and_leaves_when_told(empty):
    worker, ended = Worker(empty), []
    thread = threading.Thread(target=lambda: ended.append(worker.work()))
    thread.start()
    empty.store.runs.queue("all", is_forced=False)
    wait_until(lambda: states(empty) == ["succeeded"])
    worker.leave()
    thread.join(PATIENCE_SECONDS)
    assert len(ended) == 1
    assert worker.take_turn() == "idle"


def test_a_worker_told_to_leave_takes_nothing(empty):
    empty.store.runs.queue("all", is_forced=False)
    worker = Worker(empty)
    worker.leave()
    assert worker.work(idle_seconds=0) == "idle"
    assert states(empty) == ["queued"]


def test_what_went_wrong_in_the_thread_is_heard_of(empty):
    def fail() -> str:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        work_until_signal(Worker(empty), fail)


PROGRAM = """
import sys
import training.fitting
training.fitting.CHECKPOINT_SECONDS = 0.5
from bot.cli import main
sys.exit(main(["worker", "--until-idle", "0", "--nice", "0"]))
"""


@contextmanager
def working() -> Iterator[subprocess.Popen[str]]:
    """Run `mimic worker` in a process of its own, with frequent checkpoints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LOG_FORMAT": "json"}  # noqa: TID251
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def queue_ada(session: Session, minutes: float) -> int:
    member = session.store.members.find("@ada").id
    return session.store.runs.queue(f"person:{member}", minutes=minutes).id


def find_checkpoints(session: Session) -> list[Path]:
    return list(session.registry.folder.glob(".runs/*/checkpoint.safetensors"))


def list_versions(session: Session) -> dict[str, list[str]]:
    voices = session.store.voices
    return {
        session.registry.label(voice): [each.state for each in voices.versions(voice.id)]
        for voice in voices.list()
    }


@pytest.mark.slow
def test_a_trainer_killed_outright_is_followed_by_one_that_goes_on_and_promotes_once(session):
    run = queue_ada(session, 0.4)
    runs = session.store.runs
    with working() as killed:
        wait_until(lambda: runs.get(run).progress > 0.15 and find_checkpoints(session))
    assert killed.returncode == -signal.SIGKILL
    assert runs.get(run).state == "running"
    before = len(runs.events(run))
    with working() as process:
        err = process.communicate(timeout=240)[1]
    assert process.returncode == 0
    row = runs.get(run)
    assert (row.state, row.progress, row.reason) == (
        "succeeded",
        1.0,
        "2 trained, 2 of them promoted",
    )
    assert (row.device, row.cost) == ("CPU", None)
    assert row.tokens > 0
    assert row.seconds > 0
    assert runs.events(run)[before].fraction > 0.1
    assert list_versions(session) == {"base": ["promoted"], "@ada": ["promoted"]}
    assert not find_checkpoints(session)
    messages = [json.loads(line)["event"] for line in err.splitlines() if line.startswith("{")]
    assert f"Run {run} begins." in messages
    assert not re.search("ada|Ada", err)


@pytest.mark.slow
def test_a_trainer_told_to_end_sets_its_run_aside(session):
    run = queue_ada(session, 3)
    with working() as process:
        wait_until(lambda: session.store.runs.get(run).progress > 0.01)
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    row = session.store.runs.get(run)
    assert (row.state, row.finished_at) == ("queued", None)
    assert row.progress > 0
    assert find_checkpoints(session)
    assert list_versions(session) == {"base": [], "@ada": []}
    assert session.store.leases.holder(TRAINER) is None


@pytest.mark.slow
def test_a_run_cancelled_under_way_ends_and_nothing_of_it_speaks(session):
    run = queue_ada(session, 3)
    with working() as process:
        wait_until(lambda: session.store.runs.get(run).progress > 0.01)
        assert session.store.runs.cancel(run).is_cancel_wanted
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    row = session.store.runs.get(run)
    assert (row.state, row.device) == ("cancelled", "CPU")
    assert list_versions(session) == {"base": [], "@ada": []}


@pytest.mark.slow
def test_a_run_that_a_departure_voids_is_followed_by_one_without_that_person(session):
    members = session.store.members
    ada, bram = (f"person:{members.find(name).id}" for name in ("@ada", "@bram"))
    run = session.store.runs.queue(f"{ada} {bram}", minutes=3).id
    with working() as process:
        wait_until(lambda: session.store.runs.get(run).progress > 0.01)
        forget_member(session, members.find("@bram").id)
        wait_until(lambda: session.store.runs.get(run).state == "failed")
        wait_until(lambda: states(session) != ["failed"])
        process.kill()
        process.communicate()
    voided, after = reversed(session.store.runs.list())
    assert "Somebody left" in (voided.reason or "")
    assert (after.target, after.minutes) == (ada, 3)
