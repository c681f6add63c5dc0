"""The whole service against a Slack: over a real WebSocket, over real HTTP, and as a process."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from slack_bolt import App

from bot.errors import InvalidSetting, SlackError
from bot.rotation import rotate_key
from bot.serving import ServeOptions, Service
from bot.session import open_session
from bot.socket_mode import SocketMode
from tests.fake_slack import FakeSlack, FakeWorkspace
from tests.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).parents[2]
ADA, BRAM, CARMEN = "U06ADALIND", "U06BRAMKES", "U06CARMVIL"


@pytest.fixture
def slack(sample, monkeypatch):
    with FakeSlack(FakeWorkspace.from_export(sample)) as slack:
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
        monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
        monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
        monkeypatch.setenv("MIMIC_COOLDOWN_SECONDS", "0")
        yield slack
        assert slack.violations == []


@pytest.fixture
def channel(slack) -> str:
    """A channel that the bot is in."""
    return next(iter(slack.workspace.conversations))


@contextmanager
def served(options: ServeOptions):
    with open_session() as session:
        service = Service(session, options)
        try:
            service.start()
            yield service
        finally:
            service.close()


ALONE = ServeOptions(trains=False, schedules=False)


def ask(slack: FakeSlack, channel: str, *, user: str = BRAM):
    """Type `/mimic @ada` and return what is shown in the end."""
    answer = slack.command(f"<@{ADA}>", user=user, channel=channel)
    assert answer.is_acked
    return slack.wait_for(lambda: slack.shown_for(answer))


def get(port: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_a_command_over_the_websocket_shows_a_preview_to_its_asker_alone(speaking, slack, channel):
    with served(ALONE):
        slack.wait_until_connected()
        preview = ask(slack, channel)[-1]
    assert preview.is_ephemeral
    assert {"preview_post", "preview_shuffle", "preview_discard"} <= {
        each["action_id"] for each in preview.elements
    }


def test_names_of_who_was_forgotten_are_known_before_anything_is_stored(speaking, slack):
    with open_session() as session:
        store, team_id = session.store, slack.workspace.team_id
        slack.workspace.add_user("U06ZORVYN", "zorvyn", "Zorvyn")
        zorvyn = store.members.ensure("U06ZORVYN", team_id=team_id).id
        store.forget(zorvyn, state="left", by_subject=True)
        live = Service(session, ALONE).services.live
        assert live.prepare()
        assert store.scrubber().scrub("please ask zorvyn").text == "please ask <name>"


def lose_line(slack: FakeSlack) -> None:
    slack.sockets.drop("reset")


def renew_line(slack: FakeSlack) -> None:
    slack.sockets.say_goodbye("refresh_requested")


@pytest.mark.parametrize(
    "break_line", [renew_line, pytest.param(lose_line, marks=pytest.mark.slow)]
)
def test_a_connection_that_is_renewed_or_lost_comes_back_and_answers_once(
    speaking, slack, channel, break_line
):
    with served(ALONE):
        slack.wait_until_connected()
        break_line(slack)
        slack.wait_for(lambda: len(slack.called("apps.connections.open")) > 1)
        slack.wait_until_connected()
        assert len(ask(slack, channel)) == 1


@contextmanager
def open_line(slack: FakeSlack):
    """A line of its own, and the gaps that it reports."""
    gaps = []
    app = App(client=slack.client(), signing_secret=slack.signing_secret)
    line = SocketMode(app, slack.app_token)
    line.report_gap = lambda: gaps.append(1)
    line.start()
    wait_until(lambda: line._expected_until == 0.0)  # Slack has said hello
    yield line, gaps
    line.close()


def test_a_line_that_slack_wants_renewed_is_no_gap(slack):
    with open_line(slack) as (line, gaps):
        before = line._handler.client.session_id()
        renew_line(slack)
        wait_until(lambda: line._handler.client.session_id() != before)
        wait_until(lambda: line._expected_until == 0.0)
    assert gaps == []


@pytest.mark.slow
def test_a_line_that_was_lost_is_a_gap_once_it_is_back(slack):
    with open_line(slack) as (line, gaps):
        lose_line(slack)
        wait_until(lambda: gaps)
        wait_until(line.is_connected)
    assert gaps == [1]


def test_a_gap_of_the_line_is_read(speaking, slack):
    with open_session() as session:
        service = Service(session, ALONE)
        service._socket.report_gap()
        assert service.catch_up._asked.is_set()
        service.close()


def test_what_comes_in_until_the_doors_are_shut_is_stored(speaking, slack, channel):
    class Door:
        """One that is shut while somebody still comes in."""

        def __init__(self, service):
            self.service = service

        def start(self):
            pass

        def close(self):
            self.service.catch_up._stop.wait(PATIENCE_SECONDS)  # all is about to close
            text = "a walrus nobody has claimed"
            message = {"type": "message", "user": ADA, "text": text, "ts": "1700000001.000100"}
            self.service.services.live.submit(channel, message)

    with served(ServeOptions(0, trains=False, schedules=False)) as service:
        service._servers.insert(0, Door(service))
    with open_session() as session:
        assert any("walrus" in each.text for each in session.store.messages.read())


def test_nothing_is_read_of_what_was_said_before_the_line_stands(speaking, slack):
    slack.state.faults.fail("apps.connections.open", "error", error="invalid_auth")
    with open_session() as session:
        service = Service(session, ALONE)
        with pytest.raises(SlackError):
            service.start()
        assert service.catch_up._thread.ident is None
        service.close()


def test_the_same_command_answers_over_http_and_health_is_on_its_own_port(speaking, slack, channel):
    with served(ServeOptions(0, 0, trains=False, schedules=False)) as service:
        events, health = service.ports
        slack.app_url = f"http://127.0.0.1:{events}/slack/events"
        assert ask(slack, channel)[-1].is_ephemeral
        assert get(health, "/readyz") == (200, '{"database":true,"migrations":true}')
        # counted right after it is shown
        slack.wait_for(lambda: 'outcome="answered"} 1.0' in get(health, "/metrics")[1])
        assert "mimic_requests_waiting 0.0" in get(health, "/metrics")[1].splitlines()
        assert get(events, "/metrics")[0] == 404


@pytest.mark.slow
def test_it_is_ready_while_slack_is_connected_and_not_when_the_line_is_gone(speaking, slack):
    with served(ServeOptions(None, 0, trains=False, schedules=False)) as service:
        slack.wait_until_connected()
        assert get(service.ports[0], "/readyz")[0] == 200
        slack.state.revoked.add(slack.app_token)
        slack.sockets.drop("reset")
        slack.wait_for(lambda: get(service.ports[0], "/readyz")[0] == 503)


def test_a_missing_token_is_named(speaking, slack, monkeypatch):
    monkeypatch.delenv("SLACK_APP_TOKEN")
    with open_session() as session, pytest.raises(InvalidSetting, match="SLACK_APP_TOKEN must"):
        Service(session, ServeOptions())


@pytest.mark.parametrize("kind", ["500", "html", "truncated"])
def test_a_slack_that_is_down_is_not_taken_for_one_that_refuses_the_token(speaking, slack, kind):
    slack.state.faults.fail("apps.connections.open", kind, times=9)
    with pytest.raises(SlackError, match=r"cannot be reached|trouble of its own"), served(ALONE):
        pass


def test_a_token_that_slack_refuses_ends_it_with_a_sentence(speaking, slack):
    slack.state.revoked.add(slack.bot_token)
    with open_session() as session, pytest.raises(SlackError):
        Service(session, ServeOptions())


@contextmanager
def process(slack: FakeSlack):
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--health", "0"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},  # noqa: TID251
        text=True,
    )
    try:
        slack.wait_until_connected()
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Tell a process to end, and see that it does."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err
    return out, err


def test_a_process_that_is_told_to_end_answers_what_is_under_way(speaking, slack, channel):
    with process(slack) as serving:
        asked = [slack.command(f"<@{ADA}>", user=user, channel=channel) for user in (BRAM, CARMEN)]
        out, err = stop(serving)
    assert all(slack.shown_for(answer) for answer in asked)
    assert out == ""
    assert not any(name in err for name in (ADA, BRAM, slack.bot_token, slack.app_token))


@pytest.mark.slow
def test_neither_a_hanging_slack_nor_a_locked_database_keeps_a_process_from_ending(
    speaking, slack, channel
):
    slack.state.faults.fail("response_url", "hang", times=99, seconds=600)
    with process(slack) as serving, closing(sqlite3.connect(speaking / "mimic.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert slack.command("help", user=BRAM, channel=channel).is_acked
        assert slack.command("pause", user=ADA, channel=channel).is_acked
        stop(serving)


@pytest.mark.slow
def test_a_process_whose_key_is_changed_ends_with_a_sentence_and_a_failure(speaking, slack):
    with process(slack) as serving:
        with open_session() as session:
            rotate_key(session, lambda *_: None)
        out, err = serving.communicate(timeout=PATIENCE_SECONDS)
    assert (serving.returncode, out) == (1, "")
    assert err.splitlines()[-1] == "mimic: The key was changed meanwhile: start this again."
    with process(slack) as serving:  # as systemd starts it again
        stop(serving)
