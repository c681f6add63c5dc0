"""Placeholders become words: none may reach a reader."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realization import Surroundings, realize
from storage.anonymization import PLACEHOLDERS

TEAM = Surroundings(people=("Ada", "Bram", "Carmen"), channels=("#general", "#random"))


def say(stored: str, surroundings: Surroundings = TEAM, seed: int = 1) -> str:
    return realize(stored, surroundings, np.random.default_rng(seed))


@given(
    st.lists(st.one_of(st.sampled_from(PLACEHOLDERS), st.text(max_size=9))).map("".join),
    st.lists(st.one_of(st.text(max_size=9), st.sampled_from(PLACEHOLDERS))),
)
def test_no_placeholder_survives(stored, people):
    said = say(stored, Surroundings(people=people))
    assert not re.search("|".join(map(re.escape, PLACEHOLDERS)), said)


def test_a_name_cannot_make_a_new_placeholder():
    assert say("<<user>>", Surroundings(people=("user",))) == "user"


def test_what_is_no_placeholder_stays_as_it_is():
    stored = "  1 < 2 > 0 <b>Hm</b> :tada:\n\n`x` ‹user› <User> <users>"  # noqa: RUF001 - as stored
    assert say(stored) == stored


def test_people_and_channels_are_ones_that_are_there():
    assert say("<user>, see <channel>: <url>").removesuffix(": (link)") in {
        f"{person}, see {channel}" for person in TEAM.people for channel in TEAM.channels
    }


def test_three_people_in_a_message_are_three_and_a_fourth_is_one_again():
    first, second, third, fourth = say("<user> <name> <user> <user>").split()
    assert {first, second, third} == set(TEAM.people)
    assert fourth in TEAM.people


def test_the_same_seed_names_the_same_people():
    assert say("<user> <user>", seed=5) == say("<user> <user>", seed=5)


def test_chance_names_everybody():
    assert {say("<user>", seed=seed) for seed in range(50)} == set(TEAM.people)


@pytest.mark.parametrize("people", [(), ("<>", " ")])
def test_where_nobody_is_known_it_is_someone(people):
    assert say("hi <user> in <channel>", Surroundings(people)) == "hi someone in another channel"
