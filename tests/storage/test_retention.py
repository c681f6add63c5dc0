"""Old messages: not taken in, and removed."""

import sqlite3
import time
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage.database import Database
from storage.errors import DatabaseLocked
from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.retention import Retention
from storage.schema import messages, removals
from storage.store import Store
from tests.storage.slack import (
    ADA,
    BOB,
    TEAM,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
    texts,
)

DAY = 86_400


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


@pytest.fixture
def aged(store):
    """Give a store of the same database that keeps messages for so many days after `stamp(0)`."""

    def keep(seconds: float) -> Store:
        store.retention = Retention(store._database, 1)
        store.retention.days = (time.time() - float(stamp(0)) - seconds) / DAY
        return store

    return keep


def at(seconds_ago: float, text="hello", **more) -> RawMessage:
    raw = post(text, **more)
    return RawMessage(raw.channel_id, {**raw.payload, "ts": f"{time.time() - seconds_ago:.6f}"})


def marks(store: Store) -> list[tuple[str, str | None]]:
    with store._database.reading() as connection:
        query = select(messages.c.ts, messages.c.edited_ts).where(messages.c.sealed.is_(None))
        return [tuple(row) for row in connection.execute(query)]


def reasons(store: Store) -> list[str]:
    with store._database.reading() as connection:
        return list(connection.execute(select(removals.c.reason)).scalars())


def test_the_store_takes_nothing_in_that_is_too_old(database_url, keyring, store):
    store.close()
    strict = Store.open(database_url, keyring, retention_days=2)
    batch = [at(3 * DAY, "old"), at(2.1 * DAY, "old"), at(1.9 * DAY, "young"), at(0, "now")]
    assert ingest(strict, *batch) == IngestReport(4, 2, 0, {"expired": 2})
    assert sorted(texts(strict)) == ["now", "young"]
    strict.close()


def test_a_policy_may_be_stricter_than_the_store(store):
    report = ingest(store, post(ts=1), post(ts=5), post(ts=9), oldest_ts=stamp(5))
    assert report == IngestReport(3, 2, 0, {"expired": 1})


def test_a_message_behind_a_wall_is_private_however_old_it_is(store):
    old = post(user_team="T0OTHERS1")
    assert ingest(store, old, oldest_ts=stamp(5)).messages_dropped == {"private": 1}


def test_an_old_message_makes_nobody_agree_and_adds_nobody(store):
    before = len(store.members.list())
    stranger = post(user="U0NOBODY1")
    ingest(store, stranger, grant_authors=True, oldest_ts=stamp(5))
    assert len(store.members.list()) == before


def test_without_a_limit_nothing_expires(store):
    ingest(store, post())
    assert store.retention.oldest_ts == ""
    assert (store.retention.waiting(), store.retention.sweep()) == (0, 0)
    assert texts(store) == ["good morning"]


def test_a_limit_beyond_the_beginning_of_time_keeps_all(store):
    ingest(store, post())
    store.retention.days = 10**9
    assert store.retention.sweep() == 0


def test_the_sweep_removes_what_has_expired_in_batches(aged, store):
    ingest(store, *(post(str(number), ts=number) for number in range(25)))
    keeping = aged(19.5)
    assert keeping.retention.waiting() == 20
    assert [keeping.retention.sweep(most=8) for _ in range(4)] == [8, 8, 4, 0]
    assert texts(store) == ["20", "21", "22", "23", "24"]
    assert keeping.retention.waiting() == 0
    assert reasons(store) == ["expired"] * 20


def test_messages_of_people_on_pause_expire_as_well(aged, store):
    ingest(store, post())
    store.consent.revoke(store.members.find("ada").id, actor="subject", by_subject=True)
    assert aged(10).retention.sweep() == 1


def test_the_sweep_leaves_marks_and_an_edited_message_leaves_one(aged, store):
    ingest(store, post("plain"), post("first", ts=2), deletion(3))
    ingest(store, change(post("second", ts=2, edited=4)))
    aged(10).retention.sweep()
    assert marks(store) == [(stamp(2), stamp(4)), (stamp(3), None)]


def test_what_has_expired_comes_back_as_it_was_only_where_the_limit_is_lifted(aged, store):
    history = [post("plain"), post("first", ts=2), post("second", ts=2, edited=4), deletion(3)]
    ingest(store, *history)
    keeping = aged(10)
    keeping.retention.sweep()
    assert ingest(keeping, *history).messages_dropped == {"expired": 3, "deleted": 1}
    assert texts(store) == []
    keeping.retention.days = None
    ingest(store, post("first", ts=2), post("never", ts=3))
    assert texts(store) == []
    ingest(store, *history)
    assert texts(store) == ["plain", "second"]


def test_an_edit_of_an_old_message_ends_its_text_and_is_not_stored(aged, store):
    ingest(store, post("first"))
    edit = change(post("second", edited=5))
    assert ingest(aged(3), edit).messages_dropped == {"expired": 1}
    assert texts(store) == []
    assert reasons(store) == ["expired"]


def test_an_old_message_can_still_be_deleted(aged, store):
    ingest(store, post())
    assert ingest(aged(3), deletion(1)).messages_dropped == {"deleted": 1}
    assert texts(store) == []


def test_nothing_of_it_stays_in_the_files(aged, store, tmp_path):
    ingest(store, *(post("word " * 30, ts=number) for number in range(300)))
    connection = sqlite3.connect(store._database.file)
    sealed = [row[0] for row in connection.execute("SELECT sealed FROM messages")]
    connection.close()
    keeping = aged(1_000)
    assert keeping.retention.sweep() == 300
    assert keeping.retention.empty_log()
    content = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("mimic.db*")))
    assert not any(each[:24] in content for each in sealed)


def test_a_sweep_that_cannot_write_removes_nothing(aged, store, database_url):
    ingest(store, post())
    keeping = aged(10)
    hasty = Database(database_url, patience_seconds=0.05)
    with closing(sqlite3.connect(hasty.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            Retention(hasty, keeping.retention.days).sweep()
    hasty.close()
    assert (texts(store), reasons(store)) == (["good morning"], [])


events = st.one_of(
    st.builds(
        lambda ts, text, edited: post(text, ts=ts, user=ADA if ts % 2 else BOB, edited=edited),
        st.integers(1, 6),
        st.sampled_from(["a", "b", ""]),
        st.none() | st.integers(10, 12),
    ),
    st.builds(deletion, st.integers(1, 6)),
    st.just(RawMessage("C0GENERAL", {"text": "lost"})),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(events, max_size=5), min_size=1, max_size=4), st.integers(0, 7))
def test_every_message_is_counted_and_nothing_old_is_ever_stored(store, batches, oldest):
    with store._database.writing() as connection:
        connection.execute(messages.delete())
    policy = IngestPolicy(team_id=TEAM, oldest_ts=stamp(oldest))
    for number, batch in enumerate(batches):
        rules = policy if number else IngestPolicy(team_id=TEAM)  # the limit comes later
        report = store.ingest(batch, policy=rules)
        kept = report.messages_stored + report.messages_unchanged
        assert report.messages_read == len(batch) == kept + sum(report.messages_dropped.values())
        if not number:
            known = {(each.ts, each.text) for each in store.messages.read()}
    for message in store.messages.read():
        assert message.ts >= stamp(oldest) or (message.ts, message.text) in known
