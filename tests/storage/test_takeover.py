import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import DamagedDatabase, DatabaseError, DatabaseLocked, WrongKey
from storage.keys import Keyring
from storage.store import Store
from storage.takeover import held_alone, hold
from tests.storage.slack import grant_all, ingest, post, register, texts

HOUSE = Path(__file__).parents[2]
OPENED = """
import sys
from storage.keys import Keyring
from storage.store import Store
store = Store.open(sys.argv[1], Keyring(bytes(range(32))))
store.members.list()
print("open", flush=True)
sys.stdin.read()
"""
LOOKING = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0.1).execute("SELECT * FROM members").fetchall()
"""


@pytest.fixture
def file(store):
    register(store)
    grant_all(store)
    ingest(store, post("red"))
    return store._database.file


def test_what_another_process_has_open_cannot_be_held(store, file, database_url):
    store.close()
    command = [sys.executable, "-c", OPENED, database_url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=HOUSE, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(DatabaseLocked), held_alone(file, patience_seconds=0.1):
            pass
        other.stdin.close()
        other.wait()
    with held_alone(file):
        pass


def test_nobody_gets_at_what_is_held_and_all_of_it_is_in_one_file(store, file, database_url):
    store.close()
    with held_alone(file):
        assert not any(file.with_name(f"mimic.db{end}").exists() for end in ("-wal", "-shm"))
        done = subprocess.run(
            [sys.executable, "-c", LOOKING, str(file)], capture_output=True, text=True, check=False
        )
        assert "database is locked" in done.stderr
    again = Store.open(database_url, Keyring(bytes(range(32))))
    assert texts(again) == ["red"]
    again.close()


def test_what_is_held_is_asked_for_its_ledger(store, file, keyring):
    ada = store.members.find("ada").id
    store.consent.revoke(ada, actor="subject", by_subject=True)
    store.close()
    with hold(file, keyring) as ledger:
        assert "paused" in {word.state for word in ledger.words}


def test_another_key_is_no_use(store, file):
    store.close()
    with pytest.raises(WrongKey, match="another key"), hold(file, Keyring(bytes(32))):
        pass


@pytest.mark.parametrize("content", [b"dear diary, " * 100, b""])
def test_what_is_no_database_is_a_plain_error(tmp_path, keyring, content):
    file = tmp_path / "other.db"
    file.write_bytes(content)
    with pytest.raises(DatabaseError) as caught, hold(file, keyring):
        pass
    assert isinstance(caught.value, DamagedDatabase) == bool(content)


def _count_openings(file):
    links = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
    return sum(link == str(file) for link in links)


def test_who_waited_for_what_is_held_goes_on_with_what_took_its_place(store, file, tmp_path):
    store.close()
    other, keyring = tmp_path / "other.db", Keyring(bytes(range(32)))
    shutil.copy(file, other)
    newer = Store.open(f"sqlite:///{other}", keyring)
    ingest(newer, post("blue", ts=2))
    newer.close()
    with ThreadPoolExecutor(1) as waiting:
        with held_alone(file):
            before = _count_openings(file)
            opened = waiting.submit(Store.open, f"sqlite:///{file}", keyring)
            while _count_openings(file) == before and not opened.done():
                time.sleep(0.01)
            os.link(file, tmp_path / "former.db")
            other.replace(file)
        later = opened.result()
    assert texts(later) == ["red", "blue"]
    later.close()
