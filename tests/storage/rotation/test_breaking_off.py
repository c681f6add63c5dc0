"""A change of the key that breaks off changes nothing."""

import resource
import signal
from contextlib import contextmanager

import pytest

from storage.errors import DatabaseError, KeyChanged, VersionsChanged, WrongKey
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
