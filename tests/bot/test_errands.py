import logging
import threading

import pytest

from bot.errands import Errands
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def errands():
    errands = Errands()
    yield errands
    errands.close(5)


def test_errands_are_run_beside_each_other(errands):
    meeting = threading.Barrier(3, timeout=5)
    for _ in range(2):
        errands.submit(meeting.wait, name="meet")
    meeting.wait()


def test_errands_of_one_worker_keep_their_order():
    errands, done = Errands(workers=1), []
    for number in range(20):
        errands.submit(lambda number=number: done.append(number), name="count")
    errands.close(5)
    assert done == list(range(20))


def test_a_failure_is_logged_without_a_word_of_it_and_the_next_errand_is_run(errands, caplog):
    done = threading.Event()

    def fail():
        raise ValueError("ada said so")

    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            errands.submit(fail, name="home")
        errands.submit(done.set, name="note")
        assert done.wait(5)
        errands.close(5)
    assert caplog.messages == ["An errand failed: home (ValueError)"] * 2
    assert "ada" not in caplog.text


def test_closing_does_what_waits_and_takes_nothing_more(errands, caplog):
    done = []
    errands.submit(lambda: done.append("before"), name="before")
    errands.close(5)
    errands.submit(lambda: done.append("after"), name="after")
    assert done == ["before"]
    assert "left undone: after" in caplog.text


def test_a_long_errand_is_told_to_leave_off_and_not_waited_for_beyond_the_time(caplog):
    errands, told, end = Errands(workers=1), threading.Event(), threading.Event()

    def read_all():
        errands.stop.wait(5)
        told.set()
        end.wait(5)

    errands.submit(read_all, name="backfill")
    errands.close(0.05)
    assert told.wait(5)
    assert "cut short" in caplog.text
    end.set()


def test_nothing_is_started_before_there_is_work():
    before = threading.active_count()
    Errands(workers=4).close(1)
    assert threading.active_count() == before


def test_an_errand_may_be_done_later_unless_the_end_comes_first(errands):
    done = threading.Event()
    errands.submit_later(done.set, seconds=0.01, name="later")
    assert done.wait(PATIENCE_SECONDS)
