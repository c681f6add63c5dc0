"""The whole bot but its training, in a Slack of its own, for tests of what people click."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bot.app import build_app
from bot.joining import Joining
from bot.pacing import Clock
from bot.services import build_services
from bot.session import open_session
from bot.settings import Settings
from bot.slack import Slack
from tests.fake_slack import TEAM, FakeSlack

SPEED = 1_000.0  # the bot's waits for Slack are as much shorter


class Reception:
    """Everything at hand."""

    def __init__(self, session, fake: FakeSlack) -> None:
        self.session, self.store, self.fake = session, session.store, fake
        services = build_services(session, Slack(fake.client()))
        joining = Joining(session, services.slack, services.errands, clock=Clock(SPEED))
        self.services = replace(services, joining=joining)
        fake.attach(build_app(session.settings, self.services))

    def member(self, user_id: str) -> int:
        return self.store.members.ensure(user_id, team_id=TEAM).id

    def state(self, user_id: str) -> str:
        return self.store.consent.get(self.member(user_id)).state

    def command(self, text: str, *, user: str):
        """Type a command; return what the requester sees in the end."""
        answer = self.fake.command(text, user=user)
        assert answer.is_acked
        return self.fake.wait_for(lambda: self.fake.shown_for(answer))[-1]

    def click(self, place, action_id: str, *, user: str):
        """Click in a message; return what it has become."""
        answer = self.fake.click(place, action_id, user=user)
        assert answer.is_acked
        return self.fake.wait_for(lambda: self.fake.shown_for(answer))[-1]

    def told(self, user_id: str, words: str):
        """Wait for a direct message."""
        return self.fake.wait_for(
            lambda: [dm for dm in self.fake.dms(user_id) if words in dm.words], 10
        )[-1]

    def home(self, user_id: str, words: str):
        """Wait until a Home tab shows something."""

        def look():
            home = self.fake.home_of(user_id)
            return home if home and words in home.words else None

        return self.fake.wait_for(look)

    def close(self) -> None:
        self.services.desk.close(5)
        self.services.errands.close(10)


@contextmanager
def open_reception(home: Path, fake: FakeSlack, **changes: object) -> Iterator[Reception]:
    """Open the bot; nothing that it does may break Slack's rules."""
    secrets = {
        "slack_bot_token": SecretStr(fake.bot_token),
        "slack_signing_secret": SecretStr(fake.signing_secret),
        "slack_api_url": fake.api_url,
        "mimic_cooldown_seconds": 0.0,
    }
    settings = Settings.alone(home).model_copy(update={**secrets, **changes})
    with open_session(settings) as session:
        reception = Reception(session, fake)
        try:
            yield reception
        finally:
            reception.close()
    assert fake.violations == []
    assert fake.lost == []
