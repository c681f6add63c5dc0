"""The key is changed: all of it or nothing, and nobody goes on with the former one."""

import resource
import signal
import sqlite3
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import LargeBinary, select

from storage.backups import record_backup
from storage.database import Database
from storage.errors import DatabaseError, InvalidKey, KeyChanged, VersionsChanged, WrongKey
from storage.ingestion import IngestPolicy
from storage.keys import Keyring, next_key_file, read_key
from storage.rotation import Rotation
from storage.schema import metadata
from storage.store import Store
from tests.bot.stored import list_channels, list_people, list_rows
from tests.storage.slack import (
    ADA,
    BOB,
    OFFICE,
    TEAM,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    texts,
)
from tests.storage.versions import add_version

NEW = Keyring(bytes(reversed(range(32))))
NOTHING = {}


def ignore(done: int, total: int) -> None:
    """Watch no progress."""


@pytest.fixture
def filled(store):
    """A store with something in every column that a key has to do with."""
    register(store)
    grant_all(store)
    ingest(
        store,
        post("good morning", ts=1),
        post("lunch?", ts=2, user=BOB, thread_ts="1700000001.000100"),
        post("in the office", ts=3, channel=OFFICE),
        post("to be deleted", ts=4),
        post("an edit", ts=5, edited=6),
        include=("private",),
    )
    ingest(store, deletion(4), change(post("", ts=2, user=BOB, edited=9, subtype="me_message")))
    with store._database.writing() as connection:
        record_backup(connection, store.keyring, "monday.zip")
    add_version(store, store.voices.ensure("text", name="tales"), "a" * 16)
    return store


FOLDERS = {"a" * 16: "b" * 16}


def reopen(url: str, keyring: Keyring = NEW) -> Store:
    return Store.open(url, keyring)


def show(store: Store) -> list[object]:
    """All that can be read."""
    return [
        list_rows(store),
        list_people(store),
        list_channels(store),
        store.team_ids(),
        sorted(store.members.name_forms()),
        [backup.name for backup in store.backups.list()],
        store.members.find("ada").messages,
        store.members.find(ADA).handle,
        store.channels.find("#general"),
        store.members.ensure(ADA, team_id=TEAM).id,
    ]


def read_bytes(store: Store) -> dict[str, set[bytes]]:
    """Every value of every column of bytes, by table and column."""
    found = {}
    with store._database.reading() as connection:
        for table in metadata.sorted_tables:
            for column in table.c:
                if isinstance(column.type, LargeBinary):
                    values = connection.execute(select(column)).scalars()
                    found[f"{table.name}.{column.name}"] = {each for each in values if each}
    return found


def test_everything_reads_as_before_under_the_new_key_alone(filled, database_url, keyring):
    before = show(filled)
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    with pytest.raises(WrongKey):
        reopen(database_url, keyring)
    store = reopen(database_url)
    assert show(store) == before
    assert store.voices.folders() == {"b" * 16}
    store.close()


def test_nothing_that_hangs_on_the_former_key_stays_in_any_column(filled, database_url):
    before = read_bytes(filled)
    assert all(before.values()), "a column that is empty here proves nothing"
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    store = reopen(database_url)
    after = read_bytes(store)
    assert after.pop("messages.raw_mac") == set()
    assert all(after.values())
    assert not any(after[column] & before[column] for column in after)
    store.close()


def test_no_sealed_thing_is_left_in_the_file_once_it_is_finished(filled, database_url, tmp_path):
    before = set().union(*read_bytes(filled).values())
    filled.rotation.switch(NEW, FOLDERS, ignore)
    assert filled.rotation.is_unfinished()
    assert filled.rotation.finish()
    assert not filled.rotation.is_unfinished()
    filled.close()
    for file in tmp_path.glob("mimic.db*"):
        content = file.read_bytes()
        assert not any(value in content for value in before)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_whatever_was_written_opens_after_any_change_of_keys(tmp_path_factory, master, written):
    url = f"sqlite:///{tmp_path_factory.mktemp('any')}/mimic.db"
    keyring = Keyring(bytes(range(32)))
    store = Store.open(url, keyring)
    register(store)
    grant_all(store)
    ingest(store, *(post(text, ts=number) for number, text in enumerate(written)))
    before = show_text(store)
    store.rotation.switch(Keyring(master), NOTHING, ignore)
    store.close()
    again = Store.open(url, Keyring(master))
    assert show_text(again) == before
    again.close()


def show_text(store: Store) -> list[object]:
    return [list_rows(store), list_people(store), sorted(store.members.name_forms())]


def test_a_message_that_comes_in_again_is_stored_again_once(filled, database_url):
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    store = reopen(database_url)
    before = list_rows(store)
    assert ingest(store, post("good morning", ts=1)).messages_stored == 1
    assert ingest(store, post("good morning", ts=1)).messages_unchanged == 1
    assert list_rows(store) == before
    store.close()


def test_what_was_deleted_or_emptied_does_not_come_back(filled, database_url):
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    store = reopen(database_url)
    before = list_rows(store)
    ingest(store, post("to be deleted", ts=4), post("before the edit", ts=5))
    assert list_rows(store) == before
    store.close()


def test_a_backup_goes_on_naming_the_key_that_its_file_needs(filled, database_url, keyring):
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    store = reopen(database_url)
    assert [(each.name, each.key_id) for each in store.backups.list()] == [
        ("monday.zip", keyring.key_id)
    ]
    store.close()


def test_a_backup_that_was_noted_under_a_third_key_stays_unread(filled, database_url):
    with filled._database.writing() as connection:
        record_backup(connection, Keyring(bytes(32)), "years ago.zip")
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    store = reopen(database_url)
    assert [backup.name for backup in store.backups.list()] == ["monday.zip", None]
    store.close()


def test_the_change_is_noted_without_a_name(filled, database_url):
    rows = filled.rotation.switch(NEW, FOLDERS, ignore)
    (note,) = filled.audit.read(event="key_rotated")
    assert (note.member, note.details) == (None, {"rows": rows})


def test_progress_ends_at_all_rows(filled):
    told = []
    rows = filled.rotation.switch(NEW, FOLDERS, lambda done, total: told.append((done, total)))
    assert told[-1] == (rows, rows)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


# --- or nothing


def test_a_version_that_was_not_copied_stops_the_change(filled, database_url, keyring):
    before = show(filled)
    with pytest.raises(VersionsChanged, match="run this again"):
        filled.rotation.switch(NEW, NOTHING, ignore)
    assert show(filled) == before
    assert ingest(filled, post("and on it goes", ts=20)).messages_stored == 1


def test_what_breaks_in_the_middle_changes_nothing(filled, keyring):
    before = show(filled), read_bytes(filled)

    def break_off(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.rotation.switch(NEW, FOLDERS, break_off)
    assert (show(filled), read_bytes(filled)) == before
    assert not filled.rotation.is_unfinished()
    assert filled.audit.read(event="key_rotated") == []


def test_who_failed_to_change_the_key_notices_that_another_did(filled, database_url, keyring):
    with pytest.raises(VersionsChanged):
        filled.rotation.switch(NEW, NOTHING, ignore)
    other = reopen(database_url, keyring)
    other.rotation.switch(NEW, FOLDERS, ignore)
    other.close()
    with pytest.raises(KeyChanged):
        filled.members.find("ada")


def test_a_row_that_does_not_open_stops_the_change(filled):
    with filled._database.writing() as connection:
        connection.exec_driver_sql("UPDATE messages SET sealed = x'00' WHERE sealed IS NOT NULL")
    with pytest.raises(WrongKey):
        filled.rotation.switch(NEW, FOLDERS, ignore)
    assert filled.members.find("ada").handle == "ada"


@contextmanager
def files_of_at_most(size: int):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.slow
def test_a_disk_that_fills_up_in_the_middle_changes_nothing(store):
    register(store)
    grant_all(store)
    ingest(store, *(post("word " * 50, ts=number) for number in range(2_000)))
    before = show_text(store)
    with files_of_at_most(200_000), pytest.raises(DatabaseError):
        store.rotation.switch(NEW, NOTHING, ignore)
    assert show_text(store) == before
    assert store.rotation.switch(NEW, NOTHING, ignore) > 2_000


# --- other processes


def test_another_process_can_neither_write_nor_read_with_the_former_key(
    filled, database_url, keyring
):
    other, told = reopen(database_url, keyring), []
    other.on_key_changed(lambda: told.append("changed"))
    filled.rotation.switch(NEW, FOLDERS, ignore)
    filled.close()
    uses = [
        lambda: ingest(other, post("too late", ts=30)),
        lambda: other.members.ensure("U0NEW0001", team_id=TEAM),
        lambda: other.channels.ensure("C0NEW0001", team_id=TEAM, kind="public"),
        lambda: other.consent.grant([1], actor="import"),
        lambda: other.members.find("ada"),
        lambda: list(other.messages.read()),
        lambda: other.forget(1, state="left"),
        other.is_current,
    ]
    for use in uses:
        with pytest.raises(KeyChanged, match="start this again"):
            use()
    assert len(told) == len(uses)
    other.close()
    store = reopen(database_url)
    assert "too late" not in texts(store)
    assert len(store.members.list()) == 5
    store.close()


def test_an_import_that_is_under_way_stores_nothing_more(filled, database_url, keyring):
    other = reopen(database_url, keyring)

    def messages():
        yield from (post(f"early {number}", ts=100 + number) for number in range(1_000))
        filled.rotation.switch(NEW, FOLDERS, ignore)
        yield from (post(f"late {number}", ts=2_000 + number) for number in range(1_000))

    with pytest.raises(KeyChanged):
        other.ingest(messages(), policy=IngestPolicy(team_id=TEAM))
    other.close()
    filled.close()
    store = reopen(database_url)
    found = texts(store)
    assert sum(text.startswith("early") for text in found) == 1_000
    assert not any(text.startswith("late") for text in found)
    store.close()


# --- the file of the key


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "key"


def test_the_next_key_takes_the_place_of_the_former_only_once_it_is_in_force(filled, key_file):
    key_file.write_text("the former key")
    new = filled.rotation.prepare(key_file)
    beside = next_key_file(key_file)
    assert beside.stat().st_mode & 0o777 == 0o600
    filled.rotation.adopt(key_file)
    assert key_file.read_text() == "the former key"
    filled.rotation.switch(new, FOLDERS, ignore)
    filled.rotation.adopt(key_file)
    assert read_key(key_file).key_id == new.key_id
    assert not beside.exists()
    filled.rotation.adopt(key_file)


def test_a_next_key_that_was_never_used_is_replaced(filled, key_file):
    first = filled.rotation.prepare(key_file)
    second = filled.rotation.prepare(key_file)
    assert read_key(next_key_file(key_file)).key_id == second.key_id != first.key_id


def test_half_a_next_key_takes_nobodys_place(filled, key_file):
    key_file.write_text("the former key")
    next_key_file(key_file).write_text("hal")
    next_key_file(key_file).chmod(0o600)
    filled.rotation.adopt(key_file)
    assert key_file.read_text() == "the former key"


def test_a_next_key_that_cannot_be_written_changes_nothing(filled, tmp_path):
    with pytest.raises(InvalidKey, match="cannot be written"):
        filled.rotation.prepare(tmp_path / "missing" / "key")
    assert filled.members.find("ada").handle == "ada"


def test_a_key_behind_a_link_is_replaced_where_it_is(filled, tmp_path):
    safe = tmp_path / "safe"
    safe.mkdir()
    (safe / "master").write_text("the former key")
    link = tmp_path / "key"
    link.symlink_to(safe / "master")
    new = filled.rotation.prepare(link)
    filled.rotation.switch(new, FOLDERS, ignore)
    filled.rotation.adopt(link)
    assert link.is_symlink()
    assert read_key(safe / "master").key_id == new.key_id


def test_a_change_of_the_key_outlasts_a_power_cut(filled):
    with filled._database.writing(is_durable=True) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    with filled._database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1


def test_a_database_that_is_being_read_is_cleared_the_next_time(filled, database_url, tmp_path):
    filled.rotation.switch(NEW, FOLDERS, ignore)
    database = Database(database_url, patience_seconds=0.05)
    rotation = Rotation(database, NEW)
    reader = sqlite3.connect(tmp_path / "mimic.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchone()
    assert not rotation.finish()
    assert rotation.is_unfinished()
    reader.close()
    assert rotation.finish()
    assert not rotation.is_unfinished()
    database.close()
