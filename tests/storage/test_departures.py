import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from storage.errors import StaleVersion, UnknownMember
from storage.ingestion import IngestPolicy
from storage.runs import RunEvent
from tests.storage.slack import (
    ADA,
    TEAM,
    USERS,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    texts,
)
from tests.storage.versions import add_version


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    ingest(store, post("red"), post("blue", ts=2, user="U0BOB1111"), post("hi Quill", ts=3))
    return store


@pytest.fixture
def ada(store):
    return store.members.find("ada").id


@pytest.fixture
def bob(store):
    return store.members.find("bob").id


def sealed_by(store, member):
    connection = sqlite3.connect(store._database.file)
    rows = connection.execute("SELECT sealed FROM messages WHERE author = ?", [member]).fetchall()
    connection.close()
    return [row[0] for row in rows]


def test_forgetting_removes_text_and_names_and_keeps_the_no(store, ada):
    receipt = store.forget(ada, state="left", actor="subject", by_subject=True)
    assert (receipt.messages, receipt.voices, receipt.stale_versions) == (2, 0, 0)
    assert texts(store) == ["blue"]
    member = store.members.get(ada)
    assert (member.handle, member.display_name, member.consent) == (ADA, ADA, "left")
    assert store.members.find(ADA).id == ada
    with pytest.raises(UnknownMember):
        store.members.find("@ada")


@pytest.mark.parametrize("state", ["declined", "left"])
def test_no_import_and_no_flag_brings_the_person_back(store, ada, state):
    store.forget(ada, state=state)
    store.members.register(USERS, team_id=TEAM)
    grant_all(store)
    report = ingest(store, post("red"), post("hi Quill", ts=4, user="U0BOB1111"))
    assert report.messages_dropped == {"no_consent": 1}
    assert store.members.get(ada).display_name == ADA
    assert texts(store) == ["blue", "hi <name>"]


def test_the_name_of_who_left_is_not_kept_for_the_next_time(store, ada, database_url, keyring):
    store.forget(ada, state="left")
    store.members.register(USERS, team_id=TEAM)
    assert "Quill" in store.members.name_forms()
    store.close()
    again = type(store).open(database_url, keyring)
    assert "Quill" not in again.members.name_forms()
    again.close()


def test_who_comes_back_by_their_own_word_gets_a_name_again(store, ada):
    store.forget(ada, state="left")
    store.consent.grant([ada], actor="subject", by_subject=True)
    store.members.register(USERS, team_id=TEAM)
    assert store.members.find("@ada").id == ada


def test_what_was_forgotten_is_gone_from_the_files(store, ada, tmp_path):
    messages = [
        post("word " * (number % 90 + 1), ts=number, user=user)
        for number in range(10, 1_200)
        for user in [ADA if number % 3 else "U0BOB1111"]
    ]
    ingest(store, *reversed(messages))
    ingest(store, *(post("more " * 150, ts=number, edited=5) for number in range(10, 1_200, 7)))
    sealed = sealed_by(store, ada)
    assert len(sealed) > 800
    receipt = store.forget(ada, state="left")
    assert receipt.is_wiped
    content = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("mimic.db*")))
    # the nonce and the first bytes behind it: enough to know a row by
    assert not any(each[:16] in content for each in sealed)
    assert sealed_by(store, store.members.find("bob").id)[0] in content


def test_a_reader_at_work_does_not_keep_anybody_from_leaving(store, ada):
    reading = store.messages.read()
    next(reading)
    assert store.forget(ada, state="left").is_wiped


def test_the_persons_voice_goes_and_shared_ones_become_stale(store, ada):
    bob = store.members.find("bob").id
    base = store.voices.ensure("base")
    own = store.voices.ensure("person", subject=ada)
    bobs = store.voices.ensure("person", subject=bob)
    channel = store.voices.ensure("channel", subject=1)
    old_base = add_version(store, base, "base-1", [bob])
    new_base = add_version(store, base, "base-2", [ada, bob])
    mine = [add_version(store, own, f"ada-{n}", [ada], base=new_base.id) for n in range(2)]
    safe = add_version(store, bobs, "bob-1", [bob], base=old_base.id)
    leaning = add_version(store, bobs, "bob-2", [bob], base=new_base.id)
    shared = add_version(store, channel, "channel-1", [ada, bob], base=old_base.id)
    store.voices.promote([new_base.id, mine[1].id, leaning.id, shared.id])

    receipt = store.forget(ada, state="declined")

    assert (receipt.voices, receipt.folders, receipt.stale_versions) == (1, ("ada-0", "ada-1"), 3)
    assert store.voices.find("person", subject=ada) is None
    stale = {
        v.id for v in (old_base, new_base, safe, leaning, shared) if store.voices.is_stale(v.id)
    }
    assert stale == {new_base.id, leaning.id, shared.id}
    speaking = store.voices.promoted(base.id)
    assert (speaking.id, speaking.state) == (new_base.id, "stale")
    assert speaking.stale_since is not None


@pytest.mark.parametrize("is_speaking", [True, False])
def test_nothing_is_registered_on_a_base_that_somebody_has_left_meanwhile(
    store, ada, bob, is_speaking
):
    base = add_version(store, store.voices.ensure("base"), "base-1", [ada, bob])
    if is_speaking:
        store.voices.promote([base.id])
    text = store.voices.ensure("text", name="tales")
    store.forget(ada, state="left")
    assert store.voices.folders() == ({"base-1"} if is_speaking else set())
    for voice, learned_from in ((text, []), (store.voices.ensure("person", subject=bob), [bob])):
        with pytest.raises(StaleVersion):
            add_version(store, voice, "late", learned_from, base=base.id)
    store.drop_expired(datetime.now(UTC))
    assert store.voices.folders() == set()


def test_runs_and_schedules_go_on_without_the_persons_voice(store, ada):
    bob = store.members.find("bob").id
    soon = datetime(2030, 1, 1, tzinfo=UTC)
    done = store.runs.start(f"person:{ada}")
    store.runs.finish(done.id, "succeeded")
    working = store.runs.start(f"base person:{ada}")
    shared = store.runs.start(f"base person:{ada} person:{bob}")
    waiting = store.runs.queue(f"person:{ada}", requested_by=ada)
    mixed = store.runs.queue(f"person:{ada} person:{bob}", requested_by=bob)
    other = store.runs.queue(f"person:{bob}", requested_by=ada)
    for target in (f"person:{ada}", f"person:{bob}", f"person:{ada} person:{bob}", "all"):
        store.schedules.set(target, "0 3 * * *", next_run_at=soon)

    store.forget(ada, state="left")

    runs = {run.id: run for run in store.runs.list()}
    assert done.id not in runs
    assert (runs[working.id].state, runs[working.id].is_cancel_wanted) == ("running", True)
    assert not runs[shared.id].is_cancel_wanted
    assert (runs[waiting.id].state, runs[waiting.id].requested_by) == ("cancelled", None)
    assert (runs[mixed.id].state, runs[mixed.id].target) == ("queued", f"person:{bob}")
    assert runs[mixed.id].requested_by == bob
    assert runs[other.id].requested_by is None
    assert {row.target for row in store.schedules.list()} == {f"person:{bob}", "all"}
    assert store.runs.untold() == ()


def test_a_departure_is_in_the_log_and_in_the_ledger(store, ada):
    store.forget(ada, state="left", actor="subject", by_subject=True)
    events = {row.event: row.details for row in store.audit.read(ada)}
    assert events["forgotten"] == {"messages": 2, "voices": 0, "stale_versions": 0}
    assert events["consent_left"] == {"actor": "subject", "by_subject": True}
    connection = sqlite3.connect(store._database.file)
    assert connection.execute("SELECT member, state FROM departures").fetchall() == [(ada, "left")]
    connection.close()


def test_leaving_twice_is_harmless(store, ada):
    store.forget(ada, state="declined")
    assert store.forget(ada, state="left").messages == 0
    assert store.members.get(ada).consent == "left"


def test_nobody_unknown_can_be_forgotten(store):
    with pytest.raises(UnknownMember):
        store.forget(99, state="left")


def test_a_file_that_cannot_be_rewritten_now_is_said_so(store, ada):
    def hurry(file, *_):
        file.execute("PRAGMA busy_timeout = 50")

    connection = sqlite3.connect(store._database.file, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM messages").fetchall()
    event.listen(store._database._engine, "checkout", hurry)
    receipt = store.forget(ada, state="left")
    connection.close()
    assert (receipt.messages, receipt.is_wiped) == (2, False)
    assert texts(store) == ["blue"]


def test_of_past_runs_only_what_else_they_trained_stays(store, ada, bob):
    own, shared, base = (
        store.runs.start(target).id
        for target in (f"person:{ada}", f"person:{ada} person:{bob}", f"base person:{ada}")
    )
    for run in (own, shared, base):
        for label in (f"person:{ada}", "base"):
            event = RunEvent(datetime.now(UTC), label, 0.5, 1.0, 2.0)
            store.runs.note(run, event)
        store.runs.finish(run, "succeeded")
    receipt = store.forget(ada, state="left")
    assert receipt.runs == 3
    left = {run.id: run.target for run in store.runs.list()}
    assert left == {shared: f"person:{bob}", base: "base"}
    assert [event.voice for event in store.runs.events(shared)] == ["base"]


def test_what_was_noted_of_removed_messages_goes_with_the_person(store, ada):
    ingest(store, deletion(1))
    assert len(store.belongings.gather(ada).removals) == 1
    store.forget(ada, state="left")
    assert store.belongings.gather(ada).removals == ()


def test_versions_that_cannot_speak_again_go_at_once_and_others_in_a_day(store, ada, bob):
    base = store.voices.ensure("base")
    text = store.voices.ensure("text", name="ferry")
    retired = add_version(store, base, "base-1", [ada, bob])
    first = add_version(store, base, "base-2", [ada, bob])
    song = add_version(store, text, "song", [], base=first.id)
    speaking = add_version(store, base, "base-3", [bob])
    store.voices.promote([first.id, song.id])
    store.voices.promote([speaking.id])
    receipt = store.forget(ada, state="left")
    assert (receipt.folders, receipt.stale_versions) == (("base-1",), 1)
    assert retired.folder not in store.voices.folders()
    assert store.drop_expired(receipt.stale_since) == ()
    # the song speaks on what it learned from her, so both go when its day is over
    later = receipt.stale_since + timedelta(seconds=1)
    assert set(store.drop_expired(later)) == {"song", "base-2"}
    assert store.voices.folders() == {"base-3"}


def ingest_elsewhere(store, *messages):
    """Take messages in for another workspace, with every flag that lets people in."""
    everything = frozenset({"private", "dms", "connect", "guests"})
    policy = IngestPolicy(team_id="T0SECOND1", include=everything, grant_authors=True)
    return store.ingest(messages, policy=policy)


def test_who_is_here_twice_leaves_in_both_workspaces(store, ada):
    other = store.members.ensure(ADA, team_id="T0SECOND1").id
    store.consent.grant([other], actor="import")
    ingest_elsewhere(store, post("there", ts=50))
    assert store.forget(ada, state="left").messages == 3
    assert [store.consent.get(member).state for member in (ada, other)] == ["left", "left"]


@pytest.mark.parametrize("state", ["declined", "left"])
def test_a_no_holds_in_a_workspace_that_is_named_later(store, ada, state):
    store.forget(ada, state=state, by_subject=True)
    store.members.register(USERS, team_id="T0SECOND1")
    report = ingest_elsewhere(store, post("again"))
    assert report.messages_dropped == {"no_consent": 1}
    here, there = (one for one in store.members.list() if store.members.user_id(one.id) == ADA)
    assert (there.consent, there.display_name, here.consent) == (state, ADA, state)


def test_an_author_whom_no_list_names_keeps_to_a_no_of_elsewhere(store, ada):
    store.forget(ada, state="left")
    report = ingest_elsewhere(store, post("again"))
    assert report.messages_dropped == {"no_consent": 1}


def test_other_processes_see_that_somebody_has_left(store, ada):
    before = store.departures_mark()
    store.consent.revoke(ada, actor="operator")
    assert store.departures_mark() == before
    store.forget(ada, state="left")
    assert store.departures_mark() > before


def test_forgetting_again_says_until_when_shared_voices_speak(store, ada, bob):
    base = store.voices.ensure("base")
    store.voices.promote([add_version(store, base, "base-1", [ada, bob]).id])
    first = store.forget(ada, state="left")
    again = store.forget(ada, state="left")
    assert (again.messages, again.stale_versions) == (0, 1)
    assert again.stale_since == first.stale_since
