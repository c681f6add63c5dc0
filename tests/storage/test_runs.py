from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import UnknownRun
from storage.runs import RunEvent
from tests.storage.slack import register


@pytest.fixture
def ada(store):
    register(store)
    return store.members.find("ada").id


def test_a_run_is_followed_from_start_to_end(store):
    run = store.runs.start("base person:3", folder="f1")
    assert (run.state, run.progress, run.folder) == ("running", 0.0, "f1")
    store.runs.progress(run.id, 0.5)
    assert store.runs.list()[0].progress == 0.5
    store.runs.finish(run.id, "failed", reason="There is too little text.")
    [row] = store.runs.list()
    assert (row.state, row.reason) == ("failed", "There is too little text.")
    assert row.finished_at >= row.started_at >= row.queued_at


def test_a_few_of_many_runs_are_found_by_when_they_came_and_whether_they_are_over(store):
    old, running, waiting = (store.runs.queue(target) for target in ("base", "all", "person:3"))
    store.runs.finish(old.id, "failed", reason="There is too little text.")
    assert store.runs.list(2) == (waiting, running)
    assert store.runs.list_open() == (waiting, running)
    assert set(store.runs.list_since(waiting.queued_at)) == {waiting, running}
    assert store.runs.get(old.id) in store.runs.list_since(old.queued_at)
    assert store.runs.count_states() == {"queued": 2, "failed": 1}


def test_what_a_run_used_is_kept(store):
    run = store.runs.start("base")
    store.runs.finish(run.id, "succeeded", device="GPU", tokens=900, seconds=1.5, cost=0.25)
    row = store.runs.get(run.id)
    assert (row.device, row.tokens, row.seconds, row.cost) == ("GPU", 900, 1.5, 0.25)


def test_an_unfinished_run_is_found_until_it_is_finished(store):
    store.runs.start("base")
    newest = store.runs.start("base")
    store.runs.queue("base")
    assert store.runs.unfinished("base") == newest
    assert store.runs.unfinished("all") is None
    for run in store.runs.list():
        store.runs.finish(run.id, "cancelled")
    assert store.runs.unfinished("base") is None


@pytest.mark.parametrize(
    "target", ["all", "base", "person:3", "channel:12 person:3", "text:moby-dick"]
)
def test_a_target_is_made_of_labels(store, target):
    assert store.runs.start(target).target == target


@pytest.mark.parametrize(
    "target", ["@ada", "ada", "U0ADA1111", "#random", "person:ada", "", "base "]
)
def test_a_name_or_id_is_no_target(store, target):
    for use in (store.runs.start, store.runs.queue):
        with pytest.raises(ValueError, match="labels"):
            use(target)


def test_runs_are_taken_in_the_order_they_were_queued(store):
    first, second = store.runs.queue("person:1"), store.runs.queue("person:2")
    assert (first.state, first.started_at) == ("queued", None)
    taken = store.runs.take()
    assert (taken.id, taken.state) == (first.id, "running")
    assert taken.started_at >= taken.queued_at
    store.runs.finish(taken.id, "succeeded")
    assert store.runs.take().id == second.id


def test_a_run_that_lost_its_process_is_taken_before_those_that_wait(store):
    store.runs.queue("person:1")
    orphan = store.runs.start("person:2")
    taken = store.runs.take()
    assert (taken.id, taken.started_at) == (orphan.id, orphan.started_at)


def test_without_a_run_there_is_nothing_to_take(store):
    assert store.runs.take() is None
    assert not store.runs.has_work()
    run = store.runs.queue("base")
    assert store.runs.has_work()
    store.runs.take()
    assert store.runs.has_work()
    store.runs.finish(run.id, "succeeded")
    assert not store.runs.has_work()
    assert store.runs.take() is None


def test_a_target_waits_once_with_the_wishes_of_all_who_asked(store, ada):
    first = store.runs.queue("person:1", is_forced=False, minutes=5)
    again = store.runs.queue("person:1", requested_by=ada, is_forced=True)
    assert again.id == first.id
    assert (again.requested_by, again.is_forced, again.minutes) == (ada, True, 5)
    later = store.runs.queue("person:1", is_forced=False)
    assert (later.id, later.is_forced, later.requested_by) == (first.id, True, ada)
    store.runs.take()
    assert store.runs.queue("person:1").id != first.id


def test_a_run_set_aside_goes_on_later_from_where_it_stood(store):
    run = store.runs.queue("base")
    started = store.runs.take().started_at
    store.runs.progress(run.id, 0.4)
    store.runs.requeue(run.id)
    assert store.runs.get(run.id).state == "queued"
    taken = store.runs.take()
    assert (taken.id, taken.progress, taken.started_at) == (run.id, 0.4, started)


def test_a_run_that_waits_is_cancelled_at_once(store):
    run = store.runs.cancel(store.runs.queue("base").id)
    assert run.state == "cancelled"
    assert run.finished_at
    assert store.runs.take() is None


def test_a_run_under_way_is_asked_to_stop(store):
    run = store.runs.start("base")
    asked = store.runs.cancel(run.id)
    assert (asked.state, asked.is_cancel_wanted) == ("running", True)


@pytest.mark.parametrize("meet", ["take", "requeue"])
def test_a_cancelled_run_is_not_taken_up_again(store, meet):
    run = store.runs.start("base")
    store.runs.cancel(run.id)
    if meet == "take":
        assert store.runs.take() is None
    else:
        store.runs.requeue(run.id)
    assert store.runs.get(run.id).state == "cancelled"


def test_a_finished_run_stays_as_it_ended(store):
    run = store.runs.start("base")
    store.runs.finish(run.id, "succeeded")
    over = store.runs.get(run.id)
    assert store.runs.cancel(run.id) == over
    store.runs.requeue(run.id)
    assert store.runs.get(run.id) == over


def test_a_run_that_does_not_exist_is_unknown(store):
    for use in (store.runs.get, store.runs.cancel, store.runs.requeue):
        with pytest.raises(UnknownRun, match="mimic runs"):
            use(7)


def test_a_log_has_figures_alone(store):
    run, other = store.runs.start("base person:3"), store.runs.start("base")
    start = datetime(2030, 1, 1, tzinfo=UTC)
    events = tuple(
        RunEvent(start + timedelta(seconds=n), "person:3", n / 2, 1_000.0, 2.5 if n else None)
        for n in range(3)
    )
    for event in events:
        store.runs.note(run.id, event)
    assert store.runs.events(run.id) == events
    assert store.runs.events(other.id) == ()
    with pytest.raises(ValueError, match="labels"):
        store.runs.note(run.id, RunEvent(start, "@ada", 0.5, 1.0, None))


def test_whoever_asked_is_told_once(store, ada):
    asked = store.runs.queue("person:1", requested_by=ada)
    unasked = store.runs.queue("person:2")
    assert store.runs.untold() == ()
    for run in (asked, unasked):
        store.runs.finish(run.id, "succeeded")
    assert [run.id for run in store.runs.untold()] == [asked.id]
    assert store.runs.tell(asked.id)
    assert not store.runs.tell(asked.id)
    assert store.runs.untold() == ()
