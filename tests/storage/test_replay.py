"""An older copy of a database takes over, and what people said and took back since holds in it."""

import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest

from storage.database import Database
from storage.errors import DatabaseError
from storage.ingestion import IngestPolicy
from storage.ledger import EMPTY
from storage.replay import Replay
from storage.store import Store
from storage.takeover import hold
from tests.storage.slack import (
    ADA,
    BOB,
    CHANNELS,
    GENERAL,
    ROBOT,
    TEAM,
    USERS,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
    texts,
)
from tests.storage.versions import add_version


class Twins:
    """A database, and a copy of it from before."""

    def __init__(self, store, keyring, tmp_path):
        self.store, self.keyring = store, keyring
        self.file = tmp_path / "copy.db"
        self.made_at = None

    def copy(self):
        self.made_at = self.store.backups.record("copy.zip").made_at
        self.store.backups.copy_database(self.file)

    def replay(self, ledger=None):
        """Give the copy, in which all is made good, and what that was."""
        self.store.close()
        with hold(self.store._database.file, self.keyring) as found:
            ledger = found if ledger is None else ledger
        self.restored = Store.open(f"sqlite:///{self.file}", self.keyring)
        return self.restored, self.restored.replay(ledger, made_at=self.made_at)


@pytest.fixture
def twins(store, keyring, tmp_path):
    register(store)
    grant_all(store)
    ingest(store, post("red"), post("green", ts=2), post("blue", ts=3, user=BOB))
    twins = Twins(store, keyring, tmp_path)
    yield twins
    if hasattr(twins, "restored"):
        twins.restored.close()


def member(store, user=ADA):
    return store.members.ensure(user, team_id=TEAM).id


def test_where_nothing_was_said_since_all_is_as_it_was(twins):
    twins.copy()
    restored, done = twins.replay()
    assert sorted(texts(restored)) == ["blue", "green", "red"]
    assert (done.forgotten, done.refusals, done.pauses, done.deletions) == (0, 0, 0, 0)
    assert restored.audit.read()[-1].event == "restored"


@pytest.mark.parametrize("state", ["declined", "left"])
def test_who_left_since_is_forgotten(twins, state):
    twins.copy()
    twins.store.forget(member(twins.store), state=state, actor="subject", by_subject=True)
    restored, done = twins.replay()
    assert (done.forgotten, done.refusals) == (1, 1)
    assert texts(restored) == ["blue"]
    row = restored.consent.get(member(restored))
    assert (row.state, row.by_subject) == (state, True)
    restored.members.register(USERS, team_id=TEAM)
    grant_all(restored)
    assert ingest(restored, post("red")).messages_dropped == {"no_consent": 1}
    assert restored.members.get(row.member).display_name == ADA


def test_what_learned_from_them_speaks_no_longer_than_they_were_told(twins):
    base = twins.store.voices.ensure("base")
    version = add_version(twins.store, base, "b1", [member(twins.store)])
    twins.store.voices.promote([version.id])
    twins.copy()
    told = twins.store.forget(member(twins.store), state="left").stale_since
    time.sleep(0.1)
    restored, _ = twins.replay()
    (version,) = restored.voices.versions(base.id)
    assert abs(version.stale_since - told) < timedelta(seconds=0.05)


def test_no_page_of_the_copy_keeps_what_was_forgotten(twins):
    twins.copy()
    connection = sqlite3.connect(twins.file)
    (sealed,) = connection.execute("SELECT sealed FROM messages WHERE author = 1").fetchone()
    connection.close()
    assert sealed in twins.file.read_bytes()
    twins.store.forget(member(twins.store), state="left")
    twins.replay()[0].close()
    for file in twins.file.parent.glob("copy.db*"):
        assert sealed not in file.read_bytes()


def test_a_copy_that_cannot_be_rid_of_what_was_forgotten_does_not_take_over(twins):
    twins.copy()
    twins.store.forget(member(twins.store), state="left")
    twins.store.close()
    with hold(twins.store._database.file, twins.keyring) as ledger:
        pass
    copy = Store.open(f"sqlite:///{twins.file}", twins.keyring)
    database = Database(f"sqlite:///{twins.file}", patience_seconds=0.1)
    reader = sqlite3.connect(twins.file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchone()

    def ingest_more(raw, policy):
        return copy.ingest(raw, policy=policy)

    with pytest.raises(DatabaseError):
        Replay(database, twins.keyring, ingest_more, made_at=twins.made_at).run(ledger)
    reader.close()
    database.close()
    copy.close()


def test_who_left_and_came_back_since_is_forgotten_until_they_say_yes_again(twins):
    twins.copy()
    ada = member(twins.store)
    twins.store.forget(ada, state="left", by_subject=True)
    twins.store.consent.grant([ada], actor="subject", by_subject=True)
    restored, done = twins.replay()
    assert done.forgotten == 1
    assert texts(restored) == ["blue"]
    assert restored.consent.get(member(restored)).state == "left"


def test_who_left_and_came_back_before_the_copy_is_in_it(twins):
    ada = member(twins.store)
    twins.store.forget(ada, state="left", by_subject=True)
    twins.store.consent.grant([ada], actor="subject", by_subject=True)
    ingest(twins.store, post("red"))
    twins.copy()
    restored, done = twins.replay()
    assert done.forgotten == 0
    assert sorted(texts(restored)) == ["blue", "red"]


@pytest.mark.parametrize("by_subject", [True, False])
def test_a_newer_pause_holds_and_whose_it_is(twins, by_subject):
    twins.copy()
    twins.store.consent.revoke(member(twins.store), actor="operator", by_subject=by_subject)
    restored, done = twins.replay()
    assert (done.pauses, done.forgotten) == (1, 0)
    row = restored.consent.get(member(restored))
    assert (row.state, row.by_subject) == ("paused", by_subject)
    assert texts(restored) == ["blue"]
    assert restored.members.get(row.member).messages == 2


def test_a_persons_own_pause_takes_the_place_of_the_operators(twins):
    ada = member(twins.store)
    twins.store.consent.revoke(ada, actor="operator")
    twins.copy()
    twins.store.consent.revoke(ada, actor="subject", by_subject=True)
    restored, done = twins.replay()
    assert done.pauses == 1
    assert restored.consent.get(ada).by_subject
    assert restored.consent.grant([ada], actor="operator") == (0, 1)


def test_a_persons_own_pause_stays_theirs_when_an_operator_paused_them_since(twins):
    ada = member(twins.store)
    twins.store.consent.revoke(ada, actor="subject", by_subject=True)
    twins.copy()
    twins.store.consent.grant([ada], actor="subject", by_subject=True)
    twins.store.consent.revoke(ada, actor="operator")
    restored, done = twins.replay()
    assert done.pauses == 0
    assert restored.consent.get(ada).by_subject


def test_what_happened_after_slack_named_the_workspace_holds_in_a_copy_from_before(
    store, keyring, tmp_path
):
    store.members.register(USERS, team_id=None)
    grant_all(store)
    store.channels.register(CHANNELS["public"], team_id=None, kind="public")
    store.ingest([post("red"), post("green", ts=2)], policy=IngestPolicy())
    twins = Twins(store, keyring, tmp_path)
    twins.copy()
    store.consent.set(member(store, "U0LATER11"), "never_ask", actor="subject", by_subject=True)
    ingest(store, deletion(1))
    restored, done = twins.replay()
    assert (done.refusals, done.deletions) == (1, 1)
    assert texts(restored) == ["green"]
    assert restored.team_ids() == (TEAM,)
    assert restored.consent.get(member(restored, "U0LATER11")).state == "never_ask"
    restored.close()


def test_who_does_not_want_to_be_asked_keeps_the_name_that_others_are_scrubbed_of(twins):
    gwen = twins.store.members.find("gwen").id
    twins.store.consent.set(gwen, "never_ask", actor="subject", by_subject=True)
    twins.copy()
    robot = member(twins.store, ROBOT)
    twins.store.consent.set(robot, "never_ask", actor="subject", by_subject=True)
    restored, done = twins.replay()
    assert (done.forgotten, done.refusals) == (0, 1)
    assert restored.members.find("gwen").display_name == "Gwen Oldfield"
    assert restored.members.find("deploybot").consent == "never_ask"
    assert restored.belongings.gather(gwen).departures == ()


def test_never_ask_is_carried_over_as_it_was_said(twins):
    twins.copy()
    ada = member(twins.store)
    twins.store.forget(ada, state="declined", by_subject=True)
    twins.store.consent.set(ada, "never_ask", actor="subject", by_subject=True)
    restored, _ = twins.replay()
    assert restored.consent.get(member(restored)).state == "never_ask"
    assert texts(restored) == ["blue"]


def test_nobodys_yes_is_carried_over(twins):
    twins.store.forget(member(twins.store), state="declined", by_subject=True)
    twins.copy()
    ada = member(twins.store)
    twins.store.consent.grant([ada], actor="subject", by_subject=True)
    restored, _ = twins.replay()
    assert restored.consent.get(member(restored)).state == "declined"


def test_a_no_of_somebody_who_came_later_holds_as_well(twins):
    twins.copy()
    later = member(twins.store, "U0LATER11")
    twins.store.consent.set(later, "never_ask", actor="subject", by_subject=True)
    restored, done = twins.replay()
    assert done.refusals == 1
    assert restored.consent.get(member(restored, "U0LATER11")).state == "never_ask"
    grant_all(restored)
    report = ingest(restored, post("hi", user="U0LATER11", ts=9), grant_authors=True)
    assert report.messages_dropped == {"no_consent": 1}


def test_a_yes_that_is_newer_than_an_old_databases_no_counts(twins):
    ada = member(twins.store)
    old = twins.store
    old.forget(ada, state="left", by_subject=True)
    old.close()
    with hold(old._database.file, twins.keyring) as ledger:
        pass  # what this database said at that time
    twins.store = again = Store.open(f"sqlite:///{old._database.file}", twins.keyring)
    again.consent.grant([ada], actor="subject", by_subject=True)
    ingest(again, post("red"))
    twins.copy()
    restored, done = twins.replay(ledger)
    assert done.forgotten == 0
    assert sorted(texts(restored)) == ["blue", "red"]


def test_whoever_says_no_in_the_copy_itself_is_forgotten_there(twins):
    twins.store.consent.set(member(twins.store), "declined", actor="subject", by_subject=True)
    twins.copy()
    restored, done = twins.replay(EMPTY)
    assert (done.forgotten, done.refusals) == (1, 0)
    assert texts(restored) == ["blue"]
    assert restored.consent.get(member(restored)).state == "declined"


def test_the_voice_of_who_left_goes_and_shared_ones_become_stale(twins):
    ada, bob = member(twins.store), member(twins.store, BOB)
    facts = {"messages": 2, "bits_per_byte": 2.0, "base_bits_per_byte": 2.0, "tokens": 9}
    add = twins.store.voices.add_version
    base = add(
        twins.store.voices.ensure("base").id,
        folder="b1",
        base=None,
        seconds=1.0,
        learned_from=[ada, bob],
        **facts,
    )
    own = add(
        twins.store.voices.ensure("person", subject=ada).id,
        folder="a1",
        base=base.id,
        seconds=1.0,
        learned_from=[ada],
        **facts,
    )
    twins.store.voices.promote([base.id, own.id])
    twins.copy()
    twins.store.forget(ada, state="left")
    restored, done = twins.replay()
    assert done.folders == ("a1",)
    assert restored.voices.folders() == {"b1"}
    assert restored.voices.is_stale(base.id)


def test_what_learned_from_somebody_who_left_is_stale_though_nothing_else_of_them_is_here(twins):
    later = member(twins.store, "U0LATER11")
    base = twins.store.voices.ensure("base")
    version = add_version(twins.store, base, "b1", [later])
    twins.store.voices.promote([version.id])
    twins.copy()
    twins.store.forget(later, state="left", by_subject=True)
    restored, done = twins.replay()
    assert done.forgotten == 1
    assert restored.voices.is_stale(base.id)


def test_what_was_deleted_in_slack_since_is_deleted_and_stays_so(twins):
    twins.copy()
    ingest(twins.store, deletion(1), deletion(77))
    restored, done = twins.replay()
    assert done.deletions == 1
    assert sorted(texts(restored)) == ["blue", "green"]
    dropped = ingest(restored, post("red"), post("never seen", ts=77)).messages_dropped
    assert dropped == {"deleted": 2}


def test_what_was_edited_since_is_not_back_and_comes_with_the_next_reading(twins):
    ingest(twins.store, post("green", ts=2, edited=5))
    twins.copy()
    edits = post("/mimic stop", edited=10), post("olive", ts=2, edited=11)
    ingest(twins.store, *edits)
    restored, done = twins.replay()
    assert (done.edits, done.deletions) == (2, 0)
    assert texts(restored) == ["blue"]
    ingest(restored, post("red"), post("green", ts=2, edited=5))  # as an old export has them
    assert texts(restored) == ["blue"]
    ingest(restored, *edits)
    assert sorted(texts(restored)) == ["blue", "olive"]


def test_what_learned_from_a_text_that_was_edited_since_carries_it(twins):
    base = twins.store.voices.ensure("base")
    version = add_version(twins.store, base, "b1", [member(twins.store)])
    twins.copy()
    ingest(twins.store, post("rose", edited=10))
    restored, _ = twins.replay()
    assert restored.removals.carried(version.id).deleted == 1


def test_a_text_that_was_edited_before_the_copy_stays_in_it(twins):
    ingest(twins.store, post("rose", edited=10))
    twins.copy()
    restored, done = twins.replay()
    assert done.edits == 0
    assert sorted(texts(restored)) == ["blue", "green", "rose"]


def test_deletions_in_a_channel_that_is_new_since_add_none(twins):
    twins.copy()
    ingest(twins.store, post("x", ts=5, channel="C0NEWONE1"), deletion(5, channel="C0NEWONE1"))
    restored, done = twins.replay()
    assert done.deletions == 0
    assert {restored.channels.channel_id(each.id) for each in restored.channels.list()} >= {GENERAL}
    assert len(restored.channels.list()) == 5


def test_copies_that_were_made_since_are_known_still(twins):
    twins.copy()
    twins.store.backups.record("later.zip")
    restored, _ = twins.replay()
    assert [row.name for row in restored.backups.list()] == ["copy.zip", "later.zip"]


def test_leases_of_that_time_keep_nobody_waiting(twins):
    twins.store.leases.take("trainer", "elsewhere:1:x")
    twins.copy()
    restored, _ = twins.replay()
    assert restored.leases.holder("trainer") is None


def test_doing_it_twice_changes_nothing(twins):
    twins.copy()
    twins.store.forget(member(twins.store), state="left")
    ingest(twins.store, deletion(3))
    twins.store.close()
    with hold(twins.store._database.file, twins.keyring) as ledger:
        pass
    restored, _ = twins.replay(ledger)
    again = restored.replay(ledger, made_at=twins.made_at)
    assert (again.forgotten, again.refusals, again.deletions) == (0, 0, 0)
    assert texts(restored) == []


def test_a_ledger_is_read_of_the_first_revision_as_well(tmp_path, keyring):
    from tests.storage.first_revision import make_first_database

    url = f"sqlite:///{tmp_path / 'old.db'}"
    make_first_database(url)
    connection = sqlite3.connect(tmp_path / "old.db")
    values = (keyring.key_id, b"", "2024-05-01 10:00:00.000000")
    connection.execute("INSERT INTO keys VALUES (?, ?, ?)", values)
    team = keyring.pseudonym(TEAM, kind="team")
    connection.execute("INSERT INTO teams VALUES (1, ?)", [team])
    ada = keyring.pseudonym(ADA, kind="user")
    connection.execute(
        "INSERT INTO members (id, team, pseudonym, key_id, consent, consent_by_subject, "
        "consent_since, is_bot, is_guest, is_deactivated) VALUES (1, 1, ?, ?, 'left', 1, ?, 0, 0, "
        "0)",
        [ada, keyring.key_id, "2024-05-01 10:00:00.000000"],
    )
    connection.execute("INSERT INTO departures VALUES (1, 1, 'left', '2024-05-01 10:00:00.000000')")
    connection.commit()
    connection.close()
    with hold(tmp_path / "old.db", keyring) as ledger:
        (word,) = ledger.words
    assert (word.pseudonym, word.state, word.by_subject) == (ada, "left", True)
    assert word.left_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert ledger.backups == ()


def test_the_ts_of_what_was_deleted_are_in_the_ledger(twins):
    ingest(twins.store, deletion(1))
    twins.store.close()
    with hold(twins.store._database.file, twins.keyring) as ledger:
        ((team, channel),) = ledger.deletions
        assert ledger.deletions[team, channel] == (stamp(1),)
    assert twins.keyring.reveal(channel, kind="channel") == GENERAL
