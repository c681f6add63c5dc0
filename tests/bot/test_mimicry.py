"""The service that speaks, as a long-lived process uses it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from bot.errors import NoSuchVoice
from bot.mimicry import Line, Speaker, say_together
from bot.realization import Surroundings
from bot.session import Session, open_session
from bot.settings import Settings
from bot.targets import parse_target
from storage.errors import UnknownMember
from storage.store import Store
from tests.training.tiny_voices import build_voice
from training.config import SamplingConfig
from training.errors import NothingToSay
from training.generation import Request
from training.voices import VoiceRegistry


@pytest.fixture
def session(speaking) -> Iterator[Session]:
    with open_session(Settings.alone(speaking)) as session:
        yield session


@pytest.fixture
def elsewhere(speaking, session) -> Iterator[Store]:
    """The same database, as another process sees it."""
    with open_session(Settings.alone(speaking)) as other:
        yield other.store


def _line(speaker: Speaker, seed: int = 0, **texts: str) -> Line:
    return Line(speaker, Request(**texts), SamplingConfig(), np.random.default_rng(seed))  # type: ignore[arg-type]


def _together(lines: list[Line]):
    said = dict(say_together(lines))
    return [said[number] for number in range(len(lines))]


def _say(session: Session, target: str = "@ada", seed: int = 0, **texts: str):
    speaker = session.mimicry.open(parse_target(target))
    (said,) = speaker.say(
        Request(**texts),
        SamplingConfig(),
        rng=np.random.default_rng(seed),  # type: ignore[arg-type]
    )
    return said


def test_what_is_said_together_is_what_is_said_alone(session):
    wanted = [("@ada", ""), ("@bram", "so"), ("@ada + @bram", ""), ("@ada", "lunch at")]
    lines = [
        _line(session.mimicry.open(parse_target(target)), seed, prompt=prompt)
        for seed, (target, prompt) in enumerate(wanted)
    ]
    alone = [_say(session, target, seed, prompt=p) for seed, (target, p) in enumerate(wanted)]
    together = _together(lines)
    assert [each.text for each in together] == [each.text for each in alone]
    assert [each.voice for each in together] == [each.voice for each in alone]


def test_a_copy_is_drawn_again_more_boldly_and_others_are_not(session):
    real = max((message.text for message in session.store.messages.read()), key=len)
    ada = session.mimicry.open(parse_target("@ada"))
    copied, free = _together([_line(ada, 1, prompt=real), _line(ada, 2)])
    assert copied.is_refused
    assert free == _say(session, seed=2)


def test_a_line_that_fails_leaves_the_others_their_messages(session):
    blank = Speaker(session.mimicry, rows=[], parts=[(build_voice(bias={" ": 60.0}), 1.0)])
    bram = session.mimicry.open(parse_target("@bram"))
    nothing, said = _together([_line(blank), _line(bram, 5)])
    assert isinstance(nothing, NothingToSay)
    assert said == _say(session, "@bram", 5)


def test_a_name_that_came_in_elsewhere_is_scrubbed_from_the_next_prompt(session, elsewhere):
    assert _say(session, prompt="ask Wrenlow").stored.startswith("ask Wrenlow")
    newcomer = {"id": "U07ZEBULON", "name": "wrenlow", "profile": {"real_name": "Wrenlow Pike"}}
    elsewhere.members.register([newcomer], team_id="T06NETTLE1")
    assert _say(session, prompt="ask Wrenlow").stored.startswith("ask <name>")


@pytest.mark.parametrize("stop", ["pause", "forget"])
def test_whoever_says_no_elsewhere_is_silent_at_once(session, elsewhere, stop):
    assert _say(session).text
    ada = elsewhere.members.find("@ada").id
    if stop == "pause":
        elsewhere.consent.revoke(ada, actor="subject", by_subject=True)
    else:
        elsewhere.forget(ada, state="left", by_subject=True)
    with pytest.raises((NoSuchVoice, UnknownMember)):
        session.mimicry.open(parse_target("@ada + @bram"))


def test_the_version_that_is_promoted_elsewhere_speaks_next(session, elsewhere, speaking):
    assert _say(session).version == 2
    voice = elsewhere.voices.find("person", subject=elsewhere.members.find("@ada").id)
    VoiceRegistry(elsewhere, speaking / "voices").rollback(voice)
    assert _say(session).version == 1


@pytest.mark.slow
def test_a_line_mentions_whom_and_what_it_is_told_to(session):
    here = Surroundings(people=["Quill"], channels=["#nook"])
    ada = session.mimicry.open(parse_target("@ada"))
    lines = [replace(_line(ada, seed), here=here) for seed in range(48)]
    said = _together(lines)
    assert any("Quill" in each.text for each in said)
    asked = (each for each in said if "<user>" in each.stored or "<name>" in each.stored)
    assert all("Quill" in each.text for each in asked)


def test_by_default_a_voice_mentions_people_who_agree_and_not_itself(session):
    members = {member.handle: member for member in session.store.members.list()}
    session.store.consent.revoke(members["carmen"].id, actor="test")
    voice = session.store.voices.find("person", subject=members["ada"].id)
    around = session.mimicry.find_surroundings([voice])
    assert members["bram"].display_name in around.people
    assert not {members["ada"].display_name, members["carmen"].display_name} & set(around.people)
    assert "#general" in around.channels


def test_somebody_without_a_name_is_not_mentioned_by_an_id(session):
    nameless = session.store.members.ensure("U0NAMELESS", team_id="T06NETTLE1")
    session.store.consent.grant([nameless.id], actor="test", by_subject=True)
    assert "U0NAMELESS" not in session.mimicry.find_surroundings([]).people
