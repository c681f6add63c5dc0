"""A bot at work: a real `mimic serve`, and a Slack of our own in which hundreds type to it."""

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.workshop import Workshop
from tests.fake_slack import FakeSlack, FakeWorkspace
from tests.fake_slack.delivery import Answer

TYPISTS = 400  # so many that nobody types again before the cooldown is over
ANSWER_SECONDS = 60  # from here on an answer counts as lost
ANSWERING_ALONE = ("--no-train", "--no-schedule")
START_SECONDS = 30
QUIET_SECONDS = 3.0  # without a call of Slack's: then the bot has caught up
_PROMPTS = ("", " lunch?", " the build is", "", " I think we should", " who can")


@dataclass
class Scene:
    """Who types where, and whom they ask for.

    Args:
        targets: Slack's ids of those who can be mimicked.
        start_seconds: That the bot took until it was ready.
    """

    slack: FakeSlack
    targets: Sequence[str]
    process: "subprocess.Popen[bytes]"
    start_seconds: float = 0.0
    typed: int = 0

    def next_command(self) -> tuple[str, str]:
        """Return who types next, and what."""
        number = self.typed
        self.typed += 1
        target = self.targets[number % len(self.targets)]
        return _name_typist(number % TYPISTS), f"<@{target}>{_PROMPTS[number % len(_PROMPTS)]}"

    def type(self, user: str, text: str) -> Answer:
        """Type a command, and wait for its ack."""
        return self.slack.command(text, user=user, channel=self.channel)

    @property
    def channel(self) -> str:
        """Where everybody types."""
        return next(iter(self.slack.workspace.conversations))

    def wait_until_quiet(self, most_seconds: float) -> None:
        """Let the bot catch up with what was written while it was away."""
        end, before = time.monotonic() + most_seconds, -1
        while len(self.slack.calls) != before and time.monotonic() < end:
            before = len(self.slack.calls)
            time.sleep(min(QUIET_SECONDS, most_seconds))

    def memory(self) -> float:
        """Return the most memory that the bot has held, in MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@contextmanager
def serving(
    workshop: Workshop, *, uses_http: bool, options: Sequence[str] = ANSWERING_ALONE
) -> Iterator[Scene]:
    """Start a bot, and stop it as an operator would."""
    targets = _find_targets(workshop)
    with FakeSlack(_gather_workspace(workshop, targets), limits="normal") as slack:
        port = _find_port()
        slack.app_url = f"http://127.0.0.1:{port}/slack/events" if uses_http else ""
        way = ("--http", str(port)) if uses_http else ("--health", str(port))
        command = workshop.command("serve", *options, *way)
        environment = workshop.environment(
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=slack.bot_token,
            SLACK_APP_TOKEN=slack.app_token,
            SLACK_SIGNING_SECRET=slack.signing_secret,
            LOG_LEVEL="WARNING",
        )
        start = time.monotonic()
        process = subprocess.Popen(command, env=environment, cwd=workshop.folder)  # noqa: S603
        try:
            _wait_until_ready(port, process)
            yield Scene(slack, targets, process, time.monotonic() - start)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _gather_workspace(workshop: Workshop, targets: Sequence[str]) -> FakeWorkspace:
    workspace = FakeWorkspace.from_export(workshop.export)
    for user in set(targets) - workspace.users.keys():
        workspace.add_user(user, user.lower(), user.capitalize())
    for number in range(TYPISTS):
        workspace.add_user(_name_typist(number), f"typist{number}", f"Typist No. {number}")
    everybody = [_name_typist(number) for number in range(TYPISTS)]
    for conversation in workspace.conversations.values():
        conversation.members.extend(everybody)
    return workspace


def _find_targets(workshop: Workshop) -> list[str]:
    with workshop.opened() as session:
        members = session.store.members
        subjects = [row.subject for row in workshop.find_voices(session) if row.subject]
        here = [each for each in subjects if not members.get(each).is_deactivated]
        return [members.user_id(each) for each in here]


def _name_typist(number: int) -> str:
    return f"U0TYPIST{number:03d}"


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit("mimic serve did not come up.")
        time.sleep(0.02)


def _is_ready(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
