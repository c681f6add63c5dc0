"""Live events become rows, in whatever order they come."""

import itertools
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.live import LiveIntake
from storage.errors import DatabaseLocked
from storage.schema import messages
from tests.bot.stored import list_rows
from tests.storage.slack import ADA, BOB, GENERAL, OFFICE, TEAM, grant_all, post, register, stamp
from tests.waiting import wait_until

NUMBERS = itertools.count(1)


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    store.scrubber().scrub("hello Ada")  # what it needs is loaded with the first message
    return store


@pytest.fixture
def live(store):
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.start()
    yield live
    live.close(5)


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


def test_what_is_written_is_stored(store, live):
    live.submit(GENERAL, say("hello", 1))
    wait_until(lambda: texts(store) == ["hello"])


def test_a_deleted_message_is_gone(store, live):
    live.submit(GENERAL, say("oh no", 1))
    wait_until(lambda: texts(store) == ["oh no"])
    live.submit(GENERAL, delete(1))
    wait_until(lambda: not texts(store))


WORDS = st.sampled_from(["fine", "<@U0BOB1111> see https://x.example", "/mimic me", "", " ", "ok?"])
SUBTYPES = st.sampled_from([None, None, "thread_broadcast", "me_message", "file_share"])
ENDS = st.sampled_from([None, None, delete, bury])


@st.composite
def draw_life(draw, number):
    """Draw what Slack would say of one message, from its first edition to its end, in order."""
    more = {"subtype": draw(SUBTYPES)}
    if draw(st.booleans()):
        more["thread_ts"] = stamp(draw(st.integers(1, 4)))
    user = draw(st.sampled_from([ADA, BOB, "U0ABSENT1"]))
    message = say(draw(WORDS), number, user=user, **more)
    events = [message]
    for text in draw(st.lists(WORDS, max_size=3)):
        edited = {"user": user, "ts": stamp(100 * number + len(events))}
        message = {**message, "text": text, "edited": edited}
        events += [change(message), change({**message, "attachments": [{"id": 1}]})]
    if draw(st.booleans()):
        events.append({**change(message), "subtype": "message_replied"})
        events.append({key: value for key, value in events[-1].items() if key != "subtype"})
    end = draw(ENDS)
    return [*events, *([end(number)] if end else [])]


HISTORIES = st.tuples(*(draw_life(number) for number in range(1, 5))).map(
    lambda lives: [event for life in lives for event in life]
)


def take_in(store, channel_id, *parts):
    for part in parts:
        live = LiveIntake(store, team_id=TEAM, include=frozenset())
        live.start()
        for event in part:
            live.submit(channel_id, event)
        live.close(5)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_events_in_any_order_and_number_leave_the_rows_of_those_in_order(store, data):
    number = next(NUMBERS)
    in_order, shuffled = f"C0ORDER{number:04}", f"C0MIXED{number:04}"
    facts = [{"id": each, "name": each} for each in (in_order, shuffled)]
    store.channels.register(facts, team_id=TEAM, kind="public")
    events = data.draw(HISTORIES)
    mixed = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    cut = data.draw(st.integers(0, len(mixed)))
    take_in(store, in_order, events)
    take_in(store, shuffled, mixed[:cut], mixed[cut:])
    rows = list_rows(store)
    assert [row[1:] for row in rows if row[0] == in_order] == [
        row[1:] for row in rows if row[0] == shuffled
    ]


def test_a_life_of_messages_ends_as_slack_shows_it(store):
    broadcast = say("for all", 4, subtype="thread_broadcast", thread_ts=stamp(1))
    take_in(
        store,
        GENERAL,
        [
            say("first", 1),
            change(say("first, edited", 1, edited=10)),
            change(say("first, edited twice", 1, edited=20)),
            say("second", 2, user=BOB, subtype="me_message"),
            delete(2),
            say("third", 3, subtype="file_share"),
            bury(3),
            broadcast,
            change({**broadcast, "text": "for all!", "edited": {"ts": stamp(30)}}),
        ],
    )
    assert texts(store) == ["first, edited twice", "for all!"]


def test_what_was_deleted_is_soon_in_no_file_any_more(store):
    live = LiveIntake(store, team_id=TEAM, include=frozenset(), tidy_seconds=0.1)
    live.start()
    live.submit(GENERAL, say("oh no", 1))
    live.submit(GENERAL, say("fine", 2))
    wait_until(lambda: len(texts(store)) == 2)
    with store._database.reading() as connection:
        rows = connection.execute(select(messages).order_by(messages.c.ts)).all()
    gone, kept = rows[0].sealed, rows[1].sealed
    live.submit(GENERAL, delete(1))

    def read_files():
        file = store._database.file
        return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))

    wait_until(lambda: gone not in read_files())
    assert kept in read_files()
    live.close(5)


def test_a_log_that_somebody_reads_is_emptied_later(store):
    live = LiveIntake(store, team_id=TEAM, include=frozenset(), tidy_seconds=0.1)
    log = store._database.file.with_name(store._database.file.name + "-wal")
    with store._database.reading() as connection:
        connection.execute(select(messages)).all()
        live.start()
        live.submit(GENERAL, say("hello", 1))
        time.sleep(1)
        assert log.stat().st_size > 0
    wait_until(lambda: log.stat().st_size == 0)
    live.close(5)


def test_a_change_comes_after_what_was_heard_before_it(store):
    seen = []
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.submit(GENERAL, say("before", 1))
    live.submit_change(lambda: seen.append(texts(store)))
    live.submit(GENERAL, say("after", 2))
    live.start()
    live.close(5)
    assert seen == [["before"]]
    assert texts(store) == ["before", "after"]


def test_a_change_waits_for_the_database_and_one_that_breaks_stops_no_message(store, caplog):
    tries = []

    def change_late():
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseLocked("Another process holds the database.")

    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.start()
    live.submit_change(change_late)
    live.submit_change(lambda: 1 / 0)
    live.submit(GENERAL, say("after", 1))
    wait_until(lambda: texts(store) == ["after"])
    live.close(5)
    assert len(tries) == 2
    assert "ZeroDivisionError" in caplog.text


def test_nothing_is_stored_before_all_is_prepared(store, caplog):
    answers = iter((False, True))
    seen = []
    live = LiveIntake(store, team_id=TEAM, include=frozenset())

    def prepare():
        seen.append(texts(store))
        return next(answers)

    live.prepare = prepare
    live.submit(GENERAL, say("early", 1))
    live.start()
    wait_until(lambda: texts(store) == ["early"])
    live.close(5)
    assert seen == [[], []]


def test_what_cannot_be_prepared_keeps_nothing_from_closing(store):
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.prepare = lambda: False
    live.submit(GENERAL, say("early", 1))
    live.start()
    live.close(5)
    assert not live._thread.is_alive()
    assert not texts(store)


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


def test_at_the_end_a_database_is_waited_for_as_long_as_there_is_time():
    store = Stubborn()
    store.refusals = 3
    live = LiveIntake(store, team_id=TEAM, include=frozenset())
    live.submit(GENERAL, say("the last word", 1))
    live.start()
    live.close(30)
    assert store.kept == ["the last word"]
