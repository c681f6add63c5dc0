"""A Slack, and the bot at its desk there."""

import pytest

from tests.bot.listeners.reception import open_reception
from tests.fake_slack import FakeSlack


@pytest.fixture
def fake():
    with FakeSlack() as fake:
        yield fake


@pytest.fixture
def bot(opened, fake):
    with open_reception(opened, fake) as bot:
        yield bot
