from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import ids
from bot.views.refusals import RefusalKind, build_refusal
from tests.bot.views.limits import violations
from tests.bot.views.strange import numbers, texts, user_ids

KINDS = get_args(RefusalKind)


def read(message):
    return message["blocks"][0]["text"]["text"]


def test_a_person_who_has_not_agreed_can_be_asked():
    message = build_refusal("not_agreed", name="Ada", ask="U06ADALIND")
    assert read(message).startswith("Ada has not agreed to be mimicked.")
    (button,) = message["blocks"][1]["elements"]
    assert (button["text"]["text"], button["action_id"], button["value"]) == (
        "Ask them",
        ids.CONSENT_ASK,
        "U06ADALIND",
    )


def test_nobody_is_offered_to_ask_where_nobody_is_to_be_asked():
    assert len(build_refusal("not_agreed", name="Ada")["blocks"]) == 1
    assert len(build_refusal("declined", name="Ada", ask="U06ADALIND")["blocks"]) == 1
    assert len(build_refusal("not_agreed", ask="U06ADALIND", is_self=True)["blocks"]) == 1


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (112, "112 more messages needed before Ada has a voice."),
        (1, "1 more message needed before Ada has a voice."),
    ],
)
def test_too_little_text_says_how_much_is_missing(missing, words):
    assert read(build_refusal("too_little_text", name="Ada", missing=missing)).startswith(words)


@pytest.mark.parametrize(
    ("seconds", "words"), [(2.2, "in 3 seconds."), (0.1, "in 1 second."), (0, "in 1 second.")]
)
def test_a_cooldown_says_how_long_to_wait(seconds, words):
    assert read(build_refusal("cooldown", seconds=seconds)).endswith(words)


def test_a_bot_has_no_voice():
    assert read(build_refusal("bot_member")).startswith("A bot has no voice of its own.")


def test_ones_own_voice_is_spoken_of_as_yours():
    sentence = read(build_refusal("too_little_text", name="Ada", missing=3, is_self=True))
    assert sentence.startswith("3 more messages needed before you have a voice.")


def test_a_refusal_without_a_name_is_still_a_sentence():
    assert read(build_refusal("not_agreed")).startswith("This person has not agreed")
    assert read(build_refusal("private_channel")).startswith("This channel is private")


def test_a_name_written_small_stays_small():
    assert read(build_refusal("declined", name="ada")).startswith("ada does not want")


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_is_whole_sentences_of_its_own_and_says_what_to_do(kind):
    sentence = read(build_refusal(kind, name="Ada", missing=5, seconds=2))
    others = [read(build_refusal(other, name="Ada")) for other in KINDS if other != kind]
    assert sentence not in others
    assert sentence[-1] in ".!"
    assert sentence.count(". ") + sentence.count("! ") >= 1


@given(st.sampled_from(KINDS), texts, numbers, numbers, user_ids, st.booleans())
def test_any_refusal_keeps_slacks_limits(kind, name, missing, seconds, ask, is_self):
    message = build_refusal(
        kind, name=name, missing=missing, seconds=seconds, ask=ask, is_self=is_self
    )
    assert violations(message, is_post=True) == []
