"""What `mimic forget` and the Leave button do, and what their receipt says."""

import os

import pytest

from bot.forgetting import forget_member
from bot.session import open_session
from bot.settings import Settings
from training.checkpoints import CheckpointFolder, Standing


@pytest.fixture
def session(speaking):
    with open_session(Settings.alone(speaking)) as session:
        yield session


@pytest.fixture
def ada(session):
    return session.store.members.find("@ada").id


def test_the_receipt_names_all_that_is_gone_and_all_that_is_left(session, ada, speaking):
    backup = session.store.backups.record(str(speaking / "monday.zip"))
    (speaking / "monday.zip").touch()
    session.store.backups.record("/gone/tuesday.zip")
    base = session.store.voices.ensure("base")
    CheckpointFolder(session.registry.run_folder(base), "x").save(Standing(), {})
    session.store.runs.queue(f"person:{ada}")
    session.store.schedules.set(f"person:{ada}", "0 3 * * *", next_run_at=None)

    receipt = forget_member(session, ada)

    facts = receipt.to_json()
    assert facts["messages"] > 600
    assert (facts["voices"], facts["versions"], facts["checkpoints"]) == (1, 2, 1)
    assert (facts["runs"], facts["schedules"], facts["wiped"]) == (1, 1, True)
    assert facts["shared_versions"] == 2  # the base, and Bram's voice on it
    assert facts["backups"][0] == {
        "made_at": backup.made_at.isoformat(timespec="seconds"),
        "file": str(speaking / "monday.zip"),
    }
    words = "\n".join(receipt.lines)
    assert "2 backups from before may still hold their text" in words
    assert f"UTC: {speaking / 'monday.zip'}\n" in words
    assert "/gone/tuesday.zip (not there any more: moved, or deleted)" in words


def test_forgetting_again_removes_what_a_kill_left_and_repeats_what_is_still_true(session, ada):
    session.store.backups.record("monday.zip")
    first = forget_member(session, ada)
    left = session.registry.folder / ("a" * 16)
    left.mkdir()
    CheckpointFolder(session.registry.run_folder(session.store.voices.ensure("base")), "x").load()
    again = forget_member(session, ada)
    assert (again.messages, again.voices, again.versions) == (0, 0, 0)
    assert (again.shared_versions, again.shared_until) == (2, first.shared_until)
    assert [row.name for row in again.backups] == ["monday.zip"]
    assert list((session.registry.folder / ".runs").glob("*")) == []


def test_copies_that_a_killed_backup_or_restore_left_go_once_nobody_is_at_them(
    session, ada, speaking, tmp_path
):
    session.store.backups.record(str(tmp_path / "monday [1].zip"))
    old = [
        tmp_path / ".monday [1].zip.unfinished-0a1b2c3d",
        tmp_path / ".monday [1].zip.unfinished-0a1b2c3d.db",
        speaking / ".mimic.db.restoring-0a1b2c3d",
        speaking / ".mimic.db.restoring-0a1b2c3d-wal",
    ]
    kept = [
        tmp_path / ".monday [1].zip.unfinished-4e5f6a7b",
        speaking / ".mimic.db.restoring-4e5f6a7b",
        tmp_path / ".tuesday.zip.unfinished-0a1b2c3d",
    ]
    for file in (*old, *kept):
        file.touch()
    for file in (*old, kept[-1]):
        os.utime(file, (0, 0))
    forget_member(session, ada)
    assert [file for file in (*old, *kept) if file.exists()] == kept


def test_by_the_command_whoever_left_is_forgotten_again_by_their_id(mimic, speaking):
    assert mimic("forget", "@ada", "--yes").code == 0
    assert mimic("forget", "@ada", "--yes").code == 1
    again = mimic("forget", "U06ADALIND", "--yes")
    assert again.code == 0
    assert "Removed: 0 messages" in again.out
    assert "shared versions had learned from them" in again.out


def test_of_somebody_who_wrote_nothing_there_is_little_to_say(session):
    scarecrow = session.store.members.find("@scarecrow").id
    session.store.backups.record("monday.zip")
    receipt = forget_member(session, scarecrow)
    assert (receipt.backups, receipt.shared_until) == ((), None)
    assert len(receipt.lines) == 1
