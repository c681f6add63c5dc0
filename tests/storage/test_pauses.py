"""What somebody writes in a pause is not stored, also when they have gone on."""

import time

import pytest

from storage.ingestion import IngestPolicy, RawMessage
from tests.storage.slack import ADA, BOB, GENERAL, TEAM, grant_all, ingest, register, texts


def say(text, ts, *, user=ADA, edited_ts=""):
    payload = {"type": "message", "user": user, "text": text, "ts": ts}
    return RawMessage(GENERAL, payload | ({"edited": {"ts": edited_ts}} if edited_ts else {}))


def now():
    return f"{time.time():.6f}"


@pytest.fixture
def moments(store):
    """Moments before, in, between, in and after two pauses of Ada's, who has gone on by now."""
    register(store)
    grant_all(store)
    ada, found = store.members.find("ada").id, [now()]
    for _ in range(2):
        store.consent.revoke(ada, actor="subject", by_subject=True)
        found.append(now())
        store.consent.grant([ada], actor="subject", by_subject=True)
        found.append(now())
    return found


def test_what_was_written_in_a_pause_is_dropped(store, moments):
    report = ingest(store, *(say(f"at {number}", ts) for number, ts in enumerate(moments)))
    assert texts(store) == ["at 0", "at 2", "at 4"]
    assert report.messages_dropped == {"no_consent": 2}


def test_others_write_on(store, moments):
    ingest(store, say("mine", moments[1]), say("not hers", moments[1], user=BOB))
    assert texts(store) == ["not hers"]


def test_an_edit_made_in_a_pause_ends_what_was_there_and_leaves_nothing(store, moments):
    ingest(store, say("hello", moments[0]))
    ingest(store, say("hello there", moments[0], edited_ts=moments[1]))
    assert texts(store) == []
    ingest(store, say("hello again", moments[0], edited_ts=moments[2]))
    assert texts(store) == ["hello again"]


def test_a_message_of_a_pause_stays_out_though_it_is_edited_later(store, moments):
    ingest(store, say("hello", moments[1], edited_ts=moments[4]))
    assert texts(store) == []


def test_a_pause_that_ends_while_an_import_runs_still_counts(store):
    register(store)
    grant_all(store)
    ada = store.members.find("ada").id
    store.consent.revoke(ada, actor="subject", by_subject=True)
    paused = time.time()

    def go_on(_report):
        if store.members.get(ada).consent == "paused":
            store.consent.grant([ada], actor="subject", by_subject=True)

    said = [say(f"number {n}", f"{paused + n / 1e5:.6f}") for n in range(1_500)]
    store.ingest(said, policy=IngestPolicy(), on_progress=go_on)
    assert texts(store) == []


def test_a_channel_that_is_closed_while_an_import_runs_is_left_out_from_then_on(store):
    register(store)
    grant_all(store)

    def close(_report):
        closed = [{"id": GENERAL, "name": "general"}]
        store.channels.register(closed, team_id=TEAM, kind="private")

    said = [say(f"number {n}", f"{1_600_000_000 + n}.000000") for n in range(1_500)]
    report = store.ingest(said, policy=IngestPolicy(), on_progress=close)
    assert report.messages_dropped == {"private": 500}


def test_whoever_leaves_in_a_pause_and_agrees_anew_ends_it(store):
    register(store)
    grant_all(store)
    ada = store.members.find("ada").id
    store.consent.revoke(ada, actor="subject", by_subject=True)
    paused = now()
    store.forget(ada, state="left", by_subject=True)
    left = now()
    store.consent.grant([ada], actor="subject", by_subject=True)
    ingest(store, say("in the pause", paused), say("after it", left), say("now", now()))
    assert texts(store) == ["after it", "now"]
