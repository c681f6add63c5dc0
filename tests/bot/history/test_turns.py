"""Readings take turns: in one process, among processes, and after one that was killed."""

import json
import socket
import subprocess
import sys
import threading

import pytest

from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import Clock
from bot.turns import WAITING, find_line, take_turn
from storage.errors import DatabaseError
from storage.leases import BACKFILL
from storage.store import Store
from tests.bot.history.reading import HISTORY, REPLIES, SPEED, Reading, fill
from tests.fake_slack import ADA, GENERAL
from tests.waiting import PATIENCE_SECONDS


def run_all(*runs):
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def other(store, fake, database_url, keyring):
    """The same database as another process has it."""
    second = Store.open(database_url, keyring)
    yield Reading(second, fake)
    second.close()


def test_two_at_once_ask_slack_once(reading, fake):
    fill(fake.workspace, 25)
    run_all(reading.run, reading.run)
    assert len(reading.texts()) == 31
    assert len(reading.asked(REPLIES)) == 3


def test_what_another_process_has_read_meanwhile_is_not_asked_for_again(reading, other, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "hang", seconds=0.5)  # until both have begun
    run_all(reading.run, other.run)
    asked = reading.asked(HISTORY, limit="200")
    assert len(reading.texts()) == 31
    assert len(asked) <= 2  # the second may have been asked for a little later than the first
    assert len(reading.asked(REPLIES)) == 3


def test_of_three_the_last_has_nothing_left_to_do(reading, other, fake):
    fake.workspace.say(ADA, GENERAL, "hello")
    fake.state.faults.fail(HISTORY, "hang", seconds=1)
    first = threading.Thread(target=reading.run)
    first.start()
    fake.wait_for(lambda: fake.called(HISTORY))
    run_all(reading.run, other.run)
    first.join()
    assert len(reading.asked(HISTORY, limit="200")) == 2


def test_who_waits_is_told_once_and_goes_on_when_the_other_has_ended(reading, fake):
    fill(fake.workspace, 3)
    said = []
    reading.store.leases.take(BACKFILL, "elsewhere:1:ab", seconds=2)
    watch = Watch(clock=Clock(SPEED), say=said.append)
    summary = backfill(
        reading.store, reading.slack, BackfillRequest(), include=frozenset(), watch=watch
    )
    assert summary.report.messages_stored == 5
    assert said == [WAITING]
    assert reading.store.leases.holder(BACKFILL) is None


def test_who_waits_for_another_process_can_be_stopped(reading, fake):
    reading.store.leases.take(BACKFILL, "elsewhere:1:ab", seconds=600)
    timer = threading.Timer(0.2, reading.stop.set)
    timer.start()
    assert reading.run().is_stopped
    assert fake.called(HISTORY) == []
    assert reading.store.leases.holder(BACKFILL) == "elsewhere:1:ab"
    timer.join()


def test_one_that_died_on_this_machine_is_not_waited_for(reading, fake):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    holder = f"{socket.gethostname()[:32]}:{dead.pid}:ab"
    reading.store.leases.take(BACKFILL, holder, seconds=600)
    said = []
    watch = Watch(clock=Clock(SPEED), say=said.append)
    backfill(reading.store, reading.slack, BackfillRequest(), include=frozenset(), watch=watch)
    assert said == []


def test_whoever_lost_the_turn_stores_nothing_until_it_is_theirs_again(reading, fake):
    """A machine that slept: the lease ran out, and another process has taken it."""
    fill(fake.workspace, 450, threads_every=0)
    stored = []

    def lose(headway):
        if headway.messages == 200 and not stored:
            stored.append(len(reading.texts()))
            find_line(reading.store).current.lost.set()

    summary = reading.run(on_progress=lose)
    assert stored == [0]
    assert summary.report.messages_stored == 450
    assert len(reading.asked("users.list")) == 2  # it began its turn anew
    assert len(reading.asked(HISTORY)) == 1 + 3
    assert find_line(reading.store).current is None


def test_those_who_wait_hear_how_far_the_reading_before_theirs_is(reading, fake):
    fill(fake.workspace, 450, threads_every=0)
    heard = []
    waiting = threading.Thread(target=lambda: reading.run(on_progress=heard.append))

    def begin_to_wait(headway):
        if not waiting.ident:
            waiting.start()
            fake.wait_for(lambda: len(find_line(reading.store)._waiting) == 2)

    reading.run(on_progress=begin_to_wait)
    waiting.join(PATIENCE_SECONDS)
    assert max(headway.messages for headway in heard) == 450
    assert find_line(reading.store)._waiting == []


def test_one_that_cannot_be_told_does_not_end_the_reading(reading, fake, caplog):
    fill(fake.workspace, 3)

    def fail(headway):
        raise DatabaseError("busy")

    with find_line(reading.store).hear(fail):
        assert reading.run().report.messages_stored == 5
    assert "DatabaseError" in caplog.text


def test_the_turn_of_one_store_is_not_that_of_another(reading, tmp_path, keyring):
    elsewhere = Store.open(f"sqlite:///{tmp_path / 'other.db'}", keyring)
    stop = threading.Event()
    with take_turn(reading.store, stop, str), take_turn(elsewhere, stop, str) as turn:
        turn.check()
    elsewhere.close()


@pytest.fixture
def spawn(fake, home, monkeypatch):
    """Start `mimic …` as a process of its own."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", fake.bot_token)
    monkeypatch.setenv("SLACK_API_URL", fake.api_url)
    children = []

    def start(*arguments):
        command = [sys.executable, "-m", "bot", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        children.append(subprocess.Popen(command, **pipes))
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.mark.slow
def test_a_process_that_is_killed_is_gone_on_for_by_the_one_that_waits(fake, spawn):
    assert spawn("backfill").wait(PATIENCE_SECONDS) == 0
    assert spawn("consent", "grant", "@ada").wait(PATIENCE_SECONDS) == 0
    for i in range(450):
        fake.workspace.say(ADA, GENERAL, f"line {i}", ts=f"{1_600_000_000 + i}.000100")
    fake.state.faults.fail(HISTORY, "hang", nth=2, seconds=30)
    reader = spawn("backfill", "--all", "--json")
    fake.wait_for(lambda: len(fake.called(HISTORY)) == 2)
    waiter = spawn("backfill", "--all", "--json")
    assert WAITING in waiter.stderr.readline()
    reader.kill()
    reader.wait()
    out, _ = waiter.communicate(timeout=PATIENCE_SECONDS)
    assert waiter.returncode == 0
    assert json.loads(out)["messages_stored"] == 250
