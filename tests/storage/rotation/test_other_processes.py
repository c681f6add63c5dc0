"""Nobody goes on with the former key."""

import pytest

from storage.errors import KeyChanged
from storage.ingestion import IngestPolicy
from tests.storage.rotation.keys import FOLDERS, NEW, ignore, reopen
from tests.storage.slack import TEAM, ingest, post, texts


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
