"""`mimic export-my-data`: everything, readable, and nobody else's."""

import json

import pytest

from bot.disclosure import Disclosure
from bot.session import open_session
from bot.settings import Settings
from storage.ingestion import IngestPolicy, RawMessage

TEAM, ADA, GENERAL = "T06NETTLE1", "U06ADALIND", "C06GENERAL1"


@pytest.fixture
def session(speaking):
    with open_session(Settings.alone(speaking)) as session:
        yield session


@pytest.fixture
def store(session):
    return session.store


@pytest.fixture
def ada(store):
    return store.members.find("@ada").id


@pytest.fixture
def told(store, ada):
    """Fill every table with something of Ada's; return what she is told."""
    bram, general = store.members.find("@bram").id, store.channels.find(GENERAL).id
    store.audit.record("mimicked", member=ada, by=bram, channel=general)
    store.audit.record("posted", member=ada, by=bram, channel=0)
    store.audit.record("mimicked", member=bram, by=ada, channel=general)
    store.runs.queue(f"base person:{ada}", requested_by=bram)
    store.runs.queue(f"person:{bram} channel:{general} text:ferry", requested_by=ada)
    store.schedules.set(f"person:{ada}", "0 3 * * *", next_run_at=None)
    crawl = store.crawls.begin(members=[ada], since_ts="", until_ts="1700000000.000000")
    store.crawls.finish(crawl.id)
    raw = {"type": "message", "user": ADA, "text": "the kettle\nsings", "ts": "1790000000.000100"}
    gone = {**raw, "ts": "1790000001.000100"}
    policy = IngestPolicy(team_id=TEAM)
    store.ingest([RawMessage(GENERAL, each) for each in (raw, gone)], policy=policy)
    deletion = {"type": "message", "subtype": "message_deleted", "deleted_ts": gone["ts"]}
    store.ingest([RawMessage(GENERAL, deletion)], policy=policy)
    store.backups.record("/srv/monday.zip")
    return Disclosure(store, store.members.get(ada))


def test_every_kind_of_thing_is_named_in_words(told):
    facts = told.gather()
    assert facts["member"] == ADA
    assert facts["names"]["real"] == "Ada Lindqvist"
    assert facts["consent"]["state"] == "agreed"
    uses = [row for row in facts["history"] if row["event"] in ("mimicked", "posted")]
    assert [(row["by"], row.get("channel")) for row in uses] == [
        ("@bram", "#general"),
        ("@bram", None),
    ]
    (deed,) = facts["asked_for"]
    assert (deed["event"], deed["about"], deed["channel"]) == ("mimicked", "@bram", "#general")
    voices = {(row["voice"], row["version"]): row["learned"] for row in facts["voices"]}
    assert voices[("@ada", 2)] == "from your messages"
    assert voices[("@bram", 2)] == "through its base"
    assert {row["target"] for row in facts["runs"]} == {"base @ada", "@bram #general ferry"}
    assert {row["asked_for_by_you"] for row in facts["runs"]} == {True, False}
    assert facts["schedules"] == [{"target": "@ada", "cron": "0 3 * * *"}]
    assert len(facts["crawls"]) == 1
    assert [row["reason"] for row in facts["removals"]] == ["deleted"]
    assert list(facts["backups"][0]) == ["made_at"]
    assert "monday" not in json.dumps(facts)


def test_every_message_has_its_place_and_time(told, store, ada):
    messages = list(told.messages())
    assert len(messages) == told.gather()["messages_stored"] == store.members.get(ada).messages
    newest = max(messages, key=lambda message: message["ts"])
    assert newest == {
        "channel": "#general",
        "ts": "1790000000.000100",
        "at": "2026-09-21T14:13:20+00:00",
        "thread_ts": None,
        "edited_ts": None,
        "text": "the kettle\nsings",
    }


def test_as_a_page_it_has_a_heading_for_each_kind_and_all_text(told):
    page = "\n".join(told.write())
    for heading in ("Names", "Consent", "Voices that learned", "Schedules", "Backups"):
        assert f"\n## {heading}" in page
    assert "\n### #general\n" in page
    assert "- 2026-09-21T14:13:20+00:00:\n  > the kettle\n  > sings" in page
    assert page.count("\n  > ") >= told.gather()["messages_stored"]


def test_the_command_prints_one_object_that_holds_the_same(told, mimic, store, ada):
    outcome = mimic("export-my-data", "@ada", "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert outcome.out.count("\n") == 1
    assert found["messages"] == list(told.messages())
    del found["messages"]
    assert found == told.gather()


def test_without_json_it_prints_the_page(told, mimic):
    outcome = mimic("export-my-data", "@ada")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("# What Mimic holds about Ada")


def test_who_left_reads_what_is_left_by_their_id(session, told, mimic):
    assert mimic("forget", "@ada", "--yes").code == 0
    assert mimic("export-my-data", "@ada").code == 1
    found = json.loads(mimic("export-my-data", ADA, "--json").out)
    assert (found["messages"], found["names"], found["voices"][0]["voice"]) == ([], {}, "base")
    assert found["departures"][0]["state"] == "left"
    assert {row["event"] for row in found["history"]} >= {"consent_agreed", "mimicked", "forgotten"}
    assert len(found["backups"]) == 1


def test_nothing_of_others_is_told_but_who_used_the_voice(told, store):
    others = {each.display_name for each in store.members.list() if each.handle != "ada"}
    facts = json.dumps(told.gather())
    assert not any(name in facts for name in others)
