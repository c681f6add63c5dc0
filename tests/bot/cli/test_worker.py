import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli import main
from bot.session import open_session
from bot.settings import Settings
from storage.leases import SCHEDULER, TRAINER
from tests.waiting import PATIENCE_SECONDS, wait_until
from training.duty import name_holder

ROOT = Path(__file__).parents[3]
GENTLY = ("--nice", "0")  # the tests' own process stays as it is


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_without_a_run_it_says_so_and_ends(mimic, home):
    outcome = mimic("worker", "--once", *GENTLY)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "No run waits.\n")
    outcome = mimic("worker", "--until-idle", "0", *GENTLY)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_once_is_one_run(mimic, opened):
    with open_session(Settings.load()) as session:
        runs = [session.store.runs.queue(target, is_forced=False) for target in ("all", "base")]
        assert mimic("worker", "--once", *GENTLY).code == 0
        states = [session.store.runs.get(run.id).state for run in runs]
        assert states == ["succeeded", "queued"]
        assert mimic("worker", "--until-idle", "0s", *GENTLY).code == 0
        assert session.store.runs.get(runs[1].id).state == "succeeded"


def test_until_idle_waits_so_long_for_work(mimic, opened):
    started = time.monotonic()
    assert mimic("worker", "--until-idle", "0.5s", *GENTLY).code == 0
    assert time.monotonic() - started >= 0.5


@pytest.mark.parametrize("options", [["--once"], ["--until-idle", "5m"]])
def test_while_another_trainer_is_at_work_it_ends_with_a_note(mimic, opened, options):
    with open_session(Settings.load()) as session:
        session.store.leases.take(TRAINER, name_holder())
        session.store.runs.queue("all")
        outcome = mimic("worker", *options, *GENTLY)
        assert outcome.code == 0
        assert "Another trainer is at work" in outcome.err
        assert session.store.runs.list()[0].state == "queued"


@pytest.mark.parametrize(
    "options", [["--once", "--until-idle", "5m"], ["--until-idle", "a while"], ["--nice", "99"]]
)
def test_what_it_never_takes_is_misuse(mimic, home, options):
    outcome = mimic("worker", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1


def test_a_waiting_worker_stands_back_and_ends_on_a_signal(opened):
    with open_session(Settings.load()) as session, start("worker") as process:
        run = session.store.runs.queue("all", is_forced=False)
        wait_until(lambda: session.store.runs.get(run.id).state == "succeeded")
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 10
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert process.returncode == 0
    assert "set aside" in err


def test_a_scheduler_by_itself_turns_what_is_due_into_runs_until_a_signal(opened):
    from datetime import UTC, datetime

    with open_session(Settings.load()) as session, start("scheduler") as process:
        session.store.schedules.set("base", "0 0 1 1 *", next_run_at=datetime.now(UTC))
        wait_until(session.store.runs.list)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
        assert session.store.leases.holder(SCHEDULER) is None


def test_a_bad_default_schedule_is_one_sentence(mimic, home, monkeypatch):
    monkeypatch.setenv("RETRAIN_CRON", "every night")
    outcome = mimic("scheduler")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
    assert "RETRAIN_CRON" in outcome.err


@pytest.mark.parametrize("command", ["worker", "scheduler", "runs", "schedule"])
def test_help_has_an_example(capsys, command):
    assert main([command, "--help"]) == 0
    assert f"Example: mimic {command}" in capsys.readouterr().out
