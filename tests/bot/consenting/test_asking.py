"""Asking somebody: by whom, how often, and whom not."""

import threading

import pytest

from bot.consenting import MOST_ASKED_A_DAY
from tests.fake_slack import ADA, BRAM, CARMEN, DOV, GUEST, ROBOT
from tests.waiting import wait_until


def ask(desk, asker=BRAM, subject=ADA) -> str:
    return desk.consenting.ask(asker, subject)["text"]


def test_somebody_is_asked_by_dm_and_may_answer_there(desk):
    assert "I have asked ada" in ask(desk)
    [request] = desk.fake.dms(ADA)
    assert f"<@{BRAM}> would like to mimic" in request.words
    assert [each["action_id"] for each in request.elements] == [
        "consent_agree",
        "consent_not_now",
        "consent_never",
    ]
    assert desk.state(ADA) == ("asked", False)
    [row] = desk.store.audit.read(event="asked")
    assert (row.member, row.details) == (desk.member(ADA), {"by": desk.member(BRAM)})


def test_nobody_is_asked_twice_in_a_week_by_the_same_person(desk):
    ask(desk)
    assert "was asked lately" in ask(desk)
    assert "I have asked" in ask(desk, asker=CARMEN)
    assert len(desk.fake.dms(ADA)) == 2


def test_after_a_week_somebody_may_be_asked_again(desk):
    desk.note("asked", ADA, by=BRAM, days_ago=7.1)
    assert "I have asked" in ask(desk)


def test_after_a_not_now_nobody_asks_for_a_week(desk):
    ask(desk)
    desk.consenting.not_now(ADA)
    assert "was asked lately" in ask(desk, asker=CARMEN)
    assert len(desk.fake.dms(ADA)) == 1


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("declined", "does not want to be mimicked"),
        ("never_ask", "does not want to be mimicked"),
        ("left", "does not want to be mimicked"),
        ("paused", "takes a pause"),
        ("agreed", "has agreed already"),
    ],
)
def test_whoever_has_spoken_is_not_asked(desk, state, sentence):
    desk.set(ADA, state, by_subject=True)
    assert sentence in ask(desk)
    assert desk.fake.dms(ADA) == []
    assert desk.state(ADA)[0] == state


@pytest.mark.parametrize("subject", [GUEST, ROBOT, DOV, "U0NOBODY11", BRAM])
def test_whoever_cannot_agree_is_not_asked(desk, subject):
    ask(desk, subject=subject)
    assert desk.fake.called("chat.postMessage") == []
    assert desk.store.audit.read(event="asked") == []


def test_nobody_asks_the_whole_workspace_in_a_day(desk):
    for number in range(MOST_ASKED_A_DAY):
        user = desk.fake.workspace.add_user(f"U0NEW000{number:02}", f"new{number}", "New One")
        desk.note("asked", user["id"], by=BRAM)
    assert "many people today" in ask(desk)
    assert desk.fake.dms(ADA) == []


def test_who_cannot_be_written_to_was_not_asked(desk):
    desk.fake.state.faults.fail("chat.postMessage", "error", error="cannot_dm_bot")
    assert "could not write to ada" in ask(desk)
    assert desk.state(ADA) == ("none", False)
    assert "I have asked" in ask(desk)


def test_two_clicks_at_once_are_one_request(desk):
    clicks = [threading.Thread(target=ask, args=[desk]) for _ in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len(desk.fake.dms(ADA)) == 1


def test_a_yes_while_the_question_is_under_way_counts(desk):
    desk.fake.state.faults.fail("chat.postMessage", "hang", seconds=0.3)
    question = threading.Thread(target=ask, args=[desk])
    question.start()
    wait_until(lambda: desk.fake.called("chat.postMessage"))
    desk.set(ADA, "agreed", by_subject=True)
    question.join()
    assert desk.state(ADA) == ("agreed", True)
    assert len(desk.store.audit.read(event="asked")) == 1
