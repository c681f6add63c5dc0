from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.errors import UnknownSchedule

NIGHT = datetime(2030, 1, 1, 3, tzinfo=UTC)
NEXT_NIGHT = NIGHT + timedelta(days=1)


@pytest.fixture
def nightly(store):
    return store.schedules.set("all", "0 3 * * *", next_run_at=NIGHT, is_default=True)


def test_a_schedule_is_kept(store, nightly):
    assert (nightly.target, nightly.cron, nightly.next_run_at) == ("all", "0 3 * * *", NIGHT)
    assert nightly.is_enabled
    assert nightly.is_default
    assert store.schedules.list() == (nightly,)
    assert store.schedules.find("all") == store.schedules.get(nightly.id) == nightly
    assert store.schedules.find("base") is None


def test_a_target_has_one_schedule(store, nightly):
    weekly = store.schedules.set("all", "0 3 * * 0", next_run_at=None)
    assert (weekly.id, weekly.created_at) == (nightly.id, nightly.created_at)
    assert (weekly.cron, weekly.next_run_at, weekly.is_default) == ("0 3 * * 0", None, False)
    assert store.schedules.list() == (weekly,)


def test_a_moment_of_any_zone_is_kept_as_utc(store):
    summer = timezone(timedelta(hours=2))
    moment = NIGHT.astimezone(summer)
    kept = store.schedules.set("base", "0 3 * * *", next_run_at=moment)
    assert kept.next_run_at == NIGHT
    assert store.schedules.fire(kept.id, due=moment, next_run_at=None)


def test_a_name_is_no_target(store):
    with pytest.raises(ValueError, match="labels"):
        store.schedules.set("@ada", "0 3 * * *", next_run_at=None)


def test_a_schedule_that_is_due_queues_a_run_once(store, nightly):
    run = store.schedules.fire(nightly.id, due=NIGHT, next_run_at=NEXT_NIGHT)
    assert (run.target, run.state, run.is_forced) == ("all", "queued", False)
    assert store.schedules.get(nightly.id).next_run_at == NEXT_NIGHT
    assert store.schedules.fire(nightly.id, due=NIGHT, next_run_at=NEXT_NIGHT) is None
    assert store.runs.list() == (run,)


def test_a_run_that_still_waits_serves_the_next_time_too(store, nightly):
    run = store.schedules.fire(nightly.id, due=NIGHT, next_run_at=NEXT_NIGHT)
    assert store.schedules.fire(nightly.id, due=NEXT_NIGHT, next_run_at=None) == run
    assert store.schedules.get(nightly.id).next_run_at is None


def test_a_schedule_that_was_changed_meanwhile_does_not_fire(store, nightly):
    store.schedules.set("all", "0 4 * * *", next_run_at=NEXT_NIGHT)
    assert store.schedules.fire(nightly.id, due=NIGHT, next_run_at=None) is None
    assert store.runs.list() == ()


def test_a_schedule_that_was_removed_is_unknown(store, nightly):
    store.schedules.remove(nightly.id)
    assert store.schedules.list() == ()
    for use in (store.schedules.get, store.schedules.remove):
        with pytest.raises(UnknownSchedule, match="mimic schedule list"):
            use(nightly.id)
    assert store.schedules.fire(nightly.id, due=NIGHT, next_run_at=None) is None
