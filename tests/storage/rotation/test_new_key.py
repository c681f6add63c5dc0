"""What is read, written and noted once the key has been changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.backups import record_backup
from storage.errors import WrongKey
from storage.keys import Keyring
from storage.store import Store
from tests.bot.stored import list_rows
from tests.storage.rotation.keys import (
    FOLDERS,
    NEW,
    NOTHING,
    ignore,
    read_bytes,
    reopen,
    show,
    show_text,
)
from tests.storage.slack import grant_all, ingest, post, register


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
    for forgotten in ("messages.raw_mac", "known_files.mark", "known_files.sealed"):
        assert after.pop(forgotten) == set()
    assert all(after.values())
    assert not any(after[column] & before[column] for column in after)
    store.close()


@pytest.mark.slow
@settings(max_examples=25)
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
