"""A workspace that uninstalled the app is gone, but for its members' own no and the log."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage.ingestion import IngestPolicy
from storage.schema import backups, channels, crawl_channels, crawls, members, messages, removals
from tests.bot.stored import list_rows
from tests.storage.flushes import DURABLE, list_flushes
from tests.storage.slack import (
    ADA,
    BOB,
    GENERAL,
    GONE,
    GUEST,
    RANDOM,
    TEAM,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    texts,
)
from tests.storage.versions import add_version


def promote(store, kind, folder, *, subject=None, name=None, base=None, learned_from=()):
    voice = store.voices.ensure(kind, subject=subject, name=name)
    version = add_version(store, voice, folder, learned_from, base=base)
    store.voices.promote([version.id])
    return version.id


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    ingest(store, post("one", ts=1), post("two", ts=2, user=BOB), post("gone", ts=3))
    ingest(store, deletion(3))
    ada, general = store.members.find(ADA).id, store.channels.find(GENERAL).id
    base = promote(store, "base", "base-1", learned_from=[ada])
    promote(store, "person", "ada-1", subject=ada, base=base, learned_from=[ada])
    promote(store, "channel", "general-1", subject=general, base=base, learned_from=[ada])
    promote(store, "text", "leaning-1", name="leaning", base=base)
    promote(store, "text", "alone-1", name="alone")
    return store


def rows(store, table):
    with store._database.reading() as connection:
        return connection.execute(select(table)).all()


def test_messages_marks_names_and_channels_are_gone(store):
    receipt = store.purge(TEAM)
    assert (receipt.messages, receipt.members, receipt.is_wiped) == (2, 5, True)
    assert not rows(store, messages)
    assert not rows(store, removals)
    assert not rows(store, channels)
    assert all(row.names is None and row.handle is None for row in rows(store, members))
    assert {store.members.user_id(row.id) for row in rows(store, members)} >= {ADA, BOB, GONE}


def test_voices_are_gone_but_a_text_that_stands_alone(store):
    receipt = store.purge(TEAM)
    assert set(receipt.folders) == {"base-1", "ada-1", "general-1", "leaning-1"}
    assert [voice.label for voice in store.voices.list()] == ["text:alone"]
    assert receipt.voices == 4
    assert store.voices.promoted(store.voices.list()[0].id).folder == "alone-1"


def test_runs_schedules_and_crawls_are_gone(store):
    store.runs.start("base")
    store.runs.queue("all")
    store.schedules.set("all", "0 3 * * *", next_run_at=None)
    ada, general = store.members.find(ADA).id, store.channels.find(GENERAL).id
    crawl = store.crawls.begin(members=[ada], since_ts="", until_ts="1700000009.000000")
    store.crawls.note_problem(crawl.id, general, "not_in_channel")
    store.purge(TEAM)
    assert not store.runs.list()
    assert not store.schedules.list()
    assert not rows(store, crawls)
    assert not rows(store, crawl_channels)


def test_a_persons_own_no_and_pause_stay_and_what_others_said_does_not(store):
    def find(user_id):
        return store.members.ensure(user_id, team_id=TEAM).id

    store.consent.set(find(BOB), "never_ask", actor="subject", by_subject=True)
    store.consent.revoke(find(GUEST), actor="subject", by_subject=True)
    store.consent.revoke(find(GONE), actor="operator")
    store.purge(TEAM)
    states = {row.member: row.state for row in store.consent.list()}
    assert (states[find(BOB)], states[find(GUEST)]) == ("never_ask", "paused")
    assert states[find(ADA)] == states[find(GONE)] == "none"
    register(store)
    store.consent.grant([find(BOB), find(ADA), find(GUEST)], actor="import")
    assert store.consent.get(find(BOB)).state == "never_ask"
    assert store.consent.get(find(GUEST)).state == "paused"
    assert store.consent.get(find(ADA)).state == "agreed"


def test_the_log_stays_and_says_what_was_removed(store):
    ada, random = store.members.find(ADA).id, store.channels.find(RANDOM).id
    store.audit.record("mimicked", member=ada, by=ada, channel=random)
    before = store.audit.read()
    store.purge(TEAM)
    after = store.audit.read()
    assert after[: len(before)] == before
    [last] = store.audit.read(event="purged")
    assert last.details == {"messages": 2, "members": 5, "voices": 4}
    # what the log speaks of is still told apart from channels to come
    assert store.channels.get(random).name == store.channels.channel_id(random)


def test_nothing_of_it_is_in_the_file_any_more(store):
    sealed = [row.sealed for row in rows(store, messages) if row.sealed]
    sealed += [row.names for row in rows(store, members) if row.names]
    sealed += [row.name for row in rows(store, channels) if row.name]
    assert len(sealed) > 8
    store.purge(TEAM)
    folder = store._database.file.parent
    left = b"".join(file.read_bytes() for file in folder.glob(f"{store._database.file.name}*"))
    assert not [each for each in sealed if each in left]


def test_another_workspace_keeps_what_is_its_own(store):
    policy = IngestPolicy(team_id="T0OTHER")
    store.members.register([{"id": "U0ZOE1111", "name": "zoe"}], team_id="T0OTHER")
    zoe = store.members.find("zoe").id
    store.consent.grant([zoe], actor="operator")
    store.channels.register([{"id": "C0OTHER11", "name": "o"}], team_id="T0OTHER", kind="public")
    store.ingest([post("theirs", user="U0ZOE1111", channel="C0OTHER11")], policy=policy)
    promote(store, "person", "zoe-1", subject=zoe, learned_from=[zoe])
    receipt = store.purge(TEAM)
    assert "zoe-1" not in receipt.folders
    assert texts(store) == ["theirs"]
    assert store.consent.get(zoe).state == "agreed"
    assert "person" in {voice.kind for voice in store.voices.list()}


def test_a_second_time_changes_nothing(store):
    store.purge(TEAM)
    people, events = store.consent.list(), store.audit.read()
    again = store.purge(TEAM)
    assert (again.messages, again.members, again.voices, again.folders) == (0, 0, 0, ())
    assert store.consent.list() == people
    assert store.audit.read() == events


def test_backups_that_still_hold_it_are_counted(store):
    values = {"made_at": datetime.now(UTC), "key_id": "x", "name": b"sealed"}
    with store._database.writing() as connection:
        connection.execute(backups.insert().values(values))
    assert store.purge(TEAM).backups == 1


def test_an_uninstall_is_noted_once_and_withdrawn(store):
    assert store.uninstalls.noted() == ()
    store.uninstalls.note(TEAM)
    store.uninstalls.note(TEAM)
    assert store.uninstalls.noted() == (TEAM,)
    store.purge(TEAM)
    assert store.uninstalls.noted() == (TEAM,)  # until the folders are gone, too
    store.uninstalls.withdraw(TEAM)
    assert store.uninstalls.noted() == ()


def test_that_the_app_was_uninstalled_outlasts_a_power_cut(store):
    levels = list_flushes(store)
    store.uninstalls.note(TEAM)
    assert levels == [DURABLE]


def test_open_runs_are_cancelled(store):
    running, waiting = store.runs.start("base"), store.runs.queue("all")
    store.uninstalls.stop_runs()
    assert store.runs.get(running.id).is_cancel_wanted
    assert store.runs.get(waiting.id).state == "cancelled"


def test_after_it_people_join_anew(store):
    store.purge(TEAM)
    register(store)
    assert not ingest(store, post("before a yes", ts=11)).messages_stored
    grant_all(store)
    assert ingest(store, post("after it", ts=12)).messages_stored == 1
    assert texts(store) == ["after it"]
    assert [row[-1] for row in list_rows(store) if row[-1]] == ["after it"]
