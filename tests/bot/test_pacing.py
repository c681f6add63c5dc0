"""How often Slack may be asked."""

import threading

import pytest

from bot.pacing import HISTORY, REPLIES, Clock, Pacing, Stopped


class HandClock(Clock):
    """Sleeping takes no time, but is counted."""

    def __init__(self):
        super().__init__()
        self.slept = []

    def monotonic(self):
        return sum(self.slept)

    def sleep(self, seconds, stop):
        self.slept.append(seconds)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def pacing(clock):
    return Pacing(clock, threading.Event())


def test_each_method_keeps_its_own_pace(pacing, clock):
    for method in (HISTORY, REPLIES, "users.list", "auth.test", "auth.test"):
        pacing.wait(method)
    assert clock.slept == []
    pacing.wait(HISTORY)
    assert clock.slept == [pytest.approx(1.2, abs=0.1)]
    pacing.wait("users.list")
    assert sum(clock.slept) == pytest.approx(3.0, abs=0.1)


def test_a_short_page_with_more_to_come_means_one_page_a_minute(pacing, clock):
    pacing.note_page(15, has_more=True)
    pacing.wait(HISTORY)
    pacing.wait(HISTORY)
    assert pacing.is_restricted
    assert clock.slept == [pytest.approx(60, abs=2)]
    pacing.wait("users.list")
    pacing.wait("users.list")
    assert sum(clock.slept) == pytest.approx(63, abs=3)


@pytest.mark.parametrize(("length", "has_more"), [(0, True), (15, False), (16, True), (200, True)])
def test_other_pages_do_not(pacing, length, has_more):
    pacing.note_page(length, has_more=has_more)
    assert not pacing.is_restricted


def test_a_longer_page_takes_it_back(pacing):
    pacing.note_page(12, has_more=True)
    pacing.note_page(150, has_more=True)
    assert not pacing.is_restricted


def test_one_long_wait_is_none_two_are_a_rule(pacing, clock):
    pacing.note_refusal(HISTORY, 60)
    assert not pacing.is_restricted
    pacing.note_refusal("users.list", 60)
    assert not pacing.is_restricted
    pacing.note_refusal(HISTORY, 60)
    assert pacing.is_restricted


def test_it_is_asked_again_at_the_second_that_slack_names(pacing, clock):
    pacing.note_refusal(HISTORY, 30)
    pacing.wait(HISTORY)
    assert clock.slept == [30]


def test_whoever_is_to_stop_waits_no_longer(clock):
    stop = threading.Event()
    pacing = Pacing(clock, stop)
    pacing.wait(HISTORY)
    stop.set()
    with pytest.raises(Stopped):
        pacing.wait(HISTORY)
    assert clock.slept == []
