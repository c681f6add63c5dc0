"""What goes wrong while history is read."""

import threading

import pytest

from bot.errors import SlackError
from tests.bot.history.reading import HISTORY, REPLIES, SPEED, Reading, StillClock, fill, stamp
from tests.fake_slack import (
    ADA,
    BRAM,
    GENERAL,
    RANDOM,
)


@pytest.mark.parametrize("kind", ["500", "503", "html", "reset", "truncated"])
def test_what_fails_for_a_while_is_asked_again(reading, fake, kind):
    fill(fake.workspace, 25)
    for method in ("auth.test", "users.list", "users.conversations", HISTORY, REPLIES):
        fake.state.faults.fail(method, kind, times=2)
    assert reading.run().report.messages_stored == 25 + 2 * 3


@pytest.mark.parametrize("kind", ["empty", "doubled", "overlap"])
def test_pages_that_are_empty_or_come_twice_change_nothing(reading, fake, kind):
    fill(fake.workspace, 450)
    for method in ("users.list", "users.conversations", HISTORY, REPLIES):
        fake.state.faults.fail(method, kind, times=2)
    summary = reading.run()
    assert summary.report.messages_read == summary.report.messages_stored == 450 + 2 * 45
    assert len(reading.texts()) == 540
    assert summary.channels == 1


@pytest.mark.parametrize("method", ["users.list", "users.conversations", HISTORY, REPLIES])
def test_a_list_whose_cursor_has_expired_is_begun_again(reading, fake, method):
    fill(fake.workspace, 25)
    fake.state.faults.fail(method, "empty", times=3)
    fake.state.faults.fail(
        method, "error", error="invalid_cursor", times=2, when=lambda asked: "cursor" in asked
    )
    summary = reading.run()
    assert summary.report.messages_stored == 25 + 2 * 3
    assert (summary.channels_skipped, summary.threads_skipped) == ({"connect": 1}, {})


def test_cursors_that_always_expire_cost_one_thread_alone(reading, fake):
    fill(fake.workspace, 25)

    def is_first(asked):
        return asked["ts"] == stamp(0)

    fake.state.faults.fail(REPLIES, "empty", times=99, when=is_first)
    fake.state.faults.fail(
        REPLIES, "error", error="invalid_cursor", times=99, when=lambda asked: "cursor" in asked
    )
    fake.state.faults._faults.reverse()
    summary = reading.run()
    assert summary.threads_skipped == {"invalid_cursor": 1}
    assert summary.report.messages_stored == 25 + 2 * 2


def test_an_outage_that_ends_while_it_is_looked_for_costs_nothing(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "500", times=7)  # as often as it is asked for at first
    summary = reading.run()
    assert summary.threads_skipped == {}
    assert summary.report.messages_stored == 25 + 2 * 3


@pytest.mark.parametrize("kind", ["reset", "html", "truncated"])
def test_one_thread_whose_answer_never_comes_does_not_end_it(reading, fake, kind):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, kind, times=99, when=lambda asked: asked["ts"] == stamp(10))
    summary = reading.run()
    assert summary.threads_skipped == {"server_error": 1}
    assert summary.report.messages_stored == 25 + 2 * 2


def test_an_answer_that_does_not_come_is_asked_for_again(store, fake):
    reading = Reading(store, fake, timeout=1)
    reading.agree(ADA, BRAM)
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "hang", seconds=1.5)
    assert reading.run().report.messages_stored == 25 + 2 * 3


@pytest.mark.parametrize("method", ["users.list", HISTORY, REPLIES])
def test_a_limit_is_waited_for_to_the_second(reading, fake, method):
    fill(fake.workspace, 25)
    fake.state.faults.fail(method, "ratelimited", seconds=30)
    reading.clock = clock = StillClock()
    reading.run()
    refused, again = fake.called(method)[:2]
    assert refused.status == 429
    assert fake.calls.index(again) == fake.calls.index(refused) + 1
    assert [wait for wait in clock.waits if wait > 5] == [30]


def test_limits_are_waited_for_however_often_they_come(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "ratelimited", seconds=10, times=20)
    assert reading.run().report.messages_stored == 25 + 2 * 3


def test_long_limits_that_recur_mean_the_slow_pace(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "ratelimited", seconds=60, times=2)
    reading.run()
    assert reading.progress[-1].is_restricted


def test_a_thread_that_is_not_there_is_counted_and_all_else_is_read(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "error", error="thread_not_found", nth=2)
    summary = reading.run()
    assert summary.threads_skipped == {"thread_not_found": 1}
    assert summary.report.messages_stored == 25 + 2 * 2
    assert summary.to_json()["threads_skipped"] == {"thread_not_found": 1}


@pytest.mark.parametrize(
    "code", ["not_in_channel", "channel_not_found", "missing_scope", "what_now"]
)
def test_a_channel_that_cannot_be_read_is_counted_and_read_later(reading, fake, code):
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    fill(fake.workspace, 3, threads_every=0)
    fill(fake.workspace, 4, channel=RANDOM, threads_every=0)
    fake.state.faults.fail(
        HISTORY, "error", error=code, when=lambda asked: asked["channel"] == GENERAL
    )
    summary = reading.run()
    assert summary.channels_skipped == {"connect": 1, code: 1}
    assert (summary.channels, summary.report.messages_stored) == (1, 4)
    crawl = reading.store.crawls.last_finished()
    problems = {each.problem for each in reading.store.crawls.coverage(crawl.id).values()}
    assert problems == {None, code}
    assert reading.run().report.messages_stored == 3


def test_one_thread_at_which_slack_fails_for_good_does_not_end_it(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "500", times=99, when=lambda asked: asked["ts"] == stamp(10))
    summary = reading.run()
    assert summary.threads_skipped == {"server_error": 1}
    assert summary.report.messages_stored == 25 + 2 * 2


@pytest.mark.parametrize("kind", ["500", "html", "reset"])
def test_a_slack_that_is_down_ends_it_and_it_goes_on_later(reading, fake, kind):
    fill(fake.workspace, 250)
    for method in (HISTORY, "auth.test"):
        fake.state.faults.fail(method, kind, nth=2, times=16)
    with pytest.raises(SlackError, match="run this again"):
        reading.run()
    assert len(reading.texts()) == 200 + 2 * 20
    fake.state.faults._faults.clear()
    assert reading.run().report.messages_stored == 50 + 2 * 5


def test_a_slack_that_goes_down_between_threads_loses_none_of_those_before(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "500", nth=2, times=16)
    fake.state.faults.fail("auth.test", "500", nth=2, times=16)
    with pytest.raises(SlackError):
        reading.run()
    assert sum("reply" in text for text in reading.texts()) == 2
    fake.state.faults._faults.clear()
    reading.run()
    assert len(reading.texts()) == 25 + 2 * 3
    assert len(reading.asked(REPLIES)) == 3


def test_a_stop_ends_a_long_wait(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "ratelimited", seconds=3_600 * SPEED)
    timer = threading.Timer(0.1, reading.stop.set)
    timer.start()
    assert reading.run().is_stopped
    timer.join()


def test_answers_and_names_never_reach_the_logs(reading, fake, caplog):
    fill(fake.workspace, 25)
    for kind in ("truncated", "html", "500"):
        fake.state.faults.fail(HISTORY, kind, nth=1)
        fake.state.faults.fail(REPLIES, kind, nth=1)
    reading.run()
    assert "line" not in caplog.text
    assert "Lindqvist" not in caplog.text
