"""A no of those who leave: what goes, and what they are told."""

import threading

import pytest

from tests.bot.consenting.desk import words
from tests.fake_slack import ADA
from tests.storage.versions import add_version
from tests.waiting import wait_until
from training.checkpoints import CheckpointFolder, Standing


@pytest.mark.parametrize("state", ["declined", "left"])
def test_leaving_deletes_and_says_what_was_deleted(desk, state):
    desk.consenting.agree(ADA)
    desk.write(ADA, 3)
    leave = desk.consenting.opt_out if state == "declined" else desk.consenting.leave
    receipt = leave(ADA)
    assert "3 stored messages of yours" in words(receipt)
    assert desk.state(ADA) == (state, True)
    assert list(desk.store.messages.read()) == []


@pytest.mark.parametrize("state", ["declined", "left"])
def test_whoever_said_no_may_say_so_again_and_what_was_left_then_goes(desk, state):
    say_no = desk.consenting.opt_out if state == "declined" else desk.consenting.leave
    say_no(ADA)
    run = desk.session.registry.run_folder(desk.store.voices.ensure("base"))
    CheckpointFolder(run, "x").save(Standing(), {})  # as if the process had been killed before
    assert "1 unfinished training" in words(say_no(ADA))
    assert not run.exists()
    assert "There was nothing to delete" in words(say_no(ADA))
    assert desk.state(ADA) == (state, True)


def test_whoever_did_not_want_to_be_asked_may_have_their_name_deleted_as_well(desk):
    desk.consenting.never_ask(ADA)
    assert desk.store.members.names(desk.member(ADA))
    desk.consenting.opt_out(ADA)
    assert not desk.store.members.names(desk.member(ADA))


def test_the_receipt_names_the_backups_by_their_days_and_not_by_their_files(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 1)
    made = [desk.store.backups.record(f"/srv/secret-{number}.zip") for number in range(2)]
    receipt = words(desk.consenting.leave(ADA))
    assert "2 backups from before may still hold your text" in receipt
    assert f"({made[0].made_at:%Y-%m-%d})" in receipt
    assert "secret" not in receipt


def test_the_receipt_says_what_else_went(desk):
    desk.consenting.agree(ADA)
    member = desk.member(ADA)
    desk.write(ADA, 1)
    voice = desk.store.voices.ensure("person", subject=member)
    run = desk.session.registry.run_folder(voice)
    CheckpointFolder(run, "x").save(Standing(), {})
    desk.store.runs.queue(f"person:{member}", requested_by=member)
    desk.store.schedules.set(f"person:{member}", "0 3 * * *", next_run_at=None)
    receipt = words(desk.consenting.leave(ADA))
    assert "your voice, with 0 versions of it" in receipt
    assert "1 unfinished training that may have learned from you" in receipt
    assert "your name in 1 run and 1 schedule" in receipt
    assert "What is left" not in receipt
    assert not run.exists()


def test_whoever_never_agreed_may_say_no_all_the_same(desk):
    receipt = desk.consenting.opt_out(ADA)
    assert "There was nothing to delete" in words(receipt)
    assert desk.state(ADA) == ("declined", True)


def test_who_learned_from_the_person_is_named_by_number_and_time(desk):
    desk.consenting.agree(ADA)
    base = desk.store.voices.ensure("base")
    version = add_version(desk.store, base, "b1", [desk.member(ADA)])
    desk.store.voices.promote([version.id])
    receipt = words(desk.consenting.leave(ADA))
    assert "1 shared voice learned from you" in receipt
    assert "UTC" in receipt


def test_a_no_that_follows_a_yes_counts_although_slack_is_slow_with_the_yes(desk):
    desk.fake.state.faults.fail("users.info", "hang", seconds=0.3)
    yes = threading.Thread(target=desk.consenting.agree, args=[ADA])
    yes.start()
    wait_until(lambda: desk.fake.called("users.info"))
    desk.consenting.opt_out(ADA)
    yes.join()
    assert desk.state(ADA) == ("declined", True)
