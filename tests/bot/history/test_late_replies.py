"""Late replies to threads that began before the look back."""

import time

import pytest

from bot import late_replies
from bot.late_replies import ACTIVE_SECONDS, MOST
from bot.turns import find_line
from tests.bot.history.reading import DAY, HISTORY, REPLIES, stamp
from tests.fake_slack import ADA, BRAM, CARMEN, GENERAL


def ago(days: float) -> str:
    return f"{time.time() - days * DAY:.6f}"


@pytest.fixture
def thread(reading, fake):
    """One of a month ago, alive twelve days ago, that has been read."""
    root = fake.workspace.say(CARMEN, GENERAL, "who?", ts=ago(35))["ts"]
    fake.workspace.say(ADA, GENERAL, "me", ts=ago(12), thread_ts=root)
    reading.run()
    fake.calls.clear()
    return root


def test_late_replies_to_old_threads_are_found(reading, fake, thread):
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=thread)
    summary = reading.run()
    assert summary.to_json()["threads_asked_again"] == 1
    assert summary.report.messages_stored == 1
    [asked] = reading.asked(REPLIES)
    assert float(asked["oldest"]) == pytest.approx(time.time() - 7 * DAY, abs=120)
    assert sorted(reading.texts()) == ["late", "me"]


def test_edits_and_deletions_in_old_threads_are_found(reading, fake, thread):
    said = [
        fake.workspace.say(ADA, GENERAL, text, ts=ago(3 - n), thread_ts=thread)["ts"]
        for n, text in enumerate(("one", "two"))
    ]
    reading.run()
    fake.workspace.edit(GENERAL, said[0], text="one, edited")
    fake.workspace.remove(GENERAL, said[1])
    reading.run()
    assert sorted(reading.texts()) == ["me", "one, edited"]


@pytest.mark.parametrize("days", [31, 60])
def test_threads_that_were_silent_for_a_month_are_not_asked(reading, fake, days):
    root = fake.workspace.say(CARMEN, GENERAL, "who?", ts=ago(90))["ts"]
    fake.workspace.say(ADA, GENERAL, "me", ts=ago(days), thread_ts=root)
    reading.run()
    fake.calls.clear()
    assert reading.run().threads_asked_again == 0
    assert reading.asked(REPLIES) == []
    assert days * DAY > ACTIVE_SECONDS


def test_threads_of_this_week_are_not_asked_twice(reading, fake):
    root = fake.workspace.say(ADA, GENERAL, "who?", ts=ago(5))["ts"]
    fake.workspace.say(ADA, GENERAL, "me", ts=ago(4), thread_ts=root)
    reading.run()
    fake.calls.clear()
    assert reading.run().threads_asked_again == 0
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [root]


def test_a_day_named_by_hand_is_looked_back_from_too(reading, fake, thread):
    fake.workspace.say(ADA, GENERAL, "of last week", ts=ago(9), thread_ts=thread)
    assert reading.run().report.messages_stored == 0
    assert reading.run(since=ago(10)).report.messages_stored == 1


def test_a_thread_that_slack_refuses_is_counted_and_kept(reading, fake, thread):
    fake.state.faults.fail(REPLIES, "error", error="thread_not_found")
    assert reading.run().threads_skipped == {"thread_not_found": 1}
    assert reading.texts() == ["me"]


@pytest.mark.slow
def test_of_too_many_threads_those_are_asked_that_were_alive_last(reading, fake):
    for number in range(MOST + 3):
        root = f"{int(time.time() - 40 * DAY) + number}.000100"
        fake.workspace.say(CARMEN, GENERAL, "who?", ts=root)
        fake.workspace.say(ADA, GENERAL, "me", ts=ago(15 - number / 100), thread_ts=root)
    reading.run()
    fake.calls.clear()
    summary = reading.run()
    assert summary.threads_skipped == {late_replies.TOO_MANY: 3}
    assert summary.threads_asked_again == len(reading.asked(REPLIES)) == MOST
    left_out = {f"{int(float(asked['ts']))}" for asked in reading.asked(REPLIES)}
    oldest = min(fake.workspace.channel(GENERAL).messages)
    assert oldest.partition(".")[0] not in left_out


def test_who_waits_for_their_turn_goes_before_old_threads(reading, fake, thread):
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=thread)
    with find_line(reading.store).hear(str):
        assert reading.run().threads_skipped == {late_replies.TOO_MANY: 1}
    assert reading.texts() == ["me"]
    assert reading.run().report.messages_stored == 1


def test_a_crawl_that_was_cut_short_asks_old_threads_when_it_goes_on(reading, fake, thread):
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=thread)
    fake.state.faults.fail(REPLIES, "500", times=99)
    fake.state.faults.fail("auth.test", "500", nth=2, times=99)
    with pytest.raises(Exception, match="run this again"):
        reading.run()
    assert reading.asked(HISTORY)
    fake.state.faults._faults.clear()
    assert reading.run().report.messages_stored == 1
    assert reading.store.crawls.unfinished() is None


def test_a_reading_of_all_there_is_asks_no_thread_again(reading, fake, thread):
    reading.agree(CARMEN)
    assert reading.run().threads_asked_again == 0
    assert [asked.get("oldest") for asked in reading.asked(REPLIES)] == [None]
    assert reading.run(since=stamp(0)).threads_asked_again == 0
