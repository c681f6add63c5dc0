"""Imports with processes that scrub ahead: what is stored is what one process would have stored."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from storage.crew import Crew
from storage.errors import ScrubbingEnded
from storage.ingestion import IngestPolicy, IngestReport
from storage.store import Store
from tests.storage.slack import ADA, BOB, TEAM, change, deletion, grant_all, post, register, texts

HOUSE = Path(__file__).parents[2]
POLICY = IngestPolicy(team_id=TEAM)


@pytest.fixture
def crews(monkeypatch):
    """The crews that were hired."""
    hired: list[Crew] = []
    begin = Crew.__enter__

    def note(crew):
        hired.append(crew)
        return begin(crew)

    monkeypatch.setattr(Crew, "__enter__", note)
    return hired


@pytest.fixture
def new_store(tmp_path, keyring):
    opened = []

    def make() -> Store:
        store = Store.open(f"sqlite:///{tmp_path / f'{len(opened)}.db'}", keyring)
        opened.append(store)
        register(store)
        grant_all(store)
        return store

    yield make
    for store in opened:
        store.close()


def chat(number=3_500):
    """Messages of two people, some of them edited, deleted, or said twice."""
    yield from (
        post(f"Quill, see number {n} of www.x.example", ts=n, user=(ADA, BOB)[n % 2])
        for n in range(number)
    )
    yield from (change(post(f"edited {n}", ts=n, user=ADA, edited=5_000)) for n in (0, 2_000))
    yield from (deletion(n) for n in (1, 2_001, 9_999))
    yield from (post(f"Quill, see number {n} of www.x.example", ts=n) for n in (4, 3_000))
    yield from (post("joined", ts=n, subtype="channel_join") for n in range(8_000, 8_100))


def test_an_import_with_processes_stores_and_counts_what_one_without_does(new_store):
    alone, together = new_store(), new_store()
    told: list[IngestReport] = []
    expected = alone.ingest(chat(), policy=POLICY)
    report = together.ingest(chat(), policy=POLICY, processes=2, on_progress=told.append)
    assert report == expected == told[-1]
    assert [each.messages_read for each in told] == [1_000, 2_000, 3_000, 3_607]
    assert texts(together) == texts(alone)
    assert "<name>, see number 8 of <url>" in texts(together)


def test_what_was_scrubbed_ahead_is_what_is_stored(new_store, monkeypatch):
    store = new_store()
    answered = []
    scrub = Crew.scrub

    def note(crew, scrubber, asked):
        answered.append(list(asked))
        return scrub(crew, scrubber, asked)

    monkeypatch.setattr(Crew, "scrub", note)
    store.ingest(chat(), policy=POLICY, processes=1)
    # small pieces, so that nobody waits long; not the few beside, nor what is stored already
    assert [len(asked) for asked in answered] == [200] * 17


def test_what_nobody_has_begun_with_is_scrubbed_here(new_store, monkeypatch):
    store, clean = new_store(), new_store()
    monkeypatch.setattr(Crew, "scrub", lambda *_: Future())  # nobody ever does
    report = store.ingest(chat(), policy=POLICY, processes=1)
    assert report == clean.ingest(chat(), policy=POLICY)
    assert texts(store) == texts(clean)


def test_where_only_messages_say_of_which_workspace_they_are_the_first_batch_tells(new_store):
    store, clean = new_store(), new_store()
    policy = IngestPolicy()
    report = store.ingest(chat(), policy=policy, processes=1)
    assert report == clean.ingest(chat(), policy=policy)
    assert texts(store) == texts(clean)


def test_importing_again_with_processes_starts_none(new_store, crews):
    store = new_store()
    store.ingest(chat(), policy=POLICY)
    report = store.ingest(chat(2_500), policy=POLICY, processes=2)
    assert report.messages_stored == 0
    assert crews[0]._hands == []


def test_names_that_become_known_meanwhile_are_scrubbed_of_all_that_comes_after(new_store):
    store = new_store()

    def introduce(_report):
        store.members.register([{"id": "U0ZEB1111", "name": "zebulon"}], team_id=TEAM)

    messages = [post(f"zebulon {n}", ts=n) for n in range(4_000)]
    store.ingest(messages, policy=POLICY, processes=1, on_progress=introduce)
    assert texts(store)[-3_000:] == [f"<name> {n}" for n in range(1_000, 4_000)]


def test_a_no_said_meanwhile_counts_though_the_texts_were_scrubbed_ahead(new_store):
    store = new_store()
    ada = store.members.find("ada").id

    def leave(report):
        if report.messages_read == 2_000:
            store.forget(ada, state="left")

    messages = [post("hello", ts=n) for n in range(5_000)]
    report = store.ingest(messages, policy=POLICY, processes=1, on_progress=leave)
    assert report.messages_dropped == {"no_consent": 3_000}
    assert store.messages.count() == 0


@pytest.mark.slow
def test_a_process_that_ends_amid_an_import_leaves_whole_batches_and_the_next_import_the_rest(
    new_store, crews
):
    store, clean = new_store(), new_store()

    def kill(report):
        if report.messages_read == 2_000:
            for hand in crews[0]._hands:
                hand.process.kill()

    with pytest.raises(ScrubbingEnded):
        store.ingest(chat(9_000), policy=POLICY, processes=2, on_progress=kill)
    kept = store.messages.count()
    assert 2_000 <= kept < 9_000
    assert kept % 1_000 == 0
    report = store.ingest(chat(9_000), policy=POLICY)
    assert report.messages_unchanged >= kept - 10
    clean.ingest(chat(9_000), policy=POLICY)
    assert texts(store) == texts(clean)


IMPORT = """
import signal
import sys
from storage.ingestion import IngestPolicy
from storage.keys import Keyring
from storage.store import Store
from tests.storage.slack import TEAM, post

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have its jobs ignore it
store = Store.open(sys.argv[1], Keyring(bytes(range(32))))
messages = (post(f"message number {number}", ts=number) for number in range(50_000))
tell = lambda report: print(report.messages_stored, flush=True)
store.ingest(messages, policy=IngestPolicy(team_id=TEAM), processes=2, on_progress=tell)
"""


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_an_import_is_ended_its_processes_end_and_whole_batches_stay(
    new_store, tmp_path, how
):
    store = new_store()
    command = [sys.executable, "-c", IMPORT, f"sqlite:///{tmp_path / '0.db'}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HOUSE, text=True
    ) as process:
        for _batch in range(4):
            process.stdout.readline()
        helpers = children(process.pid)
        os.kill(process.pid, how)
        process.stdout.read()
        assert process.wait(timeout=30) != 0
    assert len(helpers) == 2
    deadline = time.monotonic() + 30
    while any(map(is_alive, helpers)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kept = store.messages.count()
    assert 4_000 <= kept < 50_000
    assert kept % 1_000 == 0
