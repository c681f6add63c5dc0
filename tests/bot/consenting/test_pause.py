"""A pause: whose it is, and who may end it."""

import pytest

from tests.bot.consenting.desk import words
from tests.fake_slack import ADA


def test_a_pause_is_the_persons_own_and_ends_by_their_word(desk):
    desk.consenting.agree(ADA)
    assert "You are paused: " in desk.consenting.pause(ADA)["text"]
    assert desk.state(ADA) == ("paused", True)
    desk.consenting.resume(ADA)
    assert desk.state(ADA) == ("agreed", True)


def test_a_pause_of_an_admin_is_told_as_such_and_can_be_made_ones_own(desk):
    desk.consenting.agree(ADA)
    desk.set(ADA, "paused")
    assert "paused, by an admin" in desk.consenting.status(ADA)["text"]
    desk.consenting.pause(ADA)
    assert desk.state(ADA) == ("paused", True)


@pytest.mark.parametrize("state", ["none", "asked", "declined", "left", "never_ask"])
@pytest.mark.parametrize("word", ["pause", "resume"])
def test_without_a_yes_there_is_nothing_to_pause_or_to_go_on_with(desk, state, word):
    if state != "none":
        desk.set(ADA, state, by_subject=True)
    answer = getattr(desk.consenting, word)(ADA)
    assert "/mimic optin" in words(answer)
    assert desk.state(ADA)[0] == state


def test_who_never_agreed_does_not_begin_by_going_on(desk):
    desk.set(ADA, "paused")
    assert "You have not agreed yet" in desk.consenting.resume(ADA)["text"]
    assert desk.state(ADA) == ("paused", False)


def test_a_pause_may_be_taken_where_silence_means_yes(lenient):
    lenient.consenting.pause(ADA)
    assert lenient.state(ADA) == ("paused", True)
    lenient.consenting.resume(ADA)
    assert lenient.state(ADA) == ("agreed", True)
