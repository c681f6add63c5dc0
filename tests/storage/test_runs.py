import pytest


def test_a_run_is_followed_from_start_to_end(store):
    run = store.runs.start("base person:3", folder="f1")
    assert (run.state, run.progress, run.folder) == ("running", 0.0, "f1")
    store.runs.progress(run.id, 0.5)
    assert store.runs.list()[0].progress == 0.5
    store.runs.finish(run.id, "failed", reason="There is too little text.")
    [row] = store.runs.list()
    assert (row.state, row.reason) == ("failed", "There is too little text.")
    assert row.finished_at >= row.started_at


def test_an_unfinished_run_is_found_until_it_is_finished(store):
    store.runs.start("base")
    newest = store.runs.start("base")
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
    with pytest.raises(ValueError, match="labels"):
        store.runs.start(target)


def test_only_one_trainer_has_the_lease(store, database_url, keyring):
    other = type(store).open(database_url, keyring)
    assert store.runs.lease("one")
    assert not other.runs.lease("two")
    assert store.runs.renew("one")
    store.runs.release("two")
    assert not other.runs.lease("two")
    store.runs.release("one")
    assert other.runs.lease("two")
    other.close()


def test_a_lease_that_ran_out_can_be_taken(store):
    assert store.runs.lease("one", seconds=0)
    assert store.runs.lease("two")
    assert not store.runs.renew("one")
