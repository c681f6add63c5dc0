"""`mimic backfill` against the fake Slack, as the shell calls it."""

import json
import signal
import subprocess
import sys
import time

import pytest

from bot.session import open_session
from bot.settings import Settings
from storage.crawls import Checkpoint
from storage.ingestion import IngestPolicy
from tests.fake_slack import ADA, BRAM, GENERAL, PARTNERS, TEAM, FakeSlack

KEYS = {
    "messages_read",
    "messages_stored",
    "messages_unchanged",
    "messages_dropped",
    "members",
    "channels",
    "seconds",
    "channels_skipped",
    "threads_skipped",
    "threads_asked_again",
}
UNREAD = {
    "channel": "general",
    "read_until": None,
    "complete_from": None,
    "complete_to": None,
    "gaps": [],
    "problem": None,
}


@pytest.fixture
def fake(monkeypatch):
    with FakeSlack() as fake:
        monkeypatch.setenv("SLACK_BOT_TOKEN", fake.bot_token)
        monkeypatch.setenv("SLACK_API_URL", fake.api_url)
        yield fake


@pytest.fixture
def agreed(mimic, opened, fake):
    """Ada and Bram have agreed and written."""
    with open_session(Settings.load()) as session:  # a second reading of Slack would have to wait
        session.store.members.register(fake.workspace.users.values(), team_id=TEAM)
    assert mimic("consent", "grant", "@ada", "@bram").code == 0
    root = fake.workspace.say(ADA, GENERAL, "lunch?", ts="1700000000.000100")
    fake.workspace.say(BRAM, GENERAL, "yes", ts="1700000001.000100", thread_ts=root["ts"])
    fake.workspace.say(ADA, PARTNERS, "hello, friends", ts="1700000002.000100")
    fake.calls.clear()


def read_json(outcome):
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_without_a_token_it_says_what_to_do_and_makes_nothing(mimic, home):
    outcome = mimic("backfill", "--all")
    assert (outcome.code, outcome.out) == (1, "")
    assert "SLACK_BOT_TOKEN" in outcome.err
    assert "mimic init" in outcome.err
    assert not home.exists()


@pytest.mark.usefixtures("agreed")
def test_a_backfill_tells_what_became_of_every_message(mimic):
    facts = read_json(mimic("backfill", "--all", "--json"))
    assert set(facts) == KEYS
    assert (facts["messages_read"], facts["messages_stored"]) == (2, 2)
    assert (facts["members"], facts["channels"]) == (7, 1)
    assert facts["channels_skipped"] == {"connect": 1}


@pytest.mark.usefixtures("agreed")
def test_a_pipe_gets_a_plain_table_and_notes(mimic):
    outcome = mimic("backfill", "#general")
    assert outcome.code == 0
    assert "stored\t2\tanonymized and sealed" in outcome.out.splitlines()
    assert "7 members, 1 channels" in outcome.err


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize("target", ["#general", "channel:general", GENERAL, "@ada", ADA])
def test_channels_and_people_can_be_named(mimic, target):
    assert read_json(mimic("backfill", target, "--json"))["messages_stored"] == 2


@pytest.mark.slow
@pytest.mark.usefixtures("agreed")
def test_without_a_target_it_says_what_all_would_read(mimic, fake):
    outcome = mimic("backfill", "--json")
    assert json.loads(outcome.out) == UNREAD
    assert "1 channels for the 2 members who agreed; 2 of them were never read for" in outcome.err
    assert not fake.called("conversations.history")
    mimic("backfill", "--all")
    outcome = mimic("backfill", "--json")
    facts = json.loads(outcome.out)
    assert facts["read_until"] == facts["complete_to"]
    assert facts["complete_to"].startswith("20")
    assert (facts["complete_from"], facts["gaps"], facts["problem"]) == (None, [], None)
    assert "0 of them were never read for" in outcome.err
    assert "general\tits beginning\t20" in mimic("backfill").out


@pytest.mark.slow
@pytest.mark.usefixtures("agreed")
def test_gaps_and_problems_of_a_channel_are_shown(mimic, fake, home):
    fake.workspace.say(ADA, GENERAL, "later", ts="1750000000.000100")
    mimic("backfill", "--all", "--since", "2025-01-01")
    with open_session(Settings.alone(home)) as session:
        crawls, channel = session.store.crawls, session.store.channels.find(GENERAL)
        members = [session.store.members.find(name).id for name in ("ada", "bram")]
        old = crawls.begin(members=members, since_ts="", until_ts="1700000002.000000")
        mark = Checkpoint(old.id, GENERAL, "1600000000.000000", is_complete=False)
        session.store.ingest([], policy=IngestPolicy(team_id=TEAM), checkpoint=mark)
        crawls.note_problem(old.id, channel.id, "not_in_channel")
    facts = json.loads(mimic("backfill", "--json").out)
    assert facts["read_until"] is None
    assert facts["complete_from"] == "2020-09-13T12:26:40+00:00"
    assert facts["gaps"] == [["2023-11-14T22:13:22+00:00", "2025-01-01T00:00:00+00:00"]]
    assert facts["problem"] == "not_in_channel"
    row = "general\t2020-09-13 12:26\t"
    gap = "\t2023-11-14 22:13 to 2025-01-01 00:00\tnot_in_channel"
    assert any(
        line.startswith(row) and line.endswith(gap) for line in mimic("backfill").out.splitlines()
    )


@pytest.mark.slow
@pytest.mark.usefixtures("agreed")
def test_old_threads_that_were_asked_again_are_told(mimic, fake):
    now = time.time()
    root = fake.workspace.say(ADA, GENERAL, "who?", ts=f"{now - 4e6:.6f}")["ts"]
    fake.workspace.say(ADA, GENERAL, "me", ts=f"{now - 1e6:.6f}", thread_ts=root)
    mimic("backfill", "--all")
    outcome = mimic("backfill", "--all")
    assert "1 old threads asked for late replies" in outcome.err


@pytest.mark.usefixtures("agreed")
def test_since_a_day(mimic, fake):
    fake.workspace.say(ADA, GENERAL, "later", ts="1750000000.000100")
    facts = read_json(mimic("backfill", "--all", "--since", "2025-01-01", "--json"))
    assert facts["messages_stored"] == 1


def test_where_nobody_agreed_it_says_how_people_agree(mimic, fake):
    outcome = mimic("backfill", "--all", "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out)["messages_read"] == 0
    assert "/mimic optin" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["#nowhere"], 1, "#nowhere: The bot is in no such channel"),
        (["@carmen"], 1, "agreed"),
        (["@nobody"], 1, "@nobody: "),
        (["shakespeare"], 2, "Only members and channels"),
        (["#general", "--all"], 2, "not both"),
        (["--all", "--since", "yesterday"], 2, "2026-01-31"),
    ],
)
def test_what_cannot_be_is_one_sentence(mimic, arguments, code, words):
    outcome = mimic("backfill", *arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("agreed")
def test_a_refused_token_is_one_sentence(mimic, fake):
    fake.state.revoked.add(fake.bot_token)
    outcome = mimic("backfill", "--all")
    assert (outcome.code, outcome.out) == (1, "")
    assert "token_revoked" in outcome.err


@pytest.mark.slow
@pytest.mark.usefixtures("agreed")
def test_ctrl_c_keeps_what_has_come_and_the_next_run_goes_on(mimic, fake, home):
    for i in range(250):
        fake.workspace.say(ADA, GENERAL, f"line {i}", ts=f"{1_600_000_000 + i}.000100")
    fake.state.faults.fail("conversations.history", "hang", nth=2, seconds=1)
    command = [sys.executable, "-m", "bot", "backfill", "--all", "--json"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    fake.wait_for(lambda: fake.called("conversations.replies"), 20)
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert run.returncode == 1
    assert json.loads(out)["messages_stored"] == 201
    assert "go on" in err
    assert read_json(mimic("backfill", "--all", "--json"))["messages_stored"] == 51
