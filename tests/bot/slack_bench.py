"""The bot's services at work against a fake Slack: a real store, real voices, the real Bolt app."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shutil import copytree
from uuid import uuid4

from pydantic import SecretStr
from slack_bolt import App

from bot.app import build_app
from bot.safety import Safety
from bot.services import Services, build_services
from bot.session import Session, open_session
from bot.settings import Settings
from bot.slack import Slack, build_client
from storage.audit import AuditRow
from storage.records import VoiceKind
from storage.store import Store
from tests.fake_slack import BOT, FakeSlack, FakeWorkspace, Shown
from tests.fake_slack.export import Export, read_export

# the sample workspace's: Ada and Bram have voices, Carmen is an admin here
ADA, BRAM, CARMEN = "U06ADALIND", "U06BRAMKES", "U06CARMVIL"
DOV, GRETA, SCARECROW = "U06DOVHARR", "U06GRETULM", "U06SCARECR"
GENERAL, ENGINEERING = "C06GENERAL1", "C06ENGINE01"
TEAM = "T06NETTLE1"


@dataclass(frozen=True)
class Bench:
    """Everything at hand: what the bot is made of, and the Slack around it."""

    session: Session
    services: Services
    app: App
    slack: FakeSlack

    @property
    def store(self) -> Store:
        return self.session.store

    def member(self, user_id: str) -> int:
        return self.store.members.ensure(user_id, team_id=TEAM).id

    def ask(self, text: str, *, user: str = BRAM, channel: str = GENERAL) -> Shown:
        """Type `/mimic …` and return what is shown for it."""
        answer = self.slack.command(text, user=user, channel=channel)
        assert answer.is_acked
        return self.slack.wait_for(lambda: self.slack.shown_for(answer))[-1]

    def click(self, shown: Shown, action_id: str, *, user: str = BRAM) -> str:
        """Click a button; return the interaction, to find what came of it."""
        answer = self.slack.click(shown, action_id, user=user)
        assert answer.is_acked
        return answer.interaction

    def settle(self) -> None:
        """Wait until nothing is under way any more; what would be drawn again is refused."""
        self.services.desk.close(10)
        self.services.studio.close(10)

    def audit(self, event: str, user_id: str = ADA) -> list[AuditRow]:
        return self.store.audit.read(self.member(user_id), event=event)


@contextmanager
def open_bench(
    home: Path,
    slack: FakeSlack,
    *,
    is_drawing: bool = True,
    safety: Safety | None = None,
    **settings: object,
) -> Iterator[Bench]:
    """Serve a home to a Slack, in this process.

    Args:
        home: With a database and voices.
        slack: Where it serves.
        is_drawing: Whether the studio is started; what is asked for waits until it is.
        safety: Looks at words; None for the one of the settings.
        settings: Replace some of the settings.
    """
    ours = {
        "slack_api_url": slack.api_url,
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_signing_secret": SecretStr(slack.signing_secret),
        "mimic_cooldown_seconds": 0.0,
        **settings,
    }
    with open_session(Settings.alone(home).model_copy(update=ours)) as session:
        gateway = Slack(build_client(session.settings), admins=session.settings.mimic_admins)
        services = build_services(session, gateway)
        services = replace(services, safety=safety or services.safety)
        if is_drawing:
            services.studio.start()
        services.live.start()
        app = build_app(session.settings, services)
        slack.attach(app)
        try:
            yield Bench(session, services, app, slack)
        finally:
            app.listener_runner.listener_executor.shutdown()
            services.desk.close(10)
            services.studio.close(10)
            services.errands.close(10)
            services.live.close(10)


def build_workspace(export: Path) -> FakeWorkspace:
    """The members and channels of the sample workspace, without messages; Carmen is an admin."""
    found = _read_export(export)
    workspace = FakeWorkspace(TEAM)
    workspace.users = {user["id"]: deepcopy(user) for user in found.users}
    for channel, _ in found.channels:
        facts = dict(channel)
        members = [*facts.pop("members"), BOT]
        workspace.add_channel(facts.pop("id"), facts.pop("name"), members, **facts)
    workspace.users[ADA]["is_admin"] = False
    workspace.users[CARMEN]["is_admin"] = True
    return workspace


@cache
def _read_export(export: Path) -> Export:
    return read_export(export)


def lend_voice(
    session: Session, kind: VoiceKind, *, subject: int | None = None, name: str | None = None
) -> None:
    """Let a channel or a text speak with a copy of Ada's voice."""
    store, folder = session.store, uuid4().hex
    own = store.voices.find("person", subject=store.members.find(ADA).id)
    assert own is not None
    known = session.registry.promoted(own)
    copytree(session.registry.folder / known.folder, session.registry.folder / folder)
    version = store.voices.add_version(
        store.voices.ensure(kind, subject=subject, name=name).id,
        folder=folder,
        base=known.base,
        messages=known.messages,
        bits_per_byte=known.bits_per_byte,
        base_bits_per_byte=known.base_bits_per_byte,
        tokens=known.tokens,
        seconds=known.seconds,
        learned_from=frozenset(),
    )
    store.voices.promote([version.id])


def open_channel(
    session: Session, slack: FakeSlack, channel_id: str, members: list[str], **facts: object
) -> None:
    """Open a channel called #secret that has been read and has a voice."""
    slack.workspace.add_channel(channel_id, "secret", members, **facts)
    raw = slack.workspace.channel(channel_id).facts
    session.store.channels.register([raw], team_id=TEAM, kind="public")
    lend_voice(session, "channel", subject=session.store.channels.find(channel_id).id)
