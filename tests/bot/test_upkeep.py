"""What is done each night: old messages, new names, voices without text, notes of removals."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.upkeep import Upkeep, prune_removals, remove_outlived, rescrub, sweep
from storage.errors import DatabaseLocked
from storage.leases import SCHEDULER, TRAINER
from storage.records import VersionRow
from storage.schema import removals
from storage.store import Store
from tests.storage.aging import let_days_pass
from tests.storage.slack import (
    BOB,
    OFFICE,
    TEAM,
    USERS,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    texts,
)
from tests.training.tiny_artifacts import add_base, add_delta
from tests.waiting import wait_until
from training.voices import VoiceRegistry

NEWCOMER = {"id": "U0NEWONE1", "team_id": TEAM, "name": "zuleika", "profile": {}}
NOW = datetime(2030, 5, 2, 12, tzinfo=UTC)


@pytest.fixture
def store(store):
    """Ada's 210 messages, and five of Bob's that name somebody who comes later."""
    register(store)
    grant_all(store)
    ingest(store, *(post(str(number), ts=100 * number) for number in range(210)))
    ingest(store, *(post("hi Zuleika", ts=90_000 + number, user=BOB) for number in range(5)))
    return store


@pytest.fixture
def registry(store, tmp_path: Path) -> VoiceRegistry:
    return VoiceRegistry(store, tmp_path / "voices")


@pytest.fixture
def ada(registry) -> VersionRow:
    """Ada's voice on a base, both of which have learned what is stored."""
    member = registry.store.members.find("ada").id
    base = add_base(registry, members=frozenset({member}))
    return add_delta(registry, registry.store.voices.ensure("person", subject=member), base)


def expire(store: Store, seconds: float) -> None:
    """Let messages be too old of the first so many seconds; Ada wrote one in a hundred."""
    store.retention.days = (time.time() - 1_700_000_000 - seconds) / 86_400


def welcome(store: Store) -> None:
    store.members.register([*USERS, NEWCOMER], team_id=TEAM)


def count_notes(store: Store) -> int:
    with store._database.reading() as connection:
        return connection.execute(select(func.count()).select_from(removals)).scalar_one()


def test_the_sweep_and_the_scrubbing_go_through_everything(store):
    expire(store, 20_550)
    welcome(store)
    assert sweep(store, stop=threading.Event(), pause_seconds=0) == 206
    assert rescrub(store, pause_seconds=0) == 9
    assert texts(store) == ["206", "207", "208", "209", *["hi <name>"] * 5]


def test_both_leave_off_when_they_are_to_stop(store):
    expire(store, 100_000)
    welcome(store)
    stop = threading.Event()
    stop.set()
    assert (sweep(store, stop=stop), rescrub(store, stop=stop)) == (0, 0)
    assert store.retention.waiting() == store.rescrubbing.waiting() == 215


def test_it_is_done_at_the_start_and_then_at_half_past_two(store, tmp_path):
    upkeep = Upkeep(store, tmp_path / "voices", pause_seconds=0)
    welcome(store)
    upkeep.look(NOW)
    wait_until(lambda: "hi <name>" in texts(store) and not store.rescrubbing.waiting())
    expire(store, 550)
    for hours in (0.1, 14.4):
        upkeep.look(NOW + timedelta(hours=hours))
        time.sleep(0.2)
        assert store.retention.waiting() == 6
    upkeep.look(NOW + timedelta(hours=14.5))
    wait_until(lambda: not store.retention.waiting())
    upkeep.close()


def test_what_breaks_off_is_tried_again_soon(store, tmp_path):
    class Broken:
        times = 0

        def sweep(self):
            self.times += 1
            raise DatabaseLocked("Another process holds the database.")

    healthy, store.retention = store.retention, Broken()
    upkeep = Upkeep(store, tmp_path / "voices", pause_seconds=0)
    now = datetime.now(UTC)
    upkeep.look(now)
    wait_until(lambda: store.retention.times == 1 and upkeep._due > now + timedelta(minutes=9))
    upkeep.look(now + timedelta(minutes=5))
    assert store.retention.times == 1
    store.retention = healthy
    expire(store, 550)
    wait_until(lambda: upkeep.look(now + timedelta(minutes=11)) or not healthy.waiting())
    upkeep.close()


def test_after_the_end_nothing_begins(store, tmp_path):
    upkeep = Upkeep(store, tmp_path / "voices")
    expire(store, 550)
    upkeep.close()
    upkeep.look(NOW)
    time.sleep(0.1)
    assert store.retention.waiting() == 6


# --- within the scheduler


def test_the_scheduler_that_holds_the_lease_does_it_and_no_other(store, monkeypatch):
    monkeypatch.setenv("RETRAIN_CRON", "off")
    expire(store, 550)
    assert store.leases.take(SCHEDULER, "somebody else")
    scheduler = Scheduler(store, Settings.load(), looking_seconds=0.05)
    scheduler.start()
    time.sleep(0.5)
    assert store.retention.waiting() == 6
    store.leases.release(SCHEDULER, "somebody else")
    wait_until(lambda: not store.retention.waiting())
    scheduler.close()


def test_the_scheduler_queues_what_departures_ask_for_though_no_schedule_does(
    store, registry, ada, monkeypatch
):
    monkeypatch.setenv("RETRAIN_CRON", "off")
    store.forget(store.members.find("ada").id, state="left")
    let_days_pass(store, 1.5)
    scheduler = Scheduler(store, Settings.load(), looking_seconds=0.05)
    scheduler.start()
    wait_until(store.runs.list)
    time.sleep(0.3)
    scheduler.close()
    assert [(row.target, row.is_forced) for row in store.runs.list()] == [("all", False)]


# --- voices without text


def test_a_voice_that_has_too_little_text_left_goes_a_week_after_it(store, registry, ada):
    expire(store, 1_550)
    sweep(store, stop=threading.Event(), pause_seconds=0)
    assert store.messages.count() == 199
    let_days_pass(store, 7.9)
    assert remove_outlived(store, registry.folder) == 0
    let_days_pass(store, 0.2)
    assert remove_outlived(store, registry.folder) == 2  # the base as well
    assert store.voices.list() == ()
    assert not (registry.folder / ada.folder).exists()


def test_what_somebody_wrote_in_private_keeps_no_voice_of_theirs(store, registry, ada):
    hidden = (post("behind the door", ts=200_000 + number, channel=OFFICE) for number in range(50))
    ingest(store, *hidden, include=["private"])
    expire(store, 1_550)
    sweep(store, stop=threading.Event(), pause_seconds=0)
    let_days_pass(store, 8.1)
    assert remove_outlived(store, registry.folder) == 2


def test_a_voice_that_can_still_learn_stays_whatever_it_knows(store, registry, ada):
    ingest(store, deletion(100))
    let_days_pass(store, 30)
    assert remove_outlived(store, registry.folder) == 0


def test_a_voice_that_knows_nothing_that_is_gone_stays_however_little_is_left(store, registry):
    expire(store, 15_050)
    sweep(store, stop=threading.Event(), pause_seconds=0)
    member = store.members.find("ada").id
    add_delta(registry, store.voices.ensure("person", subject=member), add_base(registry))
    let_days_pass(store, 30)
    assert remove_outlived(store, registry.folder) == 0


def test_a_pause_makes_nobodys_voice_go(store, registry, ada):
    ingest(store, deletion(100))
    store.consent.revoke(store.members.find("ada").id, actor="subject", by_subject=True)
    let_days_pass(store, 30)
    assert remove_outlived(store, registry.folder) == 0


def test_a_base_stays_as_long_as_a_text_stands_on_it(store, registry, ada):
    base = store.voices.promoted(store.voices.find("base").id)
    add_delta(registry, store.voices.ensure("text", name="shakespeare"), base)
    expire(store, 100_000)
    sweep(store, stop=threading.Event(), pause_seconds=0)
    let_days_pass(store, 9)
    assert remove_outlived(store, registry.folder) == 1
    assert [voice.label for voice in store.voices.list()] == ["base", "text:shakespeare"]


# --- notes


def test_notes_are_kept_while_a_training_is_under_way_and_for_a_day(store):
    ingest(store, deletion(100))
    assert prune_removals(store) == 0
    let_days_pass(store, 1.1)
    store.leases.take(TRAINER, "a trainer")
    assert prune_removals(store) == 0
    store.leases.release(TRAINER, "a trainer")
    assert prune_removals(store) == 1
    assert count_notes(store) == 0
