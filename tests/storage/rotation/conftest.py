"""A store whose key is to be changed."""

import pytest

from storage.backups import record_backup
from storage.ingestion import IngestPolicy, RawFolder
from tests.storage.slack import (
    BOB,
    GENERAL,
    OFFICE,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
)
from tests.storage.versions import add_version


class Day:
    """A file of an export."""

    def identify(self):
        return b"a day's file"

    def read(self):
        return [post("on file", ts=7)]


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
    store.ingest([RawFolder(GENERAL, [Day()])], policy=IngestPolicy())
    with store._database.writing() as connection:
        record_backup(connection, store.keyring, "monday.zip")
    add_version(store, store.voices.ensure("text", name="tales"), "a" * 16)
    return store
