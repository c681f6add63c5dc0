"""What went away, and which versions still carry it."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage.errors import DatabaseError, UnknownVersion
from storage.records import VersionRow
from storage.removals import Removed, write_removals
from storage.schema import removals
from storage.store import Store
from tests.storage.aging import let_days_pass
from tests.storage.slack import (
    BOB,
    GENERAL,
    OFFICE,
    RANDOM,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
    texts,
)
from tests.storage.versions import add_version

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def store(store):
    """Ada has written in three channels, Bob in one."""
    register(store)
    grant_all(store)
    own = [post(str(number), ts=number) for number in range(4)]
    elsewhere = [post("random", channel=RANDOM), post("office", channel=OFFICE)]
    ingest(store, *own, *elsewhere, post("bob", ts=9, user=BOB), include={"private"})
    return store


@pytest.fixture
def ada(store) -> int:
    return store.members.find("ada").id


@pytest.fixture
def bob(store) -> int:
    return store.members.find("bob").id


def add(store: Store, kind, subject=None, *, base=None, learned_from=None, **more) -> VersionRow:
    """Register a version that has read what is stored now."""
    if learned_from is None:
        learned_from = [subject] if kind == "person" else []
    voice = store.voices.ensure(kind, subject=subject)
    folder = f"f{len(store.voices.folders())}"
    more.setdefault("read_at", store.messages.begin_reading())
    return add_version(store, voice, folder, learned_from, base=base, **more)


def noted(store: Store) -> list[tuple[str, str]]:
    with store._database.reading() as connection:
        query = select(removals.c.ts, removals.c.reason).order_by(removals.c.id)
        return [(ts, reason) for ts, reason in connection.execute(query)]


# --- what is noted


def test_a_deleted_text_is_noted_once_without_a_word_of_it(store, ada):
    ingest(store, deletion(1), deletion(1))
    ingest(store, deletion(1))
    with store._database.reading() as connection:
        [row] = connection.execute(select(removals)).all()
    assert (row.member, row.ts, row.reason) == (ada, stamp(1), "deleted")
    assert row.channel == store.channels.find(GENERAL).id
    assert datetime.now(UTC) - row.at < timedelta(minutes=1)


def test_a_message_that_slack_does_not_show_any_more_is_a_deleted_one(store):
    tombstone = post("This message was deleted.", subtype="tombstone")
    ingest(store, tombstone)
    assert noted(store) == [(stamp(1), "deleted")]


@pytest.mark.parametrize("void", ["", "/mimic @ada"])
def test_an_edit_that_leaves_nothing_counts_as_a_deletion(store, void):
    ingest(store, change(post(void, edited=5)))
    assert noted(store) == [(stamp(1), "deleted")]


def test_an_edit_that_may_not_be_stored_ends_the_text_that_it_replaced(store, ada):
    store.consent.revoke(ada, actor="subject", by_subject=True)
    ingest(store, change(post("better", edited=5)))
    assert noted(store) == [(stamp(1), "deleted")]


@pytest.mark.parametrize(
    "batch",
    [
        [change(post("better", edited=5))],
        [post("1", ts=1)],
        [deletion(77)],
        [post("new", ts=50), deletion(50)],
        [post("", ts=50)],
    ],
    ids=["an edit", "the same again", "never stored", "gone in one batch", "empty"],
)
def test_where_no_stored_text_goes_away_nothing_is_noted(store, batch):
    ingest(store, *batch)
    assert noted(store) == []


def test_what_a_departure_removes_is_not_noted_and_takes_the_notes_along(store, ada):
    ingest(store, deletion(1))
    store.forget(ada, state="left")
    assert noted(store) == []


def test_a_batch_that_is_taken_back_leaves_no_note(store):
    class Broken(Exception):
        pass

    def messages():
        yield deletion(1)
        raise Broken

    with pytest.raises(Broken):
        ingest(store, *messages())
    assert noted(store) == []


# --- who carries it


def test_a_voice_carries_what_was_deleted_after_it_was_read(store, ada):
    version = add(store, "person", ada)
    assert not store.removals.carried(version.id)
    ingest(store, deletion(1), deletion(2))
    carried = store.removals.carried(version.id)
    assert (carried.deleted, carried.expired, carried.texts) == (2, 0, 2)
    assert carried.since == carried.deleted_since
    assert carried.since >= version.read_at


def test_what_was_deleted_before_a_voice_was_read_it_does_not_carry(store, ada):
    ingest(store, deletion(1))
    assert not store.removals.carried(add(store, "person", ada).id)


def test_what_was_written_after_a_voice_was_read_it_does_not_carry(store, ada):
    early = datetime.fromtimestamp(float(stamp(2)), UTC)
    version = add(store, "person", ada, base=add(store, "base").id, read_at=early)
    ingest(store, deletion(1), deletion(2), deletion(3))
    assert store.removals.carried(version.id).texts == 1


def test_a_version_that_does_not_say_when_it_was_read_was_read_when_it_was_made(store, ada):
    version = add(store, "person", ada)
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE versions SET read_at = NULL")
    ingest(store, deletion(1))
    assert store.voices.versions(version.voice)[0].read_at is None
    assert store.removals.carried(version.id).texts == 1


def test_each_kind_of_voice_carries_what_it_learned_from(store, ada, bob):
    general, office = store.channels.find(GENERAL).id, store.channels.find(OFFICE).id
    base = add(store, "base", learned_from=[ada])
    versions = {
        "base": base,
        "ada": add(store, "person", ada, base=base.id),
        "bob": add(store, "person", bob, base=base.id),
        "bob alone": add(store, "person", bob, learned_from=[bob, ada]),
        "general": add(store, "channel", general, base=base.id),
        "office": add(store, "channel", office, base=base.id),
    }
    ingest(store, deletion(1), deletion(1, channel=OFFICE), include={"private"})
    own = {name: store.removals.carried(version.id).texts for name, version in versions.items()}
    assert own == {"base": 1, "ada": 1, "bob": 0, "bob alone": 1, "general": 1, "office": 1}
    ingest(store, deletion(1, channel=RANDOM), deletion(9))
    whole = {
        name: store.removals.carried(version.id, with_base=True).texts
        for name, version in versions.items()
    }
    # Bob's own is in no base; what stands in the office is in no voice but the office's
    assert whole == {"base": 2, "ada": 2, "bob": 3, "bob alone": 3, "general": 3, "office": 3}


def test_a_version_is_cleaner_where_it_carries_less_of_the_same(store, ada):
    old = add(store, "person", ada)
    ingest(store, deletion(1))
    new = add(store, "person", ada)
    assert store.removals.is_rid_of_some(new.id, old.id)
    assert not store.removals.is_rid_of_some(old.id, new.id)
    ingest(store, deletion(2))
    assert store.removals.is_rid_of_some(new.id, old.id)


def test_a_version_that_let_go_of_what_its_base_still_carries_is_cleaner(store, ada):
    base = add(store, "base", learned_from=[ada])
    old = add(store, "person", ada, base=base.id)
    ingest(store, deletion(1))
    new = add(store, "person", ada, base=base.id)
    assert store.removals.carried(new.id, with_base=True).texts == 1
    assert store.removals.is_rid_of_some(new.id, old.id)
    assert not store.removals.is_rid_of_some(old.id, new.id)


def test_on_the_same_base_no_version_is_cleaner_of_what_the_base_carries(store, ada, bob):
    base = add(store, "base", learned_from=[ada])
    old = add(store, "person", bob, base=base.id)
    ingest(store, deletion(1))
    on_the_same = add(store, "person", bob, base=base.id)
    on_a_new_one = add(store, "person", bob, base=add(store, "base", learned_from=[ada]).id)
    assert not store.removals.is_rid_of_some(on_the_same.id, old.id)
    assert store.removals.is_rid_of_some(on_a_new_one.id, old.id)


def test_who_begins_to_read_while_a_deletion_is_under_way_waits_for_its_end(store, ada):
    general, moments = store.channels.find(GENERAL).id, []
    reader = threading.Thread(target=lambda: moments.append(store.messages.begin_reading()))
    with store._database.writing() as connection:
        write_removals(connection, [Removed(ada, general, stamp(1))], "deleted")
        reader.start()
        time.sleep(0.2)
        assert moments == []  # it would still see the text
    reader.join()
    assert not store.removals.carried(add(store, "person", ada, read_at=moments[0]).id)


def test_a_deletion_that_cannot_be_noted_does_not_happen(store):
    with store._database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON removals BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    before = texts(store)
    with pytest.raises(DatabaseError):
        ingest(store, post("new", ts=60), deletion(1))
    store.retention.days = 1
    with pytest.raises(DatabaseError):
        store.retention.sweep()
    assert texts(store) == before


def test_an_unknown_version_carries_nothing_that_could_be_said(store):
    with pytest.raises(UnknownVersion):
        store.removals.carried(99)


# --- pruning


def test_only_what_no_kept_version_carries_is_let_go(store, ada, bob):
    version = add(store, "person", ada)
    ingest(store, deletion(1), deletion(9))
    assert store.removals.prune(before=TOMORROW) == 1
    assert noted(store) == [(stamp(1), "deleted")]
    newer = add(store, "person", ada)
    store.voices.promote([newer.id])
    assert store.removals.prune(before=TOMORROW) == 0  # the older one can be gone back to
    store.voices.remove_version(version.id)
    assert store.removals.prune(before=TOMORROW) == 1
    assert noted(store) == []


def test_what_was_removed_lately_is_kept_for_versions_under_way(store, ada):
    ingest(store, deletion(1))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert store.removals.prune(before=yesterday) == 0
    let_days_pass(store, 2)
    assert store.removals.prune(before=yesterday) == 1


def test_many_are_let_go_in_several_changes(store):
    ingest(store, *(post("x", ts=100 + number) for number in range(2_300)))
    ingest(store, *(deletion(100 + number) for number in range(2_300)))
    assert store.removals.prune(before=TOMORROW) == 2_300
    assert noted(store) == []
