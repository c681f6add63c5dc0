from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import consent, ids
from storage import consent as stored
from tests.bot.views.limits import violations
from tests.bot.views.reading import find_buttons, read
from tests.bot.views.strange import moments, numbers, texts, user_ids

STATES = get_args(consent.State)
statuses = st.builds(
    consent.StatusFacts,
    st.sampled_from(STATES),
    messages=numbers,
    missing=numbers,
    version=st.none() | numbers,
    made_at=st.none() | moments,
    uses=numbers,
    is_opt_out=st.booleans(),
)


def test_the_states_are_those_that_are_stored():
    assert set(STATES) == set(get_args(stored.ConsentState))


def test_the_question_says_who_asks_what_is_stored_and_for_how_long():
    words = read(consent.build_request("U06BRAMKES"))
    assert "<@U06BRAMKES> would like to mimic how you write" in words
    assert "your messages in public channels I am in, encrypted" in words
    assert "until you say so" in words
    assert "private" not in words


def test_the_question_names_what_else_is_learned_from():
    words = read(consent.build_request("U06BRAMKES", include={"private", "dms", "guests"}))
    assert "public channels I am in, private channels I was invited to and direct messages" in words


def test_the_question_has_three_answers_that_remember_who_asked():
    buttons = find_buttons(consent.build_request("U06BRAMKES"))
    assert {name: button["action_id"] for name, button in buttons.items()} == {
        "Agree": ids.CONSENT_AGREE,
        "Not now": ids.CONSENT_NOT_NOW,
        "Never ask again": ids.CONSENT_NEVER,
    }
    assert {button["value"] for button in buttons.values()} == {"U06BRAMKES"}


def test_who_agreed_can_still_stop():
    stop = find_buttons(consent.build_agreed())["Stop and delete"]
    assert stop["action_id"] == ids.CONSENT_OPTOUT
    assert "confirm" in stop


def test_a_no_for_good_says_that_nobody_can_ask_again():
    assert "nobody can ask you again" in read(consent.build_declined(is_final=True))
    assert "nobody can ask" not in read(consent.build_declined())


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_told_with_what_can_be_done(state):
    assert "Type /mimic" in read(consent.build_status(consent.StatusFacts(state)))


@pytest.mark.parametrize("state", ["none", "asked"])
def test_silence_that_means_yes_is_told_as_it_is(state):
    words = read(consent.build_status(consent.StatusFacts(state, is_opt_out=True)))
    assert "so I do learn from what you write" in words
    assert "I store nothing" not in words


def test_a_status_says_how_many_messages_are_missing():
    words = read(consent.build_status(consent.StatusFacts("agreed", messages=88, missing=112)))
    assert "Learned from: 88 messages. 112 more messages needed before you have a voice." in words


def test_progress_shows_a_bar_and_what_was_found():
    words = read(consent.build_progress(channels_done=2, channels=5, messages=1_204))
    assert "████░░░░░░ 40%" in words
    assert "2 of 5 channels, 1,204 messages of yours so far." in words


def test_progress_through_no_channels_is_done():
    assert "100%" in read(consent.build_progress(channels_done=0, channels=0, messages=0))


def test_a_first_voice_can_be_heard_at_once():
    assert "type /mimic me" in read(consent.build_first_voice(messages=312))


def test_without_enough_text_the_first_voice_says_what_is_missing():
    words = read(consent.build_first_voice(messages=199, missing=1))
    assert "1 more message needed before you have a voice" in words


def test_a_receipt_lists_what_was_deleted():
    words = read(consent.build_receipt(["660 messages", "voice: 2 versions"]))
    assert "• 660 messages\n• voice: 2 versions" in words


def test_a_receipt_says_what_is_left_and_until_when():
    words = read(consent.build_receipt([], left=["2 shared voices, until Monday"]))
    assert "nothing to delete" in words
    assert "What is left" in words
    assert "• 2 shared voices, until Monday" in words
    assert "What is left" not in read(consent.build_receipt(["660 messages"]))


def test_an_empty_receipt_says_so():
    assert "nothing to delete" in read(consent.build_receipt([]))


@given(st.lists(texts, max_size=3) | st.integers(0, 500).map(lambda n: ["line " * 60] * n))
def test_any_receipt_keeps_slacks_limits(lines):
    assert violations(consent.build_receipt(lines)) == []
    assert violations(consent.build_receipt(lines, left=lines)) == []


@given(statuses)
def test_any_status_keeps_slacks_limits(facts):
    assert violations(consent.build_status(facts)) == []


@given(texts | user_ids, st.sets(texts, max_size=3), numbers, numbers)
def test_any_other_screen_keeps_slacks_limits(text, include, few, many):
    for message in (
        consent.build_request(text[:200], include=include | {"private", "dms", "connect"}),
        consent.build_asked(text),
        consent.build_agreed(),
        consent.build_declined(),
        consent.build_declined(is_final=True),
        consent.build_progress(channels_done=few, channels=many, messages=few),
        consent.build_first_voice(messages=few, missing=many),
    ):
        assert violations(message) == []
