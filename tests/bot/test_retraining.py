"""Departures are gathered into one run a night, whatever the schedules say."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.retraining import find_gathering, queue_retraining
from storage.schema import runs, versions
from storage.store import Store
from tests.storage.slack import grant_all, register
from tests.storage.versions import add_version

NIGHT = datetime(2030, 5, 2, 3, tzinfo=UTC)
EVENING = NIGHT - timedelta(hours=9)
AFTER = NIGHT + timedelta(seconds=2)


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


def leave(store: Store, since: datetime, *, kind="base", subject=None, name=None) -> None:
    """Have a voice speak that somebody left at a moment."""
    voice = store.voices.ensure(kind, subject=subject, name=name)
    version = add_version(store, voice, f"f{len(store.voices.folders())}")
    store.voices.promote([version.id])
    change = update(versions).where(versions.c.id == version.id)
    with store._database.writing() as connection:
        connection.execute(change.values(state="stale", stale_since=since))


def run(store: Store, target: str, state: str, queued_at: datetime) -> None:
    row = store.runs.queue(target)
    with store._database.writing() as connection:
        change = update(runs).where(runs.c.id == row.id)
        connection.execute(change.values(state=state, queued_at=queued_at))


def targets(store: Store) -> list[str]:
    return [each.target for each in store.runs.list() if each.state == "queued"]


@pytest.mark.parametrize(
    ("now", "gathering"),
    [
        (NIGHT - timedelta(seconds=1), NIGHT - timedelta(days=1)),
        (NIGHT, NIGHT),
        (NIGHT + timedelta(hours=20), NIGHT),
    ],
)
def test_departures_are_gathered_at_three_in_the_night(now, gathering):
    assert find_gathering(now) == gathering


def test_who_left_is_left_out_the_next_night_in_one_run_of_what_is_due(store):
    leave(store, EVENING)
    leave(store, EVENING + timedelta(hours=2), kind="person", subject=2)
    assert queue_retraining(store, NIGHT - timedelta(minutes=1)) is None
    queued = queue_retraining(store, AFTER)
    assert (queued.target, queued.is_forced, queued.requested_by) == ("all", False, None)
    assert queue_retraining(store, AFTER) is None
    assert targets(store) == ["all"]


def test_where_nobody_left_nothing_is_queued(store):
    assert queue_retraining(store, AFTER) is None


def test_who_leaves_after_three_waits_for_the_next_night(store):
    leave(store, AFTER)
    assert queue_retraining(store, NIGHT + timedelta(hours=20)) is None
    assert queue_retraining(store, NIGHT + timedelta(days=1))


def test_a_text_that_stands_on_a_stale_base_cannot_be_trained_and_starts_nothing(store):
    leave(store, EVENING, kind="text", name="shakespeare")
    assert queue_retraining(store, AFTER) is None


@pytest.mark.parametrize(
    ("target", "next_run_at", "is_seen_to"),
    [
        ("all", AFTER, True),
        ("all", EVENING + timedelta(hours=24), True),
        ("all", NIGHT - timedelta(minutes=1), True),  # it is due, and fires at any moment
        ("all", EVENING + timedelta(hours=24, seconds=1), False),
        ("all", None, False),
        ("base", AFTER, False),
        ("person:2", AFTER, False),
    ],
)
def test_a_schedule_of_everything_that_comes_in_time_does_it(
    store, target, next_run_at, is_seen_to
):
    leave(store, EVENING)
    store.schedules.set(target, "0 3 * * 0", next_run_at=next_run_at)
    assert (queue_retraining(store, AFTER) is None) == is_seen_to


@pytest.mark.parametrize(
    ("target", "state", "queued_at", "is_enough"),
    [
        ("all", "queued", EVENING - timedelta(days=1), True),
        ("all", "running", EVENING - timedelta(days=1), True),
        ("all", "succeeded", EVENING + timedelta(hours=1), True),
        ("all", "succeeded", EVENING - timedelta(hours=1), False),
        ("all", "failed", EVENING + timedelta(hours=1), False),
        ("all", "failed", AFTER, True),  # tonight's: the next is tomorrow's
        ("all", "cancelled", AFTER, True),
        ("base", "queued", EVENING, False),
        ("person:2", "succeeded", AFTER, False),
    ],
)
def test_a_run_of_everything_that_does_it_is_enough(store, target, state, queued_at, is_enough):
    leave(store, EVENING)
    run(store, target, state, queued_at)
    assert (queue_retraining(store, AFTER) is None) == is_enough


def test_a_run_that_failed_is_followed_by_one_the_next_night(store):
    leave(store, EVENING)
    run(store, "all", "failed", AFTER)
    assert queue_retraining(store, AFTER + timedelta(hours=1)) is None
    assert queue_retraining(store, AFTER + timedelta(days=1))


def test_a_run_that_did_what_could_be_done_is_not_followed_by_another(store):
    leave(store, EVENING)
    run(store, "all", "succeeded", AFTER)
    for days in (1, 2, 30):
        assert queue_retraining(store, AFTER + timedelta(days=days)) is None


def test_after_a_long_sleep_it_is_done_at_once(store):
    leave(store, EVENING)
    assert queue_retraining(store, NIGHT + timedelta(days=3, hours=5))
