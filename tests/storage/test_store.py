"""One store, many threads; and the scrubber that it keeps."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from storage.store import Store
from tests.storage.slack import (
    ADA,
    BOB,
    GENERAL,
    TEAM,
    USERS,
    grant_all,
    ingest,
    post,
    register,
    texts,
)

THREADS = 24


def test_threads_share_one_store(store):
    register(store)
    grant_all(store)

    def work(number: int) -> None:
        user = (ADA, BOB)[number % 2]
        for each in range(4):
            ingest(store, post(f"word {number} {each}", ts=number * 10 + each, user=user))
            member = store.members.ensure(f"U0NEW{each:04}", team_id=TEAM)
            channel = store.channels.ensure(f"C0NEW{each:04}", team_id=TEAM, kind="public")
            store.audit.record("mimicked", member=member.id, by=member.id, channel=channel.id)
            list(store.messages.read())

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert len(texts(store)) == THREADS * 4
    assert len(store.audit.read(event="mimicked")) == THREADS * 4
    assert len(store.members.list()) == len(USERS) + 4
    assert len({channel.name for channel in store.channels.list() if "NEW" in channel.name}) == 4


def test_threads_hold_more_connections_than_are_kept_for_later(store):
    register(store)
    readers = [store.messages._database.reading() for _ in range(THREADS)]
    connections = [reader.__enter__() for reader in readers]
    assert len({id(connection) for connection in connections}) == THREADS
    for reader in readers:
        reader.__exit__(None, None, None)
    assert store.members.find("ada").messages == 0


def test_the_scrubber_is_kept_while_no_name_changes(store):
    register(store)
    scrubber = store.scrubber()
    register(store)
    grant_all(store)
    ingest(store, post("one"))
    store.members.ensure("U0NEW0001", team_id=TEAM)
    store.channels.ensure(GENERAL, team_id=TEAM, kind="public")
    assert store.scrubber() is scrubber


def test_a_new_name_is_scrubbed_from_the_next_message_on(store):
    register(store)
    grant_all(store)
    ingest(store, post("one wrenlow more"))
    store.members.register([{"id": "U0ZEB1111", "name": "wrenlow"}], team_id=TEAM)
    ingest(store, post("one wrenlow more", ts=2))
    assert texts(store) == ["one wrenlow more", "one <name> more"]


def test_a_name_that_another_process_brought_is_scrubbed_too(store, database_url, keyring):
    register(store)
    assert store.scrubber().scrub("one wrenlow more").text == "one wrenlow more"
    other = type(store).open(database_url, keyring)
    other.members.register([{"id": "U0ZEB1111", "name": "wrenlow"}], team_id=TEAM)
    other.close()
    assert store.scrubber().scrub("one wrenlow more").text == "one <name> more"


def test_the_name_of_who_left_is_known_again_once_a_list_has_it(store, database_url, keyring):
    register(store)
    store.forget(store.members.find("ada").id, state="left")
    assert store.scrubber().scrub("hi Quill").text == "hi <name>"
    with closing(Store.open(database_url, keyring)) as again:
        assert again.scrubber().scrub("hi Quill").text == "hi Quill"
        register(again)
        assert again.scrubber().scrub("hi Quill").text == "hi <name>"
