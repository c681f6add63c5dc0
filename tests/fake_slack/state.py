"""What all of the fake's rooms share: the workspace, its rules, and the record."""

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.fake_slack.clock import Clock
from tests.fake_slack.faults import Faults
from tests.fake_slack.limits import Limits
from tests.fake_slack.paging import Pages
from tests.fake_slack.recording import Home, Record, Shown
from tests.fake_slack.scopes import LEAST, PRIVATE
from tests.fake_slack.workspace import FakeWorkspace

USES = 5
LIFE_SECONDS = 30 * 60
TRIGGER_SECONDS = 3


@dataclass
class Interaction:
    """A command or click: who did it where, and what may be answered to it."""

    id: str
    user_id: str
    channel_id: str
    at: float
    source: Shown | Home | None = None
    uses: int = 0
    is_trigger_used: bool = False


@dataclass
class State:
    """Everything a request may look at or change."""

    workspace: FakeWorkspace
    clock: Clock
    limits: Limits
    bot_token: str = "xoxb-1000-2000-FakeBotToken"
    app_token: str = "xapp-1-A0FAKEMIMIC-3000-fakeapptoken"
    signing_secret: str = "0123456789abcdef0123456789abcdef"
    scopes: set[str] = field(default_factory=lambda: set(LEAST | PRIVATE))
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    revoked: set[str] = field(default_factory=set)
    clock_skew_seconds: float = 0.0
    http_url: str = ""
    socket_url: str = ""
    faults: Faults = field(default_factory=Faults)
    pages: Pages = field(default_factory=Pages)
    record: Record = field(default_factory=Record)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    is_socket_mode_on: bool = True
    stopping: threading.Event = field(default_factory=threading.Event)

    def begin(
        self, user_id: str, channel_id: str, source: Shown | Home | None = None
    ) -> Interaction:
        """Open an interaction with a response URL and a trigger of its own."""
        interaction = Interaction(
            secrets.token_hex(8), user_id, channel_id, self.clock.wall(), source
        )
        self.interactions[interaction.id] = interaction
        return interaction

    def response_url(self, interaction: Interaction) -> str:
        return f"{self.http_url}/response/{interaction.id}"

    def violate(self, what: str) -> None:
        """Note that the app did what Slack forbids."""
        self.record.add(self.record.violations, what)

    def identity(self) -> dict[str, Any]:
        """What auth.test says of the bot."""
        return {"team_id": self.workspace.team_id, "team": self.workspace.name}
