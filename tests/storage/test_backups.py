import sqlite3
import threading

import pytest

from storage.backups import Backups
from storage.consent import Consent
from storage.errors import DatabaseError, DiskFull, KeyChanged
from storage.keys import Keyring
from storage.store import Store
from tests.storage.slack import ADA, TEAM, deletion, grant_all, ingest, post, register, texts
from tests.storage.versions import add_version


@pytest.fixture
def ada(store):
    register(store)
    return store.members.find("ada").id


def test_a_copy_is_noted_with_a_name_that_only_the_key_opens(store):
    row = store.backups.record("/mnt/tapes/monday.zip")
    assert store.backups.list() == (row,)
    assert row.name == "/mnt/tapes/monday.zip"
    assert row.key_id == store.keyring.key_id
    assert b"monday" not in store._database.file.read_bytes()
    other = Backups(store._database, Keyring(bytes(32)), store.consent)
    assert other.list()[0].name is None


def test_a_copy_that_was_not_made_is_noted_no_more(store):
    kept = store.backups.record("one")
    store.backups.withdraw(store.backups.record("two").id)
    assert store.backups.list() == (kept,)


def names(store, member):
    return [row.name for row in store.backups.holding(member)]


def test_a_copy_holds_the_text_of_who_had_agreed_before_it(store, ada):
    store.backups.record("before")
    store.consent.grant([ada], actor="operator")
    assert names(store, ada) == []  # nothing of hers could be here before
    store.backups.record("between")
    ingest(store, post("red"))
    store.backups.record("during")
    assert names(store, ada) == ["between", "during"]
    store.forget(ada, state="left")
    store.backups.record("after")
    assert names(store, ada) == ["between", "during"]


@pytest.mark.parametrize("is_there_still", [True, False])
def test_a_copy_holds_a_text_that_was_deleted_before_its_author_left(store, ada, is_there_still):
    store.consent.grant([ada], actor="operator")
    ingest(store, post("red"))
    store.backups.record("during")
    ingest(store, deletion())
    if not is_there_still:
        store.forget(ada, state="left")
        store.backups.record("after")
    assert names(store, ada) == ["during"]


def test_no_copy_holds_a_text_of_who_never_agreed_and_left(store, ada):
    store.backups.record("during")
    store.forget(ada, state="declined")
    assert names(store, ada) == []


def test_a_copy_from_before_a_yes_may_hold_a_text_where_silence_was_enough_then(
    store, ada, keyring, database_url
):
    Store.open(database_url, keyring, consent_default="opt-out").close()
    store.backups.record("before")
    store.consent.grant([ada], actor="subject", by_subject=True)
    assert names(store, ada) == ["before"]
    store.forget(ada, state="left")
    store.backups.record("after")
    assert names(store, ada) == ["before"]


def test_who_left_twice_may_be_in_every_copy_until_the_second_time(store, ada):
    for name in ("first", "second"):
        store.consent.grant([ada], actor="subject", by_subject=True)
        ingest(store, post("red"))
        store.backups.record(name)
        store.forget(ada, state="left")
    assert names(store, ada) == ["first", "second"]


def test_where_silence_means_yes_every_copy_may_hold_a_text(store, ada):
    store.backups.record("first")
    lenient = Consent(store._database, default="opt-out")
    store.consent.grant([ada], actor="subject", by_subject=True)
    ingest(store, post("red"))
    backups = Backups(store._database, store.keyring, lenient)
    assert [row.name for row in backups.holding(ada)] == ["first"]


def test_a_database_is_copied_as_it_is_at_one_moment(store, ada, tmp_path, keyring):
    grant_all(store)
    has_begun, is_over = threading.Event(), threading.Event()

    def write():  # in pairs: no copy may have one of two
        number = 0
        while not is_over.is_set():
            ingest(store, post("red", ts=number), post("blue", ts=number + 1))
            has_begun.set()
            number += 2

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert has_begun.wait(30)
        copies = [tmp_path / f"{number}.db" for number in range(5)]
        contents = [store.backups.copy_database(copy) for copy in copies]
    finally:
        is_over.set()
        writer.join()
    assert all(each.messages % 2 == 0 for each in contents)
    assert contents[-1].messages > 0
    for copy, facts in zip(copies, contents, strict=True):
        assert copy.stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.glob(f"{copy.name}-*")) == []
        again = Store.open(f"sqlite:///{copy}", keyring)
        again.check()
        assert len(texts(again)) == facts.messages
        again.close()


def test_a_copy_says_what_is_in_it(store, ada, tmp_path):
    grant_all(store)
    ingest(store, post("red"), post("blue", ts=2))
    add_version(store, store.voices.ensure("base"), "f1", [ada])
    found = store.backups.copy_database(tmp_path / "copy.db")
    assert (found.messages, found.voices, found.folders) == (2, 1, {"f1"})
    assert (found.members, found.channels) == (len(store.members.list()), 5)


def test_a_copy_under_another_key_by_now_is_none(store, tmp_path):
    backups = Backups(store._database, Keyring(bytes(32)), store.consent)
    with pytest.raises(KeyChanged):
        backups.copy_database(tmp_path / "copy.db")


def test_a_place_that_cannot_be_written_is_a_plain_error(store, tmp_path):
    (tmp_path / "copy.db").mkdir()
    with pytest.raises(DatabaseError, match=r"copy\.db"):
        store.backups.copy_database(tmp_path / "copy.db")


def test_a_full_disk_is_a_plain_error(store, ada, tmp_path):
    with store._database.reading() as connection:
        size = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    target = tmp_path / "copy.db"
    connect = sqlite3.connect

    def connect_small(file, **options):
        connection = connect(file, **options)
        connection.execute(f"PRAGMA max_page_count = {size // 2}")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect_small)
        with pytest.raises(DiskFull):
            store.backups.copy_database(target)


def test_rows_come_oldest_first_and_belong_to_nobody(store):
    ada = store.members.ensure(ADA, team_id=TEAM).id
    for name in ("one", "two"):
        store.backups.record(name)
    assert [row.name for row in store.backups.list()] == ["one", "two"]
    assert store.backups.holding(ada) == ()
