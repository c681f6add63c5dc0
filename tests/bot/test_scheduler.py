import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import InvalidSetting
from bot.scheduler import Scheduler
from bot.settings import Settings
from storage.leases import SCHEDULER
from storage.store import Store
from tests.storage.slack import register
from tests.storage.versions import add_version
from tests.waiting import wait_until

NEVER = "0 0 1 1 *"
MINUTE = "* * * * *"

Start = Callable[..., Scheduler]


@pytest.fixture
def start(store: Store, monkeypatch) -> Iterator[Start]:
    """Start a scheduler that looks at the rows ten times a second."""
    started = []

    def begin(cron: str = "off", at: Store = store) -> Scheduler:
        monkeypatch.setenv("RETRAIN_CRON", cron)
        scheduler = Scheduler(at, Settings.load(), looking_seconds=0.1)
        scheduler.start()
        started.append(scheduler)
        return scheduler

    yield begin
    for each in started:
        each.close()


def soon(seconds: float = 0.3) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def add_version_that_is_long_stale(store: Store) -> None:
    register(store)
    ada, base = store.members.find("ada").id, store.voices.ensure("base")
    version = add_version(store, base, "a" * 16, [ada])
    store.voices.promote([version.id])
    store.forget(ada, state="left")
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE versions SET stale_since = '2020-01-01 00:00:00.000000'")


def look_twice() -> None:
    time.sleep(0.25)


def test_a_schedule_that_is_due_queues_a_run_and_is_due_again_later(store: Store, start: Start):
    start()
    store.schedules.set("person:3", NEVER, next_run_at=soon())
    wait_until(store.runs.list)
    [run] = store.runs.list()
    assert (run.target, run.state, run.is_forced) == ("person:3", "queued", False)
    again = store.schedules.list()[0].next_run_at
    assert again is not None
    assert (again.month, again.day, again.hour) == (1, 1, 0)
    look_twice()
    assert len(store.runs.list()) == 1


OTHER = """
import sys
from datetime import UTC, datetime, timedelta
from storage.keys import Keyring
from storage.store import Store

store = Store.open(sys.argv[1], Keyring(bytes(range(32))))
due = datetime.now(UTC) + timedelta(seconds=0.3)
store.schedules.set("person:7", "0 0 1 1 *", next_run_at=due)
store.close()
"""


def test_a_schedule_added_by_another_process_fires(store: Store, start: Start, database_url: str):
    start()
    subprocess.run([sys.executable, "-c", OTHER, database_url], check=True, timeout=60)
    wait_until(store.runs.list)
    assert store.runs.list()[0].target == "person:7"


def test_two_schedulers_started_together_run_one(
    store: Store, start: Start, database_url: str, keyring
):
    other = Store.open(database_url, keyring)
    try:
        start()
        second = start(at=other)
        store.schedules.set("base", NEVER, next_run_at=soon())
        wait_until(store.runs.list)
        look_twice()
        assert len(store.runs.list()) == 1
        second.close()
    finally:
        other.close()


def test_the_second_scheduler_takes_over_when_the_first_ends(
    store: Store, start: Start, database_url: str, keyring
):
    other = Store.open(database_url, keyring)
    try:
        first = start()
        wait_until(lambda: store.leases.holder(SCHEDULER))
        second = start(at=other)
        first.close()
        store.schedules.set("base", NEVER, next_run_at=soon())
        wait_until(store.runs.list)
        second.close()
    finally:
        other.close()


def test_what_was_missed_several_times_while_nothing_ran_is_due_once_and_at_once(
    store: Store, start: Start
):
    store.schedules.set("base", "0 * * * *", next_run_at=datetime.now(UTC) - timedelta(days=3))
    start()
    wait_until(store.runs.list)
    store.runs.cancel(store.runs.list()[0].id)  # so that another would be seen
    look_twice()
    assert len(store.runs.list()) == 1
    due = store.schedules.list()[0].next_run_at
    assert due is not None
    assert timedelta(0) < due - datetime.now(UTC) <= timedelta(hours=1)


def test_a_changed_or_removed_schedule_is_not_due_at_its_old_moment(store: Store, start: Start):
    start()
    removed = store.schedules.set("base", NEVER, next_run_at=soon(1.5))
    store.schedules.set("person:3", NEVER, next_run_at=soon(1.5))
    look_twice()
    store.schedules.remove(removed.id)
    store.schedules.set("person:3", NEVER, next_run_at=soon(3600))
    time.sleep(1.5)
    assert store.runs.list() == ()


def test_a_schedule_that_no_scheduler_has_seen_gets_its_moment(store: Store, start: Start):
    store.schedules.set("base", MINUTE, next_run_at=None)
    start()
    wait_until(lambda: store.schedules.list()[0].next_run_at)
    assert store.runs.list() == ()


def test_a_line_that_is_no_cron_disturbs_no_other(store: Store, start: Start):
    store.schedules.set("person:3", "whenever", next_run_at=None)
    store.schedules.set("base", NEVER, next_run_at=soon())
    start()
    wait_until(store.runs.list)
    assert store.runs.list()[0].target == "base"


def test_the_default_schedule_follows_the_setting(store: Store, start: Start):
    start("0 3 * * *").close()
    wait_until(store.schedules.list)
    [row] = store.schedules.list()
    assert (row.target, row.cron, row.is_default) == ("all", "0 3 * * *", True)
    before = row.next_run_at
    start("0 3 * * *").close()
    assert store.schedules.list()[0].next_run_at == before
    start("weekly")
    wait_until(lambda: store.schedules.list()[0].cron == "0 3 * * 0")
    [row] = store.schedules.list()
    assert row.is_default
    assert row.next_run_at is not None
    assert row.next_run_at.weekday() == 6


def test_the_default_schedule_is_gone_when_it_is_off(store: Store, start: Start):
    due = soon(3600)
    store.schedules.set("all", NEVER, next_run_at=due, is_default=True)
    start("off")
    wait_until(lambda: not store.schedules.list())


def test_what_a_person_set_for_everything_outranks_the_setting(store: Store, start: Start):
    store.schedules.set("all", NEVER, next_run_at=soon(3600))
    for cron in ("0 3 * * *", "off"):
        scheduler = start(cron)
        look_twice()
        scheduler.close()
        assert [row.cron for row in store.schedules.list()] == [NEVER]


def test_a_default_that_is_no_schedule_is_one_sentence(store: Store, start: Start):
    with pytest.raises(InvalidSetting, match="RETRAIN_CRON"):
        start("every night")


def test_a_folder_of_voices_that_cannot_be_looked_at_stops_no_schedule(
    store: Store, start: Start, tmp_path, monkeypatch
):
    monkeypatch.setenv("MODELS_URL", str(tmp_path / ("x" * 300)))
    add_version_that_is_long_stale(store)
    start()
    wait_until(lambda: not store.voices.folders())
    store.schedules.set("person:3", NEVER, next_run_at=soon())
    wait_until(lambda: any(run.target == "person:3" for run in store.runs.list()))
