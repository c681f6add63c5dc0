"""Threads that began long ago and were alive lately."""

import pytest

from storage.ingestion import IngestPolicy
from tests.storage.slack import GENERAL, RANDOM, TEAM, deletion, grant_all, post, register, stamp


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


def ingest(store, *messages):
    store.ingest(messages, policy=IngestPolicy(team_id=TEAM))


def reply(ts, thread, **more):
    return post("re", ts=ts, thread_ts=stamp(thread), **more)


def list_old(store, *, before=100, active_since=50, channel=GENERAL):
    place = store.channels.find(channel).id
    found = store.threads.list_old(
        place, before_ts=stamp(before), active_since_ts=stamp(active_since)
    )
    return {each.root_ts: each.last_ts for each in found}


def test_a_thread_that_was_alive_is_listed_with_its_last_reply(store):
    ingest(store, post(ts=10), reply(60, 10), reply(70, 10), reply(20, 10))
    assert list_old(store) == {stamp(10): stamp(70)}


def test_neither_young_threads_nor_silent_ones_are_listed(store):
    ingest(store, reply(160, 120), reply(40, 10), post(ts=60))
    assert list_old(store) == {}


def test_a_channel_has_its_own_threads(store):
    ingest(store, reply(60, 10, channel=RANDOM))
    assert list_old(store) == {}
    assert list_old(store, channel=RANDOM) == {stamp(10): stamp(60)}


def test_what_was_deleted_keeps_no_thread_alive(store):
    ingest(store, reply(60, 10), deletion(60))
    assert list_old(store) == {}
