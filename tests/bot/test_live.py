"""Live events become rows, in whatever order they come."""

import itertools
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.live import LiveIntake
from storage.errors import DatabaseLocked
from tests.bot.stored import list_rows
from tests.storage.slack import ADA, BOB, GENERAL, OFFICE, TEAM, grant_all, post, register, stamp

BASES = itertools.count(1, 1_000)


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


@pytest.fixture
def live(store):
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.start()
    yield live
    live.close(5)


def wait_until(look, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def texts(store):
    return [row[-1] for row in list_rows(store) if row[-1]]


def say(text, ts, *, user=ADA, edited=None, **more):
    return dict(post(text, ts=ts, user=user, edited=edited, channel_type="channel", **more).payload)


def change(message):
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": stamp(999)}
    return {**event, "channel_type": "channel", "message": message}


def delete(ts):
    event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": stamp(999)}
    return {**event, "channel_type": "channel", "deleted_ts": stamp(ts)}


def bury(ts):
    grave = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
    return change({**grave, "ts": stamp(ts), "text": "This message was deleted."})


def test_what_is_written_is_stored_within_a_second(store, live):
    live.submit(GENERAL, say("hello", 1))
    wait_until(lambda: texts(store) == ["hello"], 1.0)


def test_a_deleted_message_is_gone_within_a_second(store, live):
    live.submit(GENERAL, say("oh no", 1))
    wait_until(lambda: texts(store) == ["oh no"])
    live.submit(GENERAL, delete(1))
    wait_until(lambda: not texts(store), 1.0)


def make_events(base):
    """A life of four messages, and their state at its end."""
    broadcast = say("for all", base + 4, subtype="thread_broadcast", thread_ts=stamp(base + 1))
    events = [
        say("first", base + 1),
        change(say("first, edited", base + 1, edited=base + 10)),
        change(say("first, edited twice", base + 1, edited=base + 20)),
        say("second", base + 2, user=BOB, subtype="me_message"),
        delete(base + 2),
        say("third", base + 3, subtype="file_share"),
        bury(base + 3),
        broadcast,
        change({**broadcast, "text": "for all!", "edited": {"ts": stamp(base + 30)}}),
    ]
    return events, {base + 1: "first, edited twice", base + 4: "for all!"}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_events_in_any_order_and_number_give_the_final_state(store, data):
    base = next(BASES)
    events, final = make_events(base)
    again = data.draw(st.lists(st.sampled_from(events), max_size=6))
    shuffled = data.draw(st.permutations(events + again))
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.start()
    for event in shuffled:
        live.submit(GENERAL, event)
    live.close(5)
    found = {row[1]: row[-1] for row in list_rows(store) if row[1] > stamp(base)}
    assert {ts: text for ts, text in found.items() if text} == {
        stamp(ts): text for ts, text in final.items()
    }


def test_walls_hold_for_live_messages(store, live):
    live.submit(OFFICE, {**say("behind the door", 1), "channel_type": "group"})
    live.submit("G0STRANGE", {**say("somewhere else", 2), "channel_type": "group"})
    live.close(5)
    assert not texts(store)


def test_closing_stores_what_waits(store):
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    for i in range(1_200):
        live.submit(GENERAL, say(f"line {i}", i))
    assert live.waiting == 1_200
    live.start()
    live.close(10)
    assert len(texts(store)) == 1_200


def test_more_than_may_wait_is_a_gap_that_is_reported_once_there_is_room(store, caplog):
    gaps = []
    live = LiveIntake(store, team_id=TEAM, include=frozenset(), capacity=3)
    live.report_gap = lambda: gaps.append(1)
    for i in range(10):
        live.submit(GENERAL, say(f"line {i}", i))
    assert live.waiting == 3
    assert not gaps
    live.start()
    wait_until(lambda: gaps == [1])
    live.close(5)
    assert len(texts(store)) == 3
    assert caplog.text.count("Too many live messages") == 1


def test_a_database_that_is_held_by_another_is_waited_for(store, live, caplog):
    inside, release = threading.Event(), threading.Event()

    def hold():
        with store._database.writing():
            inside.set()
            release.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(5)
    live.submit(GENERAL, say("patient", 1))
    time.sleep(0.4)
    release.set()
    holder.join()
    wait_until(lambda: texts(store) == ["patient"])


class Stubborn:
    """A store that cannot be written at first, and never takes one of the messages."""

    def __init__(self):
        self.refusals, self.kept = 1, []

    def ingest(self, batch, *, policy):
        if self.refusals:
            self.refusals -= 1
            raise DatabaseLocked("Another process holds the database.")
        if any(raw.payload["text"] == "poison" for raw in batch):
            raise RuntimeError("poison")
        self.kept += [raw.payload["text"] for raw in batch]


def test_a_message_that_cannot_be_stored_stops_no_other(caplog):
    store = Stubborn()
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.start()
    for text in ("one", "poison", "two"):
        live.submit(GENERAL, say(text, 1))
    wait_until(lambda: store.kept == ["one", "two"])
    live.close(5)
    assert "DatabaseLocked" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "poison" not in caplog.text.replace("RuntimeError", "")
