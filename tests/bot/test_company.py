"""Whom and what a message may mention: who is there, and has agreed."""

import random

import pytest

from bot.company import Company
from bot.session import open_session
from bot.settings import Settings
from bot.slack import Slack
from tests.bot.query_plans import watching
from tests.bot.slack_bench import ADA, BRAM, GENERAL, TEAM, build_workspace
from tests.fake_slack import BOT, FakeSlack

SMALL = "C06SMALL001"


@pytest.fixture
def fake(sample):
    with FakeSlack(build_workspace(sample)) as fake:
        fake.workspace.add_channel(SMALL, "small", [ADA, BRAM, BOT])
        yield fake


@pytest.fixture
def store(filled):
    with open_session(Settings.alone(filled)) as session:
        yield session.store


@pytest.fixture
def company(store, fake):
    return Company(store, Slack(fake.client()), rng=random.Random(1))


def people(company, channel, name="general", without=()):
    return set(company.find(channel, name, without=without).people)


def test_those_who_take_part_may_be_mentioned(company):
    assert people(company, SMALL) == {"Ada", "Bram"}
    assert people(company, GENERAL) == {"Ada", "Bram", "Carmen", "Dov", "Etta", "Finn"}


def test_the_speakers_are_not_mentioned(company, store):
    ada = store.members.find(ADA).id
    assert people(company, SMALL, without={ada}) == {"Bram"}


def test_who_does_not_agree_is_not_mentioned(company, store):
    assert people(company, SMALL) == {"Ada", "Bram"}
    store.consent.revoke(store.members.find(BRAM).id, actor="subject", by_subject=True)
    assert people(company, SMALL) == {"Ada"}


def add_crowd(store, fake) -> None:
    crowd = [
        {"id": f"U06CROWD{number:03}", "name": f"crowd{number}", "team_id": TEAM}
        for number in range(300)
    ]
    ids = store.members.register(crowd, team_id=TEAM)
    store.consent.grant(ids, actor="operator")
    fake.workspace.channel(GENERAL).members += [user["id"] for user in crowd]


def test_of_many_people_some_are_picked(company, store, fake):
    add_crowd(store, fake)
    assert len(people(company, GENERAL)) == 12


def test_many_people_are_looked_up_together(company, store, fake):
    add_crowd(store, fake)
    with watching(store) as watch:
        people(company, GENERAL)
    assert watch.asked == 3  # who is there, what they are called, who agrees now


@pytest.mark.parametrize("channel", ["C0NOWHERE1", "D06ADALIND"])
def test_where_the_bot_sees_nobody_nobody_is_mentioned(company, channel):
    assert people(company, channel) == set()


def test_where_slack_does_not_answer_nobody_is_mentioned(company, fake):
    fake.state.faults.fail("conversations.members", "error", error="fatal_error", times=9)
    assert people(company, SMALL) == set()


def test_a_public_channel_is_called_by_its_name(company):
    assert company.find(SMALL, "small", without=()).channels == ["#small"]


@pytest.mark.parametrize("name", ["privategroup", "directmessage", "mpdm-ada--bram-1", ""])
def test_a_conversation_that_is_not_public_has_no_name(company, name):
    assert company.find(SMALL, name, without=()).channels == []
