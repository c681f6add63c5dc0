import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.trainer import MOST_BREAKS, WORKER, Trainer, find_itself
from storage.leases import TRAINER
from storage.store import Store
from tests.waiting import wait_until
from training.duty import name_holder

# Each child of the tests writes its process id on a line of its own, then does one thing.
PREFACE = "import os, signal, sys, time; open('children', 'a').write(f'{os.getpid()}\\n'); "

Start = Callable[..., Trainer]


@pytest.fixture
def start(store: Store) -> Iterator[Start]:
    """Start a trainer whose children run a line of Python."""
    started = []

    def begin(program: str, *, leaving_seconds: float = 5.0) -> Trainer:
        trainer = Trainer(
            store,
            Settings.load(),
            command=[sys.executable, "-c", PREFACE + program],
            looking_seconds=0.05,
            leaving_seconds=leaving_seconds,
        )
        trainer.start()
        started.append(trainer)
        return trainer

    yield begin
    for each in started:
        each.close()


def children() -> list[int]:
    with suppress(FileNotFoundError):
        return [int(line) for line in Path("children").read_text().split()]
    return []


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_work_there_is_no_child(start: Start):
    start("time.sleep(60)")
    time.sleep(0.3)
    assert children() == []


def test_a_waiting_run_starts_one_child_and_never_two(store: Store, start: Start):
    trainer = start("time.sleep(60)")
    store.runs.queue("base")
    store.runs.queue("person:3")
    wait_until(children)
    time.sleep(0.5)
    [child] = children()
    trainer.close()
    assert not is_alive(child)


def test_where_another_trainer_is_at_work_no_child_is_started(store: Store, start: Start):
    store.leases.take(TRAINER, name_holder())
    store.runs.start("base")
    start("time.sleep(60)")
    time.sleep(0.3)
    assert children() == []


def test_the_child_has_the_settings_but_not_the_tokens_of_slack(
    store: Store, start: Start, monkeypatch, tmp_path
):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-invented")
    monkeypatch.setenv("MIMIC_INCLUDE", "private,guests")
    store.runs.queue("base")
    start(
        "import json; open('unfinished', 'w').write(json.dumps(dict(os.environ)));"
        "os.rename('unfinished', 'environment'); time.sleep(60)"
    )
    wait_until(Path("environment").exists)
    environment = json.loads(Path("environment").read_text())
    assert environment["MIMIC_HOME"] == str(tmp_path / "home")
    assert environment["MIMIC_INCLUDE"] == "private,guests"
    assert not [name for name in environment if name.startswith("SLACK_")]


def test_the_child_is_this_program_whatever_lies_where_it_starts(tmp_path: Path):
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").write_text("raise SystemExit('not Mimic')")
    environment = find_itself(Settings.load().environment())
    command = [WORKER[0], *WORKER[1:4], "--version"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("mimic"), done.stderr


@pytest.mark.slow
def test_a_child_that_broke_off_is_started_again_later_and_later(store: Store, start: Start):
    store.runs.queue("base")
    started = time.monotonic()
    start("os.kill(os.getpid(), signal.SIGKILL)")
    wait_until(lambda: len(children()) >= 3)
    assert time.monotonic() - started >= 0.05 * 5 * (1 + 2)


@pytest.mark.slow
def test_a_run_that_breaks_every_child_fails_and_lets_the_others_go_on(store: Store, start: Start):
    run = store.runs.start("base")  # as a child that took it and died left it
    start("sys.exit(1)")
    wait_until(lambda: store.runs.get(run.id).state == "failed")
    assert len(children()) == MOST_BREAKS
    assert store.runs.get(run.id).reason == "The trainer broke off 3 times: see its log."


def test_the_log_of_the_child_is_passed_on_and_nothing_else_it_writes(
    store: Store, start: Start, caplog
):
    caplog.set_level(logging.INFO, "bot")
    record = {"event": "Run 1 begins.", "level": "warning", "logger": "bot.working"}
    foreign = {"event": "secret", "level": "info", "logger": "elsewhere"}
    lines = [json.dumps(record), json.dumps(foreign), "ada said so", "{", '{"logger": "bot.x"}']
    store.runs.queue("base")
    start(f"sys.stderr.write({chr(10).join(lines)!r})")
    wait_until(lambda: "4 lines that are no log" in caplog.text)
    assert "Run 1 begins." in caplog.text
    assert "ada" not in caplog.text
    assert "secret" not in caplog.text


def test_a_child_that_does_not_end_is_killed(store: Store, start: Start):
    store.runs.queue("base")
    trainer = start(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w').close(); time.sleep(60)",
        leaving_seconds=0.2,
    )
    wait_until(Path("deaf").exists)
    trainer.close()
    assert not is_alive(children()[0])
