import json
import threading
from datetime import UTC, datetime

import pytest

from bot.run_display import LOOKING_SECONDS
from bot.session import Session, open_session
from bot.settings import Settings
from storage.runs import RunEvent
from storage.store import Store


@pytest.fixture
def session(filled):
    with open_session(Settings.load()) as session:
        yield session


@pytest.fixture
def store(session: Session) -> Store:
    return session.store


@pytest.fixture
def ada(store: Store) -> str:
    return f"person:{store.members.find('@ada').id}"


def read_rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


def note(store: Store, run: int, voice: str, fraction: float, bits: float | None = None) -> None:
    store.runs.note(run, RunEvent(datetime.now(UTC), voice, fraction, 1234.5, bits))


def test_runs_are_listed_newest_first_with_names_as_people_type_them(mimic, store, ada):
    first = store.runs.start(f"base {ada}")
    store.runs.finish(first.id, "failed", reason="There is too little text.", device="CPU")
    store.runs.queue("all")
    newest, oldest = read_rows(mimic("runs", "--json"))
    assert list(newest)[:5] == ["run", "target", "state", "progress", "reason"]
    assert (newest["target"], newest["state"], newest["progress"]) == ("all", "queued", 0)
    assert (oldest["target"], oldest["state"]) == ("base @ada", "failed")
    assert oldest["reason"] == "There is too little text."
    assert oldest["device"] == "CPU"
    assert mimic("runs").out.splitlines()[0].split("\t")[:2] == ["run", "target"]


def test_channels_and_texts_are_shown_by_name_and_whoever_left_is_not(mimic, store, ada):
    channel = store.channels.find("channel:general").id
    store.runs.start(f"channel:{channel} text:ferry {ada}")
    assert read_rows(mimic("runs", "--json"))[0]["target"] == "#general ferry @ada"
    store.forget(store.members.find("@ada").id, state="left")
    assert read_rows(mimic("runs", "--json"))[0]["target"] == f"#general ferry {ada}"


def test_without_runs_there_is_a_hint(mimic, home):
    outcome = mimic("runs")
    assert (outcome.code, outcome.out) == (0, "")
    assert "mimic train" in outcome.err


def test_a_log_has_a_line_a_measurement(mimic, store, ada):
    run = store.runs.start(ada)
    note(store, run.id, ada, 0.25)
    note(store, run.id, ada, 0.5, 2.5)
    rows = read_rows(mimic("runs", "log", run.id, "--json"))
    assert [(row["voice"], row["fraction"], row["bits_per_byte"]) for row in rows] == [
        ("@ada", 0.25, None),
        ("@ada", 0.5, 2.5),
    ]
    assert rows[0]["tokens_per_second"] == 1234.5
    assert mimic("runs", "log", run.id).out.count("@ada") == 2


def test_a_run_that_waits_is_cancelled_at_once(mimic, store):
    run = store.runs.queue("base")
    (row,) = read_rows(mimic("runs", "cancel", run.id, "--json"))
    assert (row["run"], row["state"]) == (run.id, "cancelled")
    assert "had cancelled already" not in mimic("runs", "cancel", run.id).err
    assert store.runs.get(run.id).state == "cancelled"


def test_a_run_under_way_is_asked_to_end(mimic, store):
    run = store.runs.start("base")
    assert "within seconds" in mimic("runs", "cancel", run.id).out
    assert store.runs.get(run.id).is_cancel_wanted


@pytest.mark.parametrize("command", ["watch", "log", "cancel"])
def test_a_run_that_is_not_there_is_one_sentence(mimic, home, command):
    outcome = mimic("runs", command, 99)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "mimic: There is no such run: `mimic runs` lists all.\n"


def test_watching_shows_progress_until_the_end(mimic, store, ada):
    waiting, run = store.runs.queue("all"), store.runs.start(ada)

    def work() -> None:
        note(store, run.id, ada, 0.5, 2.5)
        store.runs.progress(run.id, 0.5)
        threading.Event().wait(1.2 * LOOKING_SECONDS)
        store.runs.finish(run.id, "succeeded", reason="1 trained, 1 of them promoted")

    thread = threading.Thread(target=work)
    thread.start()
    outcome = mimic("runs", "watch")  # the one under way, though another was queued before
    thread.join()
    assert outcome.code == 0
    assert f"run {run.id} (@ada): 50%, 1,234 tokens/s, 2.500 bits/byte, 0:00 left" in outcome.err
    assert outcome.out == f"run {run.id} (@ada) succeeded: 1 trained, 1 of them promoted\n"
    store.runs.cancel(waiting.id)
    assert "none waits" in mimic("runs", "watch").err


def test_watching_as_json_ends_with_the_finished_run(mimic, store):
    run = store.runs.start("base")
    store.runs.finish(run.id, "cancelled")
    (row,) = read_rows(mimic("runs", "watch", run.id, "--json"))
    assert (row["state"], row["seconds_left"], row["bits_per_byte"]) == ("cancelled", None, None)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_watching_a_run_that_fails_fails(mimic, store, options):
    run = store.runs.start("base")
    store.runs.finish(run.id, "failed", reason="The loss ran away.")
    outcome = mimic("runs", "watch", run.id, *options)
    assert outcome.code == 1
    assert outcome.err == f"mimic: Run {run.id} failed: The loss ran away.\n"
