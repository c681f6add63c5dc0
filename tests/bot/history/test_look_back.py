"""What has changed since is found in a look back."""

import time

import pytest

from storage.ingestion import IngestPolicy, RawMessage
from tests.bot.history.reading import DAY, HISTORY, REPLIES, fill, stamp
from tests.fake_slack import (
    ADA,
    BRAM,
    CARMEN,
    GENERAL,
)


@pytest.fixture
def fake(fake):
    """Where all was written an hour ago, unless a test says otherwise."""
    fake.workspace.seconds_ago = 3_600
    return fake


def test_a_second_run_looks_back_a_week(reading, fake):
    fill(fake.workspace, 3, threads_every=0)
    reading.run()
    fake.workspace.say(ADA, GENERAL, "new")
    fake.calls.clear()
    assert reading.run().report.messages_read == 1
    oldest = float(reading.asked(HISTORY)[0]["oldest"])
    until = float(reading.store.crawls.last_finished().until_ts)
    assert until - oldest == pytest.approx(7 * 86_400, abs=60)


def test_late_replies_edits_and_deleted_roots_are_found_in_the_look_back(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two", "three")]
    fake.workspace.say(BRAM, GENERAL, "first", thread_ts=said[2])
    reading.run()
    fake.workspace.edit(GENERAL, said[0], text="one, edited")
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=said[1])
    fake.workspace.remove(GENERAL, said[2])
    reading.run()
    assert sorted(reading.texts()) == ["first", "late", "one, edited", "two"]


def test_what_was_deleted_while_nobody_listened_is_found_in_the_look_back(reading, fake):
    workspace = fake.workspace
    said = [workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two", "three", "four")]
    replies = [workspace.say(BRAM, GENERAL, f"re {i}", thread_ts=said[1])["ts"] for i in (1, 2)]
    broadcast = {"thread_ts": said[1], "subtype": "thread_broadcast"}
    workspace.say(BRAM, GENERAL, "to all", **broadcast)
    only = workspace.say(BRAM, GENERAL, "the only reply", thread_ts=said[0])["ts"]
    reading.run()
    assert len(reading.texts()) == 8
    for ts in (said[2], said[3], replies[0], only):
        workspace.remove(GENERAL, ts)
    assert reading.run().report.messages_dropped == {"deleted": 4}
    assert sorted(reading.texts()) == ["one", "re 2", "to all", "two"]
    assert reading.run().report.messages_dropped == {}


def test_what_slack_refuses_is_kept(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two")]
    fake.workspace.say(BRAM, GENERAL, "reply", thread_ts=said[1])
    reading.run()
    fake.state.faults.fail(REPLIES, "error", error="thread_not_found")
    reading.run()
    assert sorted(reading.texts()) == ["one", "reply", "two"]


def test_what_was_deleted_before_all_that_is_shown_is_found(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two", "three")]
    reading.run()
    fake.workspace.remove(GENERAL, said[0])
    fake.workspace.remove(GENERAL, said[1])
    assert reading.run().report.messages_dropped == {"deleted": 2}
    assert reading.texts() == ["three"]


def test_where_everything_of_a_week_is_gone_it_is_asked_for_twice(reading, fake):
    root = fake.workspace.say(CARMEN, GENERAL, "who?")["ts"]
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two")]
    reply = fake.workspace.say(ADA, GENERAL, "me", thread_ts=root)["ts"]
    reading.run()
    for ts in (*said, reply, root):
        fake.workspace.remove(GENERAL, ts)
    fake.state.faults.fail(HISTORY, "empty")  # a page without messages is no proof
    fake.calls.clear()
    assert reading.run().report.messages_dropped == {"deleted": 3}
    assert (reading.texts(), len(reading.asked(HISTORY, limit="200"))) == ([], 2)


def test_an_empty_answer_that_is_none_a_second_time_deletes_nothing(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two")]
    reading.run()
    hidden = fake.workspace.channel(GENERAL).shown
    fake.workspace.channel(GENERAL).shown = []

    def show_again(headway):
        fake.workspace.channel(GENERAL).shown = hidden

    reading.run(on_progress=show_again)
    assert (len(said), sorted(reading.texts())) == (2, ["one", "two"])


def test_what_is_so_old_that_a_plan_may_hide_it_is_kept(reading, fake):
    for days in (200, 85, 3):
        ts = f"{time.time() - days * DAY:.6f}"
        fake.workspace.say(ADA, GENERAL, f"{days} days ago", ts=ts)
    reading.run()
    channel = fake.workspace.channel(GENERAL)
    channel.shown.clear()
    assert reading.run(since=stamp(0)).report.messages_dropped == {"deleted": 1}
    assert sorted(reading.texts()) == ["200 days ago", "85 days ago"]


def test_replies_are_gone_with_the_root_that_is_gone(reading, fake):
    fake.workspace.say(CARMEN, GENERAL, "long before")
    root = fake.workspace.say(CARMEN, GENERAL, "who?")["ts"]
    reply = fake.workspace.say(ADA, GENERAL, "me", thread_ts=root)["ts"]
    fake.workspace.say(CARMEN, GENERAL, "later")
    reading.run()
    fake.workspace.remove(GENERAL, reply)
    fake.workspace.remove(GENERAL, root)
    assert reading.run().report.messages_dropped["deleted"] == 1
    assert reading.texts() == []


def test_what_is_gone_is_found_by_a_reading_for_somebody_new_too(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two")]
    reading.run()
    fake.workspace.remove(GENERAL, said[1])
    reading.agree(CARMEN)
    reading.run()
    assert reading.texts() == ["one"]


def test_a_look_back_that_was_cut_short_goes_on_as_far_as_it_was_to_go(reading, fake):
    """What it has read itself must not count as read before, or the rest would be left out."""
    for number in range(450):
        ts = f"{time.time() - 6.5 * DAY + 1_000 * number:.6f}"
        fake.workspace.say(ADA, GENERAL, f"line {number}", ts=ts)
    reading.run()
    oldest = fake.workspace.channel(GENERAL).shown[0]
    fake.workspace.edit(GENERAL, oldest, text="edited")
    reading.run(on_progress=lambda headway: headway.messages and reading.stop.set())
    reading.stop.clear()
    reading.run()
    assert "edited" in reading.texts()


def test_what_comes_in_live_meanwhile_is_kept(reading, fake):
    root = fake.workspace.say(ADA, GENERAL, "one")["ts"]
    fake.workspace.say(BRAM, GENERAL, "reply", thread_ts=root)
    reading.run()

    def hear(headway):
        for thread_ts in ("", root):
            live = {"type": "message", "user": ADA, "text": "live", "ts": fake.workspace.next_ts()}
            raw = RawMessage(GENERAL, live | ({"thread_ts": thread_ts} if thread_ts else {}))
            reading.store.ingest([raw], policy=IngestPolicy(team_id=fake.workspace.team_id))

    reading.run(on_progress=hear)
    assert reading.texts().count("live") >= 4


def write_now(reading, fake, text, **more):
    """Let an event bring what somebody writes just now, which Slack's history does not show yet."""
    ts = f"{time.time():.6f}"
    live = {"type": "message", "user": ADA, "text": text, "ts": ts, **more}
    policy = IngestPolicy(team_id=fake.workspace.team_id)
    reading.store.ingest([RawMessage(GENERAL, live)], policy=policy)


def test_a_message_that_slack_s_history_does_not_show_yet_is_kept(reading, fake):
    fake.workspace.say(BRAM, GENERAL, "before")
    reading.run()
    write_now(reading, fake, "just now")
    fake.workspace.seconds_ago = 0
    fake.workspace.say(BRAM, GENERAL, "after")
    assert reading.run().report.messages_dropped == {}
    assert sorted(reading.texts()) == ["after", "before", "just now"]


def test_a_reply_that_its_root_does_not_count_yet_is_kept(reading, fake):
    root = fake.workspace.say(BRAM, GENERAL, "a root")["ts"]
    fake.workspace.say(BRAM, GENERAL, "after")
    reading.run()
    write_now(reading, fake, "a reply", thread_ts=root)
    assert reading.run().report.messages_dropped == {}
    assert sorted(reading.texts()) == ["a reply", "a root", "after"]
