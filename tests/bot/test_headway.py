"""How far a backfill is, and when it may be over."""

import threading
from dataclasses import replace

import pytest

from bot.headway import Headway, Meter, SlowNotice, Span
from bot.pacing import Clock, Pacing
from storage.ingestion import IngestReport

DAY = 86_400.0


class HandClock(Clock):
    """Goes on only when it is told to."""

    seconds = 0.0

    def monotonic(self):
        return self.seconds


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def meter(clock, told):
    pacing = Pacing(clock, threading.Event())
    meter = Meter(clock, pacing, told.append)
    meter.pacing = pacing
    meter.begin({1: Span(0, 10 * DAY, 10 * DAY), 2: Span(0, 5 * DAY, 10 * DAY)})
    return meter


def test_what_was_read_before_counts_as_done_but_not_as_speed(meter, clock, told):
    assert meter.measure().fraction == 0.25
    assert meter.measure().seconds_left is None
    clock.seconds = 60.0
    meter.note_stored(1, 5 * DAY, IngestReport(3, 2, 0, {"bot": 1}))
    assert told[-1].fraction == 0.5
    assert told[-1].seconds_left == pytest.approx(120.0)
    assert told[-1].report == IngestReport(3, 2, 0, {"bot": 1})
    assert (told[-1].channels_done, told[-1].channels) == (0, 2)


def test_a_channel_that_is_done_with_is_done_whatever_was_in_it(meter, told):
    meter.note_done(2)
    assert (told[-1].channels_done, told[-1].fraction) == (1, 0.5)


def test_at_the_slow_pace_a_page_and_a_thread_are_a_minute(meter, told):
    meter.note_page(30)
    meter.note_thread()
    meter.note_stored(1, 5 * DAY, IngestReport())
    meter.pacing.note_page(15, has_more=True)
    assert meter.measure().seconds_left == pytest.approx(2 * 60 * 2)
    for _ in range(5):
        meter.note_thread()
    assert told[-1].seconds_left == pytest.approx(6 * 60 * 2)


def test_slowness_is_said_once_and_with_its_end():
    said = []
    notice = SlowNotice(said.append)
    headway = Headway(15, IngestReport(), 0, 1, 0.1, None, is_restricted=True)
    notice.show(headway)
    notice.show(replace(headway, seconds_left=3_600.0, is_restricted=False))
    assert not said
    notice.show(replace(headway, seconds_left=3_600.0))
    notice.show(replace(headway, seconds_left=1_800.0))
    assert len(said) == 1
    assert "15 messages a minute" in said[0]
    assert "UTC" in said[0]
