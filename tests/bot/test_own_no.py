"""A person's own no beats every flag and every way in, for ever."""

import json

import pytest

from bot.live import LiveIntake
from bot.session import open_session
from bot.settings import Settings

ADA, TEAM, GENERAL = "U06ADALIND", "T06NETTLE1", "C06GENERAL1"
EVERYTHING = ("--include", "private,dms,connect,guests")
FLAGS = (
    (),
    EVERYTHING,
    ("--consent", ADA, *EVERYTHING),
    ("--consent", f"@bram,{ADA}", *EVERYTHING),
    ("--consent", "all", *EVERYTHING),
    ("--consent", "all", "--team", TEAM, *EVERYTHING),
    ("--consent", "all", "--team", "T0ELSEWHERE", *EVERYTHING),
)


@pytest.fixture(params=["left", "declined"])
def gone(request, filled):
    """Ada has said no, and nothing of hers is here."""
    with open_session(Settings.load()) as session:
        ada = session.store.members.find("@ada").id
        session.store.forget(ada, state=request.param, actor="subject", by_subject=True)
    return request.param


def require_gone(state: str) -> None:
    with open_session(Settings.load()) as session:
        members = [each for each in session.store.members.list() if ADA in (each.handle,)]
        assert members
        for member in members:
            assert (member.consent, member.messages, member.display_name) == (state, 0, ADA)
        assert not any(
            row.kind == "person" and row.subject in {m.id for m in members}
            for row in session.store.voices.list()
        )


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["opt-in", "opt-out"])
def test_no_flag_of_an_import_brings_anybody_back(mimic, gone, sample, rule, monkeypatch):
    monkeypatch.setenv("MIMIC_CONSENT", rule)
    for flags in FLAGS:
        outcome = mimic("import", sample, *flags, "--json")
        assert outcome.code == 0, outcome.err
        assert json.loads(outcome.out)["messages_dropped"]["no_consent"] >= 660, flags
    require_gone(gone)


def test_no_command_of_an_operator_brings_anybody_back(mimic, gone, sample):
    mimic("consent", "grant", "--all")
    mimic("consent", "grant", ADA)
    assert mimic("consent", "revoke", ADA).code == 1
    mimic("import", sample)
    require_gone(gone)


@pytest.mark.parametrize("rule", ["opt-in", "opt-out"])
def test_nothing_that_is_written_now_is_stored(gone, rule, monkeypatch):
    monkeypatch.setenv("MIMIC_CONSENT", rule)
    with open_session(Settings.load()) as session:
        live = LiveIntake(session.store, team_id=TEAM, include=frozenset({"private", "guests"}))
        live.start()
        for number in range(5):
            ts = f"{1_900_000_000 + number}.000100"
            live.submit(GENERAL, {"type": "message", "user": ADA, "text": "hello", "ts": ts})
        live.close(10)
    require_gone(gone)
