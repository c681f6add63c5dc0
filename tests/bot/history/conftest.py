"""A fake Slack in a hurry, and a store where Ada and Bram have agreed."""

import pytest

from tests.bot.history.reading import SPEED, Reading
from tests.fake_slack import ADA, BRAM, FakeSlack


@pytest.fixture
def fake():
    with FakeSlack(scale=SPEED) as fake:
        yield fake


@pytest.fixture
def reading(store, fake):
    reading = Reading(store, fake)
    reading.agree(ADA, BRAM)
    return reading
