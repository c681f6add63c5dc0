"""Several processes on one database: imports side by side, and beside what is heard live."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bot.live import LiveIntake
from bot.session import open_session
from storage.ingestion import IngestPolicy, RawMessage

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def start_import(home: Path, export: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "import", str(export), "--consent", "all", "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "MIMIC_HOME": str(home)},  # noqa: TID251
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_rows(home: Path, monkeypatch) -> list[tuple[object, ...]]:
    """What is stored, by what it is and not by the numbers of rows."""
    monkeypatch.setenv("MIMIC_HOME", str(home))
    with open_session() as session:
        store = session.store
        authors = {member.id: store.members.user_id(member.id) for member in store.members.list()}
        places = {channel.id: channel.name for channel in store.channels.list()}
        return sorted(
            (places[each.channel], each.ts, each.thread_ts or "", authors[each.author], each.text)
            for each in store.messages.read(public_only=False)
        )


@pytest.fixture
def expected(filled, monkeypatch):
    return read_rows(filled, monkeypatch)


def test_two_imports_at_once_give_the_rows_of_one(expected, sample, tmp_path, monkeypatch):
    home = tmp_path / "together"
    both = [start_import(home, sample) for _ in range(2)]
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert read_rows(home, monkeypatch) == expected


def test_an_import_that_is_killed_beside_another_takes_nothing_with_it(
    expected, sample, tmp_path, monkeypatch
):
    home = tmp_path / "killed"
    killed, other = (start_import(home, sample) for _ in range(2))
    database = home / "mimic.db"
    while killed.poll() is None and not (database.exists() and database.stat().st_size > 200_000):
        time.sleep(0.01)
    killed.kill()
    killed.communicate()
    _, err = other.communicate(timeout=120)
    assert other.returncode == 0, err
    assert read_rows(home, monkeypatch) == expected


def test_what_is_heard_live_during_an_import_is_stored_beside_it(
    expected, sample, tmp_path, monkeypatch
):
    """An import's transactions are short enough for everybody else to have their turn."""
    home = tmp_path / "beside"
    monkeypatch.setenv("MIMIC_HOME", str(home))
    with open_session() as session:
        store = session.store
        store.channels.register([{"id": "C0LIVELY", "name": "lively"}], team_id=None, kind="public")
        members = store.members.register([{"id": "U0LIVELY", "name": "liv"}], team_id=None)
        store.consent.grant(members, actor="test")
        live = LiveIntake(store, team_id="T0", include=frozenset())
        live.start()
        importing = start_import(home, sample)
        number, is_over = 0, threading.Event()
        while not is_over.is_set():
            if importing.poll() is not None:
                is_over.set()
            number += 1
            live.submit("C0LIVELY", _say(number))
            time.sleep(0.02)
        _, err = importing.communicate()
        assert importing.returncode == 0, err
        live.close(10)
    rows = read_rows(home, monkeypatch)
    assert sum(row[0] == "lively" for row in rows) == number
    assert [row for row in rows if row[0] != "lively"] == expected


def _say(number: int) -> dict[str, str]:
    ts = f"{1_700_000_000 + number}.000100"
    return {"type": "message", "user": "U0LIVELY", "text": f"number {number}", "ts": ts}


def test_many_threads_that_add_the_same_channel_and_people_add_each_once(store):
    def take() -> None:
        policy = IngestPolicy(team_id="T0RACES", grant_authors=True, include=frozenset({"private"}))
        store.ingest([RawMessage("C0RACES", _say(number)) for number in range(50)], policy=policy)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (channel,) = store.channels.list()
    assert store.messages.count(channel=channel.id, public_only=False) == 50
    assert [member.messages for member in store.members.list()] == [50]
