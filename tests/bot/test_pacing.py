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


@pytest.mark.parametrize(
    ("length", "has_more"), [(0, True), (7, True), (15, False), (16, True), (200, True)]
)
def test_other_pages_do_not(pacing, length, has_more):
    pacing.note_page(length, has_more=has_more)
    assert not pacing.is_restricted


def test_a_longer_page_takes_it_back(pacing):
    pacing.note_page(15, has_more=True)
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


def test_all_who_ask_with_one_token_keep_one_pace(clock):
    one, other = (Pacing(clock, threading.Event(), clock.pace("token")) for _ in range(2))
    stranger = Pacing(clock, threading.Event(), clock.pace("another"))
    one.wait(HISTORY)
    stranger.wait(HISTORY)
    assert clock.slept == []
    other.wait(HISTORY)
    assert clock.slept == [pytest.approx(1.2, abs=0.1)]


def test_a_refusal_holds_all_of_a_token_up_to_the_second(clock):
    one, other = (Pacing(clock, threading.Event(), clock.pace("token")) for _ in range(2))
    one.note_refusal(REPLIES, 30)
    other.wait(REPLIES)
    assert clock.slept == [30]
    one.note_page(15, has_more=True)
    assert other.is_restricted


def test_a_short_hold_shortens_no_long_one(pacing, clock):
    pacing.note_refusal(HISTORY, 30)
    pacing.hold(HISTORY, 1)
    pacing.wait(HISTORY)
    assert clock.slept == [30]


def test_threads_that_ask_at_once_are_kept_apart():
    clock = Clock(speed=100)
    asked = []

    def ask():
        pacing = Pacing(clock, threading.Event(), clock.pace("token"))
        for _ in range(5):
            pacing.wait(HISTORY)
            asked.append(clock.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 20
    assert max(asked) - min(asked) >= 19 * 1.2  # none came sooner than its turn
