"""A channel that gets another id stays one channel."""

import pytest
from sqlalchemy import select

from storage.schema import channels, crawl_channels, removals
from storage.store import Store
from tests.bot.stored import list_rows
from tests.storage.slack import (
    BOB,
    GENERAL,
    TEAM,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    texts,
)

NEW = "C0NEWID11"


def prepare(store):
    register(store)
    grant_all(store)


def renumber(store, old=GENERAL, new=NEW):
    return store.renumber_channel(old, new, team_id=TEAM)


def post_new(*arguments, **more):
    return post(*arguments, channel=NEW, **more)


def list_kept(store):
    return [(row[1], row[2], *row[3:]) for row in list_rows(store) if row[0] == NEW]


def test_its_row_and_its_messages_stay(store):
    prepare(store)
    ingest(store, post("one"))
    before = store.channels.find("#general")
    assert renumber(store)
    after = store.channels.find("#general")
    assert after == before
    assert store.channels.channel_id(after.id) == NEW
    assert texts(store) == ["one"]


def test_twice_is_once_and_an_unknown_id_is_nothing(store):
    prepare(store)
    assert renumber(store)
    assert not renumber(store)
    assert not renumber(store, "C0UNKNOWN", "C0WHATEVER")
    assert not renumber(store, NEW, NEW)


def test_edits_and_deletions_under_the_new_id_reach_what_came_under_the_old(store):
    prepare(store)
    ingest(store, post("one", ts=1), post("two", ts=2))
    renumber(store)
    ingest(store, change(post_new("one!", ts=1, edited=9)), deletion(2, channel=NEW))
    assert texts(store) == ["one!"]


def test_what_came_under_the_new_id_first_is_joined_with_it(store):
    prepare(store)
    store.channels.register([{"id": NEW, "name": "general"}], team_id=TEAM, kind="public")
    ingest(store, post("one", ts=1), post("two", ts=2), post("three", ts=3), post("old", ts=4))
    ingest(store, post_new("one", ts=1), change(post_new("two!", ts=2, edited=9)))
    ingest(store, deletion(3, channel=NEW), post_new("four", ts=5, user=BOB))
    assert renumber(store)
    assert texts(store) == ["one", "two!", "old", "four"]
    with store._database.reading() as connection:
        assert len(connection.execute(select(channels)).all()) == 5  # as registered


def test_a_text_that_was_deleted_under_the_other_id_is_noted_as_gone(store):
    prepare(store)
    store.channels.register([{"id": NEW, "name": "general"}], team_id=TEAM, kind="public")
    ingest(store, post("one", ts=1), post("two", ts=2))
    ingest(store, deletion(1, channel=NEW), change(post_new("two!", ts=2, edited=9)))
    renumber(store)
    assert texts(store) == ["two!"]
    with store._database.reading() as connection:
        (row,) = connection.execute(select(removals)).all()
    ada, kept = store.members.find("ada").id, store.channels.find("#general").id
    assert (row.member, row.channel, row.ts) == (ada, kept, post(ts=1).payload["ts"])
    assert row.reason == "deleted"


def open_new(keyring, file):
    store = Store.open(f"sqlite:///{file}", keyring)
    prepare(store)
    return store


@pytest.mark.slow
def test_joining_gives_what_the_same_messages_under_one_id_give(tmp_path, keyring):
    events = [
        post("one", ts=1),
        post("two", ts=2, edited=5),
        change(post("two!", ts=2, edited=9)),
        post("three", ts=3),
        deletion(3),
        change(post("", ts=4, edited=8)),
        post("four", ts=4, thread_ts=post(ts=1).payload["ts"]),
    ]

    def under(channel, messages):
        return [type(each)(channel, each.payload) for each in messages]

    whole = open_new(keyring, tmp_path / "whole.db")
    ingest(whole, *under(NEW, events), include={"private"})
    for cut in range(len(events) + 1):
        for first, second in ((GENERAL, NEW), (NEW, GENERAL)):
            parts = open_new(keyring, tmp_path / f"{cut}-{first}.db")
            ingest(parts, *under(first, events[:cut]), include={"private"})
            ingest(parts, *under(second, events[cut:]), include={"private"})
            renumber(parts)
            assert list_kept(parts) == list_kept(whole), (cut, first)
            parts.close()
    whole.close()


def test_the_newer_row_s_voice_and_crawl_are_let_go(store):
    prepare(store)
    store.channels.register([{"id": NEW, "name": "general"}], team_id=TEAM, kind="public")
    newer = store.channels.find(NEW).id
    store.voices.ensure("channel", subject=newer)
    store.runs.queue(f"channel:{newer}")
    crawl = store.crawls.begin(members=[], since_ts="", until_ts="1700000009.000000")
    store.crawls.note_problem(crawl.id, newer, "not_in_channel")
    renumber(store)
    assert not store.voices.list()
    assert store.runs.list()[0].state == "cancelled"
    with store._database.reading() as connection:
        assert not connection.execute(select(crawl_channels)).all()
