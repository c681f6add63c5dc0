"""A store, a Slack, and backfills from one into the other."""

import threading

from slack_sdk import WebClient

from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import Clock
from bot.slack import Slack
from storage.store import Store
from tests.bot.stored import list_rows
from tests.fake_slack import ADA, BRAM, GENERAL, FakeSlack

SPEED = 1_000
HISTORY, REPLIES = "conversations.history", "conversations.replies"
DAY = 86_400


class StillClock(Clock):
    """A clock whose time passes only where somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self.now += seconds
        self.waits.append(seconds)


class Reading:
    """A store, a Slack, and backfills from one into the other."""

    def __init__(self, store: Store, slack: FakeSlack, *, timeout: int = 2) -> None:
        self.store, self.fake = store, slack
        client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=timeout)
        self.slack = Slack(client)
        self.stop = threading.Event()
        self.clock = Clock(SPEED)
        self.progress = []

    def agree(self, *user_ids: str) -> None:
        team_id = self.fake.workspace.team_id
        members = [self.store.members.ensure(each, team_id=team_id).id for each in user_ids]
        self.store.consent.grant(members, actor="subject", by_subject=True)

    def run(self, *channels: str, authors=(), since="", include=(), on_progress=None):
        request = BackfillRequest(channels, tuple(authors), since)
        watch = Watch(on_progress or self.progress.append, self.stop, self.clock)
        include = frozenset(include)
        return backfill(self.store, self.slack, request, include=include, watch=watch)

    def texts(self) -> list[str]:
        return [row[-1] for row in list_rows(self.store) if row[-1]]

    def asked(self, method: str, **arguments: str) -> list[dict[str, str]]:
        return [
            call.arguments
            for call in self.fake.called(method)
            if call.status == 200 and arguments.items() <= call.arguments.items()
        ]


def fill(workspace, number=450, *, channel=GENERAL, threads_every=10):
    """Let two people write, some of it in threads."""
    for i in range(number):
        message = workspace.say((ADA, BRAM)[i % 2], channel, f"line {i}", ts=stamp(i))
        if threads_every and i % threads_every == 0:
            for j in (1, 2):
                ts = f"{message['ts'][:-6]}{j:06d}"
                workspace.say(BRAM, channel, f"reply {j}", ts=ts, thread_ts=message["ts"])


def stamp(i: int) -> str:
    return f"{1_700_000_000 + 60 * i}.000000"
