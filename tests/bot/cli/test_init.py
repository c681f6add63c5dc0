"""`mimic init`: the tokens are tried out against a Slack before `.env` is written."""

import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.session import open_session
from tests.fake_slack import FakeSlack

GIVEN = """# my notes
LOG_LEVEL=DEBUG
#SLACK_BOT_TOKEN=
export SLACK_APP_TOKEN="xapp-old"

slack_app_token=xapp-older
RETRAIN_CRON=0 4 * * *
"""


@pytest.fixture
def slack():
    with FakeSlack() as slack:
        yield slack


@pytest.fixture
def given(slack, monkeypatch):
    """Set the SLACK_ variables as an administrator's script would."""

    def give(**changes: str) -> None:
        values = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
        }
        for name, value in {**values, **changes}.items():
            monkeypatch.setenv(name, value)

    give()
    return give


def refuse(mimic, *options):
    """Run it, see that it fails in one sentence and writes nothing, and return that."""
    outcome = mimic("init", "--non-interactive", *options)
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert not Path(".env").exists()
    return outcome.err


def read_env():
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", Path(".env").read_text(), re.MULTILINE))


def test_good_tokens_are_written_for_their_owner_alone(mimic, slack, given):
    outcome = mimic("init", "--non-interactive")
    assert outcome.code == 0, outcome.err
    assert "mimic serve" in outcome.err
    assert read_env() == {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    assert slack.bot_token not in outcome.out + outcome.err


def test_all_else_in_env_stays_as_it_was(mimic, slack, given):
    Path(".env").write_text(GIVEN)
    assert mimic("init", "--non-interactive").code == 0
    assert Path(".env").read_text().splitlines() == [
        "# my notes",
        "LOG_LEVEL=DEBUG",
        "#SLACK_BOT_TOKEN=",
        f"SLACK_BOT_TOKEN={slack.bot_token}",
        f"SLACK_APP_TOKEN={slack.app_token}",
        "",
        "RETRAIN_CRON=0 4 * * *",
    ]
    assert [file.name for file in Path().glob(".env*")] == [".env"]


def test_for_http_the_signing_secret_is_what_counts(mimic, slack, given):
    given(SLACK_APP_TOKEN="")
    assert mimic("init", "--non-interactive", "--url", "https://mimic.example.org").code == 0
    assert read_env()["SLACK_SIGNING_SECRET"] == slack.signing_secret
    assert slack.called("apps.connections.open") == []


@pytest.mark.parametrize(
    ("variable", "options", "value", "hint"),
    [
        ("SLACK_BOT_TOKEN", (), "xapp-1-A0FAKEMIMIC-3000-fakeapptoken", "an app-level token"),
        ("SLACK_BOT_TOKEN", (), "xoxp-1-2-3", "a user token"),
        ("SLACK_BOT_TOKEN", (), "xoxe.xoxb-1-abc", "a token that expires"),
        ("SLACK_BOT_TOKEN", (), "0123456789abcdef0123456789abcdef", "a signing or client secret"),
        ("SLACK_BOT_TOKEN", (), "xoxb-1000-2000-Another", "invalid_auth"),
        ("SLACK_BOT_TOKEN", (), "", "SLACK_BOT_TOKEN is not set"),
        ("SLACK_APP_TOKEN", (), "xoxb-1000-2000-FakeBotToken", "a bot token"),
        ("SLACK_APP_TOKEN", (), "xapp-1-A0OTHERAPP-3000-abc", "another app"),
        ("SLACK_APP_TOKEN", (), "xapp-1-A0FAKEMIMIC-3000-abc", "invalid_auth"),
        ("SLACK_SIGNING_SECRET", ("--url", "https://m.example.org"), "xoxb-1", "a bot token"),
        ("SLACK_SIGNING_SECRET", ("--url", "https://m.example.org"), "", "is not set"),
    ],
)
def test_a_wrong_token_is_told_apart(mimic, given, variable, options, value, hint):
    given(**{variable: value})
    assert hint in refuse(mimic, *options)


def test_a_revoked_token_is_refused(mimic, slack, given):
    slack.state.revoked.add(slack.bot_token)
    assert "token_revoked" in refuse(mimic)


def test_missing_scopes_are_named_with_where_to_add_them(mimic, slack, given):
    slack.state.scopes -= {"files:write", "users:read"}
    sentence = refuse(mimic)
    assert "files:write, users:read" in sentence
    assert "mimic manifest" in sentence


def test_private_channels_need_two_more_scopes_and_are_then_included(mimic, slack, given):
    slack.state.scopes -= {"groups:history"}
    assert "groups:history" in refuse(mimic, "--private")
    slack.state.scopes |= {"groups:history"}
    assert mimic("init", "--non-interactive", "--private").code == 0
    assert read_env()["MIMIC_INCLUDE"] == "private"


def test_an_app_token_without_its_scope_is_refused(mimic, slack, given):
    slack.state.app_scopes.clear()
    assert "connections:write" in refuse(mimic)


def test_a_clock_that_is_off_is_told_and_too_far_off_refused_for_http(mimic, slack, given):
    slack.state.clock_skew_seconds = -120
    assert "120 seconds ahead" in mimic("init", "--non-interactive").err.replace("121", "120")
    Path(".env").unlink()
    slack.state.clock_skew_seconds = 400
    assert "seconds behind" in refuse(mimic, "--url", "https://mimic.example.org")
    assert mimic("init", "--non-interactive").code == 0


def test_another_workspace_s_database_is_left_alone(mimic, given):
    with open_session() as session:
        session.store.add_team("T0SOMEONE")
    assert "MIMIC_HOME" in refuse(mimic)
    with open_session() as session:
        assert session.store.team_ids() == ("T0SOMEONE",)


def test_a_database_that_knew_no_workspace_takes_this_one(mimic, slack, given):
    with open_session() as session:
        session.store.add_team("T0")
    assert mimic("init", "--non-interactive").code == 0
    with open_session() as session:
        assert session.store.team_ids() == (slack.workspace.team_id,)


@pytest.mark.parametrize("kind", ["500", "html", "truncated", "reset"])
def test_a_slack_that_does_not_answer_is_one_sentence(mimic, slack, given, kind):
    slack.state.faults.fail("auth.test", kind, times=9)
    assert "cannot be reached" in refuse(mimic)


def test_with_nobody_to_ask_it_says_what_to_do(mimic):
    outcome = mimic("init")
    assert outcome.code == 2
    assert "--non-interactive" in outcome.err


def test_asked_step_by_step_a_wrong_answer_may_be_mended(slack, home):
    answers = [slack.app_token, slack.bot_token, slack.app_token]
    shown, code = converse(answers, SLACK_API_URL=slack.api_url, MIMIC_HOME=str(home))
    assert code == 0, shown
    assert '"should_escape": true' in shown
    assert "this is an app-level token" in shown
    assert "Connected to fake" in shown
    assert slack.bot_token not in shown
    assert read_env() == {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}


def converse(answers, **variables):
    """Run `mimic init` on a terminal, giving an answer to each question as it comes."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "init"]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, env=variables, start_new_session=True, **streams) as child:
        os.close(theirs)
        shown = b""
        while piece := read_terminal(ours):
            shown += piece
            if shown.endswith(b": ") and answers:
                os.write(ours, answers.pop(0).encode() + b"\n")
    os.close(ours)
    return shown.decode(), child.returncode


def read_terminal(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""  # so Linux says that the other side has closed
