"""A desk where people say yes and no."""

import pytest

from bot.session import open_session
from bot.settings import Settings
from tests.bot.consenting.desk import Desk
from tests.fake_slack import FakeSlack, FakeWorkspace


@pytest.fixture
def fake():
    with FakeSlack(FakeWorkspace.small()) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def desk(opened, fake):
    with open_session(Settings.alone(opened)) as session:
        yield Desk(session, fake)


@pytest.fixture
def lenient(opened, fake):
    """Where silence means yes."""
    settings = Settings.alone(opened).model_copy(update={"mimic_consent": "opt-out"})
    with open_session(settings) as session:
        yield Desk(session, fake)
