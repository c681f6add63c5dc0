import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import REVISIONS, Database, open_tables
from storage.errors import (
    DamagedDatabase,
    DatabaseError,
    DatabaseLocked,
    DiskFull,
    NewerDatabase,
    OldDatabase,
    ReadOnlyDatabase,
    UnknownDatabase,
    UnreachableDatabase,
    WrongKey,
)
from storage.keys import Keyring
from storage.store import Store, upgrade
from tests.storage.slack import grant_all, ingest, post, register, texts

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mimic.db"


def change(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_new_database_is_its_owners_alone_and_safe_against_crashes(store, file):
    assert file.stat().st_mode & 0o777 == 0o600
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_every_connection_is_careful(file):
    database = Database(f"sqlite:///{file}")
    with database.reading() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "secure_delete", "synchronous", "journal_mode")
        }
    database.close()
    assert found == {
        "foreign_keys": 1,
        "secure_delete": 1,
        "synchronous": 1,
        "journal_mode": "wal",
    }


def test_what_was_stored_is_there_after_opening_again(store, database_url, keyring):
    register(store)
    grant_all(store)
    ingest(store, post("still here"))
    store.close()
    again = Store.open(database_url, keyring)
    assert texts(again) == ["still here"]
    again.close()


def test_another_key_is_refused_and_changes_nothing(store, database_url, keyring):
    store.close()
    with pytest.raises(WrongKey, match="does not belong to this database"):
        Store.open(database_url, Keyring(bytes(32)))
    Store.open(database_url, keyring).close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:secret@db/mimic",
        "mysql://db/mimic",
        "sqlite://",
        "sqlite:///:memory:",
        "?",
    ],
)
def test_an_unknown_kind_of_database_is_refused_without_its_password(url, keyring):
    with pytest.raises(UnknownDatabase, match="sqlite:///") as caught:
        Store.open(url, keyring)
    assert "secret" not in str(caught.value)


def test_a_newer_database_is_refused_and_left_alone(store, file, database_url, keyring):
    store.close()
    change(file, "UPDATE alembic_version SET version_num = '9999'")
    for use in (lambda: Store.open(database_url, keyring), lambda: upgrade(database_url)):
        with pytest.raises(NewerDatabase, match="newer Mimic"):
            use()


def test_an_older_database_names_the_command_that_upgrades_it(store):
    database = store._database
    with database.writing() as connection, pytest.raises(OldDatabase, match="mimic db upgrade"):
        open_tables(database, connection, revisions=[*REVISIONS, "next"])


def test_upgrading_makes_the_tables_and_twice_changes_nothing(database_url, keyring):
    assert upgrade(database_url) == REVISIONS[-1]
    assert upgrade(database_url) == REVISIONS[-1]
    Store.open(database_url, keyring).close()


def test_somebody_elses_database_is_not_touched(file, database_url, keyring):
    change(file, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(DamagedDatabase, match="not Mimic's"):
        Store.open(database_url, keyring)
    connection = sqlite3.connect(file)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("recipes",)]


def test_a_file_that_is_no_database_is_named(file, database_url, keyring):
    file.write_bytes(b"dear diary, " * 100)
    with pytest.raises(DamagedDatabase, match=f"{file} is not a database"):
        Store.open(database_url, keyring)


def test_a_broken_database_is_named(store, file, database_url, keyring):
    register(store)
    store.close()
    pages = bytearray(file.read_bytes())
    pages[4096:] = os.urandom(len(pages) - 4096)
    file.write_bytes(pages)
    with pytest.raises(DamagedDatabase, match="restore a backup"):
        Store.open(database_url, keyring)


def test_the_check_finds_a_page_that_opening_does_not_read(store, file, database_url, keyring):
    register(store)
    grant_all(store)
    ingest(store, *(post("word " * 50, ts=number) for number in range(200)))
    store.check()
    store.close()
    pages = bytearray(file.read_bytes())
    table = store_page(file, "messages")
    pages[table : table + 8] = b"\0" * 8
    file.write_bytes(pages)
    again = Store.open(database_url, keyring)
    with pytest.raises(DamagedDatabase, match="restore a backup"):
        again.check()
    again.close()


def store_page(file: Path, table: str) -> int:
    """Where the first page of a table begins in the file."""
    connection = sqlite3.connect(file)
    query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    (page,) = connection.execute(query, (table,)).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    return (page - 1) * size


def test_a_missing_folder_is_named(tmp_path, keyring):
    with pytest.raises(UnreachableDatabase, match=r"nowhere/mimic\.db cannot be opened"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/mimic.db", keyring)


@pytest.fixture
def read_only_folder():
    """A folder that this process may not write to, even where the tests run as root."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder, lambda: (folder.chmod(0o555), root and os.seteuid(65534))
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_read_only_folder_is_one_sentence(read_only_folder, keyring):
    folder, close = read_only_folder
    close()
    with pytest.raises(UnreachableDatabase, match="let Mimic write in its folder"):
        Store.open(f"sqlite:///{folder}/mimic.db", keyring)


def test_a_read_only_database_is_one_sentence(read_only_folder, keyring):
    folder, close = read_only_folder
    url = f"sqlite:///{folder}/mimic.db"
    Store.open(url, keyring).close()
    (folder / "mimic.db").chmod(0o444)
    close()
    with pytest.raises((ReadOnlyDatabase, UnreachableDatabase), match="write in its folder"):
        Store.open(url, keyring)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="needs setpriv")
def test_a_read_only_folder_is_refused_even_while_another_process_has_the_database_open(
    tmp_path, store, database_url, keyring
):
    register(store)
    tmp_path.chmod(0o555)
    open_again = f"Store.open({database_url!r}, Keyring(bytes(range(32)))).close()"
    program = f"from storage.keys import Keyring; from storage.store import Store; {open_again}"
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*plain, sys.executable, "-c", program]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    tmp_path.chmod(0o755)
    assert "ReadOnlyDatabase" in done.stderr


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(store, keyring, tmp_path):
    register(store)
    grant_all(store)
    ingest(store, post("before", ts=1))
    with store._database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 3}"))
    long = [post("word " * 200, ts=number) for number in range(2, 1500)]
    with pytest.raises(DiskFull, match="The disk is full: make room"):
        ingest(store, *long)
    assert texts(store) == ["before"]


def test_a_locked_database_is_one_sentence(store, file, database_url):
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Database(database_url, patience_seconds=0.05)
    with pytest.raises(DatabaseLocked, match="Another process"), impatient.writing():
        pass
    impatient.close()
    other.close()


def test_readers_do_not_wait_for_a_writer(store, file):
    register(store)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert len(store.members.list()) == 5
    other.close()


def test_many_may_open_a_new_database_at_once(database_url, keyring):
    problems = []

    def open_and_close():
        try:
            Store.open(database_url, keyring).close()
        except Exception as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=open_and_close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_failed_change_is_taken_back_whole(store):
    def fail_halfway():
        with store._database.writing() as connection:
            connection.execute(text("DELETE FROM keys"))
            connection.execute(text("DELETE FROM nothing"))

    with pytest.raises(DatabaseError):
        fail_halfway()
    with store._database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM keys")).scalar() == 1
