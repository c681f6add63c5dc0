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
    assert reading.store.crawls.list_unfinished() == ()


def test_a_reading_of_all_there_is_asks_no_thread_again(reading, fake, thread):
    reading.agree(CARMEN)
    assert reading.run().threads_asked_again == 0
    assert [asked.get("oldest") for asked in reading.asked(REPLIES)] == [None]
    assert reading.run(since=stamp(0)).threads_asked_again == 0


# --- what began before the look back, but not long before


@pytest.fixture
def question(reading, fake):
    """A message of ten days ago that nobody had answered when it was read."""
    asked = fake.workspace.say(ADA, GENERAL, "who?", ts=ago(10))["ts"]
    reading.run()
    fake.calls.clear()
    return asked


def test_the_first_reply_to_an_old_message_is_found(reading, fake, question):
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=question)
    assert reading.run().threads_asked_again == 1
    assert sorted(reading.texts()) == ["late", "who?"]


def test_the_first_reply_to_the_old_message_of_one_who_has_not_agreed_is_found(reading, fake):
    question = fake.workspace.say(CARMEN, GENERAL, "who?", ts=ago(10))["ts"]
    reading.run()
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=question)
    reading.run()
    assert reading.texts() == ["late"]


def test_what_was_edited_or_deleted_of_the_weeks_before_is_found(reading, fake, question):
    gone = fake.workspace.say(ADA, GENERAL, "gone", ts=ago(9))["ts"]
    reply = fake.workspace.say(ADA, GENERAL, "me", ts=ago(2), thread_ts=question)["ts"]
    reading.run(since=ago(12))
    assert sorted(reading.texts()) == ["gone", "me", "who?"]
    fake.workspace.edit(GENERAL, question, text="who, then?")
    fake.workspace.remove(GENERAL, gone)
    fake.workspace.remove(GENERAL, reply)
    assert reading.run().report.messages_dropped == {"deleted": 2}
    assert reading.texts() == ["who, then?"]


def test_threads_without_news_are_not_asked(reading, fake):
    root = fake.workspace.say(ADA, GENERAL, "who?", ts=ago(20))["ts"]
    fake.workspace.say(BRAM, GENERAL, "me", ts=ago(15), thread_ts=root)
    reading.run()
    fake.calls.clear()
    assert reading.run().threads_asked_again == 0
    assert reading.asked(REPLIES) == []


def test_where_slack_does_not_give_the_weeks_before_threads_are_asked_one_by_one(reading, fake):
    root = fake.workspace.say(ADA, GENERAL, "who?", ts=ago(20))["ts"]
    fake.workspace.say(BRAM, GENERAL, "me", ts=ago(15), thread_ts=root)
    reading.run()
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=root)
    fake.state.faults.fail(
        HISTORY, "error", error="not_in_channel", when=lambda asked: asked["limit"] == "999"
    )
    assert reading.run().threads_asked_again == 1
    assert "late" in reading.texts()


def test_where_slack_is_slow_the_weeks_before_are_not_read(reading, fake, question):
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=question)
    reading.clock.pace(f"{reading.slack.client.base_url} {fake.bot_token}").is_restricted = True
    reading.run()
    assert len(reading.asked(HISTORY)) == 1


def test_a_machine_that_slept_stores_no_late_reply_until_it_is_its_turn_again(
    reading, fake, thread
):
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=thread)
    stored = []

    def lose(_headway):
        if reading.asked(REPLIES) and not stored:
            stored.append(len(reading.texts()))
            find_line(reading.store).current.lost.set()

    assert reading.run(on_progress=lose).report.messages_stored == 1
    assert stored == [1]
    assert len(reading.asked(REPLIES)) == 2  # it began its turn anew
