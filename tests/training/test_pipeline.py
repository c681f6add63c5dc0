import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from storage.ingestion import IngestPolicy, RawMessage
from storage.keys import Keyring
from storage.leases import TRAINER
from storage.records import VoiceRow
from storage.store import Store
from training.artifacts import LOSS_PLOT, READING_GRAPH, WEIGHTS
from training.config import SamplingConfig
from training.duty import hold_lease
from training.errors import RefusedParcel, TooLittleText, TrainingFailed, UnknownVoice
from training.evaluation import evaluate
from training.generation import Request, generate
from training.parcels import export_voice, import_voice
from training.pipeline import train
from training.reports import TrainReport
from training.supervision import Supervision, TrainingEvent
from training.voices import VoiceRegistry

pytestmark = pytest.mark.slow

QUICK = 0.4  # minutes


@pytest.fixture(scope="module")
def trained(tmp_path_factory, write_messages, fill) -> Iterator[tuple[VoiceRegistry, list]]:
    """The workspace with its base and both voices, trained once; what tests add stays in it."""
    folder = tmp_path_factory.mktemp("trained")
    store = Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32))))
    fill(store)
    registry = VoiceRegistry(store, folder / "voices")
    events: list[TrainingEvent] = []
    supervision = Supervision(events.append, threading.Event(), wants_samples=True)
    reports = train(registry, people(store), supervision, minutes=QUICK)
    yield registry, [reports, events]
    store.close()


def people(store: Store) -> list[VoiceRow]:
    return [store.voices.ensure("person", subject=each.id) for each in store.members.list()]


def say(registry: VoiceRegistry, voice: VoiceRow, count: int = 10) -> list[str]:
    loaded, rng = registry.load(voice), np.random.default_rng(0)
    parts = [(loaded, 1.0)]
    sampling = SamplingConfig()
    return [generate(parts, Request(), sampling, rng=rng, candidates=4).text for _ in range(count)]


def test_the_base_comes_first_and_every_voice_beats_it(trained):
    reports: list[TrainReport] = trained[1][0]
    assert [report.voice for report in reports] == ["base", "@shouter", "@whisperer"]
    assert all(report.promoted and report.version == 1 for report in reports)
    for report in reports[1:]:
        assert report.bits_per_byte < report.base_bits_per_byte


def test_each_voice_sounds_like_its_person(trained):
    registry, _ = trained
    shouter, whisperer = people(registry.store)
    loud = [text == text.upper() for text in say(registry, shouter)]
    quiet = [text == text.lower() for text in say(registry, whisperer)]
    assert np.mean(loud) >= 0.7  # of ten, after seconds of training
    assert np.mean(quiet) >= 0.7


def test_what_voices_are_ranked_by_has_a_reading_graph_for_all_of_them(trained):
    registry, _ = trained
    one, other = (registry.load(voice) for voice in people(registry.store))
    assert one.base.reader is other.base.reader is not None
    assert not registry.artifact(registry.promoted(people(registry.store)[0])).has(READING_GRAPH)


def test_a_blend_of_both_says_something(trained):
    registry, _ = trained
    parts = [(registry.load(voice), 0.5) for voice in people(registry.store)]
    sampling = SamplingConfig()
    rng = np.random.default_rng(0)
    assert generate(parts, Request(), sampling, rng=rng, candidates=4).text.strip()


def test_events_carry_figures_and_messages(trained):
    events: list[TrainingEvent] = trained[1][1]
    measured = [event for event in events if event.bits_per_byte is not None]
    assert {event.voice for event in measured} == {"base", "@shouter", "@whisperer"}
    assert any(event.sample for event in measured)
    assert all(event.sample is None for event in events if event.bits_per_byte is None)


def test_a_version_keeps_its_settings_its_scalars_and_its_plot(trained):
    registry, _ = trained
    for voice in registry.store.voices.list():
        artifact = registry.artifact(registry.promoted(voice))
        assert artifact.read(LOSS_PLOT).startswith(b"\x89PNG")
        assert any(name.startswith("tensorboard/") for name in artifact.metadata["checksums"])
        assert artifact.metadata["recipe"]["fit"]["seed"] == 1
        assert artifact.metadata["messages"] >= 200
        assert artifact.metadata["program"]
        assert "commit" in artifact.metadata
        json.dumps(artifact.metadata, allow_nan=False)  # NaN would be no JSON for anybody else
        assert artifact.arrays(WEIGHTS)


def test_no_file_of_a_version_holds_readable_text(trained):
    registry, _ = trained
    for file in registry.folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes().lower()
            assert b"kettle" not in data, file.name
            assert b"shouter" not in data, file.name
        assert socket.gethostname() not in file.name


def test_held_out_figures_stand_beside_their_baselines(trained):
    registry, _ = trained
    rows = list(evaluate(registry, people(registry.store)))
    assert [row.voice for row in rows] == ["@shouter", "@whisperer"]
    for row in rows:
        assert row.messages == 30
        assert 0 < row.voice_bits < row.base
        assert row.own_6gram > 0
        assert row.placeholder_share == 0


def test_a_damaged_version_is_named_and_the_one_before_speaks(trained, tmp_path, caplog):
    registry, _ = trained
    voice = people(registry.store)[0]
    train(registry, [voice], Supervision(lambda event: None), minutes=QUICK / 4)
    newest = registry.promoted(voice)
    assert newest.number == 2
    file = registry.folder / newest.folder / "conditioning.safetensors"
    sound = file.read_bytes()
    file.write_bytes(sound[:-1])
    assert VoiceRegistry(registry.store, registry.folder).load(voice).version == 1
    assert newest.folder in caplog.text
    file.write_bytes(sound)
    assert VoiceRegistry(registry.store, registry.folder).load(voice).version == 2
    assert registry.rollback(voice).number == 1
    assert registry.load(voice).version == 1
    assert registry.rollback(voice, 2).number == 2
    with pytest.raises(UnknownVoice, match="version 7"):
        registry.rollback(voice, 7)


def test_an_exported_voice_speaks_where_the_same_key_is(trained, tmp_path, fill):
    registry, _ = trained
    voice = people(registry.store)[1]
    parcel = tmp_path / "whisperer.mimic"
    export_voice(registry, voice, parcel)
    other = Store.open(f"sqlite:///{tmp_path}/other.db", registry.store.keyring)
    there = VoiceRegistry(other, tmp_path / "voices")
    with pytest.raises(RefusedParcel, match="unknown here"):
        import_voice(there, parcel)
    fill(other, 10)
    imported = import_voice(there, parcel)
    assert say(there, imported, 3) == say(registry, voice, 3)
    with pytest.raises(RefusedParcel, match="already"):
        import_voice(there, parcel)
    other.close()


def test_a_parcel_of_another_key_or_a_torn_one_is_refused(trained, tmp_path, fill):
    registry, _ = trained
    parcel = tmp_path / "voice.mimic"
    export_voice(registry, people(registry.store)[0], parcel)
    other = Store.open(f"sqlite:///{tmp_path}/other.db", Keyring(bytes(32)))
    fill(other, 10)
    there = VoiceRegistry(other, tmp_path / "voices")
    with pytest.raises(RefusedParcel, match="another key"):
        import_voice(there, parcel)
    parcel.write_bytes(parcel.read_bytes()[:5_000])
    with pytest.raises(RefusedParcel, match=r"voice\.mimic"):
        import_voice(there, parcel)
    assert not there.folder.exists() or not list(there.folder.iterdir())
    other.close()


def test_too_few_messages_are_counted_not_trained(store: Store, fill, tmp_path):
    fill(store, 90)
    registry = VoiceRegistry(store, tmp_path / "voices")
    with pytest.raises(TooLittleText, match=r"200 messages.* 90 are stored"):
        train(registry, people(store), Supervision(lambda event: None))


def test_a_person_with_too_few_messages_hears_how_many_are_missing(
    store: Store, fill, write_messages, tmp_path
):
    fill(store, 300)
    registry = VoiceRegistry(store, tmp_path / "voices")
    reports = train(registry, people(store), Supervision(lambda event: None), minutes=0.1)
    assert [report.reason for report in reports[1:]] == ["50 more messages needed"] * 2
    assert [report.version for report in reports[1:]] == [None, None]


@pytest.fixture
def copied(trained, tmp_path: Path) -> Iterator[VoiceRegistry]:
    """The trained workspace as it is now, to be changed at will."""
    registry, _ = trained
    shutil.copytree(registry.folder.parent, tmp_path / "copy")
    store = Store.open(f"sqlite:///{tmp_path}/copy/mimic.db", registry.store.keyring)
    yield VoiceRegistry(store, tmp_path / "copy" / "voices")
    store.close()


def test_a_base_is_due_when_its_text_has_grown(copied, write_messages):
    registry = copied
    registry.store.ingest(write_messages(400, seed=2), policy=IngestPolicy(team_id="T0TEA"))
    report = train(registry, [], Supervision(lambda event: None), minutes=QUICK)[0]
    assert report.reason != "up to date"
    assert report.version == 2


def test_a_damaged_base_is_named_and_trained_again_with_its_voices(copied, caplog):
    base = copied.store.voices.ensure("base")
    damaged = copied.promoted(base)
    (copied.folder / damaged.folder / WEIGHTS).write_bytes(b"torn")
    reports = train(copied, people(copied.store)[:1], Supervision(lambda event: None), minutes=0.2)
    assert damaged.folder in caplog.text
    assert (reports[0].promoted, reports[0].reason) == (True, "the version before may not speak on")
    new = copied.promoted(base)
    assert new.id != damaged.id
    assert [report.voice for report in reports] == ["base", "@shouter", "@whisperer"]
    for voice, report in zip(people(copied.store), reports[1:], strict=True):
        assert copied.store.voices.versions(voice.id)[0].base == new.id
        assert (copied.promoted(voice).base == new.id) == report.promoted


def test_voices_whose_turn_has_not_come_are_left_as_they_are_when_a_run_is_stopped(copied):
    stop = threading.Event()
    before = [copied.promoted(voice) for voice in people(copied.store)]

    def stop_soon(event: TrainingEvent) -> None:
        if event.voice == "@shouter":
            stop.set()

    reports = train(copied, people(copied.store), Supervision(stop_soon, stop))
    assert [report.version is None for report in reports] == [False, False, True]
    assert reports[-1].reason == "stopped before its turn"
    assert copied.promoted(people(copied.store)[1]).id == before[1].id
    assert copied.store.runs.list()[0].state == "cancelled"


def test_nothing_speaks_that_learned_from_somebody_who_left_meanwhile(copied):
    store, (shouter, whisperer) = copied.store, people(copied.store)
    before = [version.folder for version in store.voices.versions(whisperer.id)]

    def leave(event: TrainingEvent) -> None:
        if event.voice == "@shouter" and store.consent.allows(shouter.subject):
            store.forget(shouter.subject, state="left")

    with pytest.raises(TrainingFailed, match="left while their messages were being learned"):
        train(copied, [shouter, whisperer], Supervision(leave), minutes=0.2)
    assert store.voices.find("person", subject=shouter.subject) is None
    assert [version.folder for version in store.voices.versions(whisperer.id)] == before


def test_the_guard_knows_the_messages_that_came_after_the_base(copied, write_messages):
    store = copied.store
    new = "the new samovar hums a tune that nobody in this house had ever heard before"
    payload = {"type": "message", "user": "U0SHOUT", "text": new, "ts": "1800000000.000100"}
    store.ingest([RawMessage("C0TEA", payload)], policy=IngestPolicy(team_id="T0TEA"))
    reports = train(copied, people(store)[:1], Supervision(lambda event: None), minutes=0.2)
    assert reports[0].reason == "up to date"
    versions = store.voices.versions(people(store)[0].id)
    loaded = copied.read(copied.artifact(versions[0]), "@shouter")
    assert any(guard.check(new).is_refused for guard in loaded.guards)


KILLED = """
import logging, sys, threading
from pathlib import Path
import training.fitting
training.fitting.CHECKPOINT_SECONDS = 0.5
from storage.keys import Keyring
from storage.store import Store
from training.pipeline import train
from training.supervision import Supervision
from training.voices import VoiceRegistry

folder = Path(sys.argv[1])
store = Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32))))
registry = VoiceRegistry(store, folder / "voices")
voices = [store.voices.ensure("person", subject=each.id) for each in store.members.list()]
train(registry, voices, Supervision(lambda event: print(event.fraction, flush=True)), minutes=0.5)
print("done", flush=True)
"""


def test_a_killed_training_goes_on_and_finishes(store: Store, fill, tmp_path: Path):
    fill(store)
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if float(line) > 0.3:
                break
        process.kill()
    assert list((tmp_path / "voices" / ".runs").rglob("checkpoint.safetensors"))
    started = time.monotonic()
    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    fractions = re.findall(r"^[\d.]+$", again.stdout, re.MULTILINE)
    assert float(fractions[0]) > 0.15
    assert again.stdout.endswith("done\n")
    assert time.monotonic() - started < 120
    assert all(store.voices.promoted(voice.id) for voice in store.voices.list())
    assert [run.state for run in store.runs.list()] == ["succeeded"]


def test_a_run_killed_right_after_promoting_promotes_nothing_again(copied):
    store, voice = copied.store, people(copied.store)[0]
    store.runs.queue(voice.label)
    quiet = Supervision(lambda event: None)
    with hold_lease(store, TRAINER, on_lost=pytest.fail):
        run = store.runs.take()
        first = train(copied, [voice], quiet, minutes=QUICK / 4, run=run)
        again = train(copied, [voice], quiet, minutes=QUICK / 4, run=run)
    assert [report.version for report in again] == [report.version for report in first]
    assert again[1].promoted == first[1].promoted
    other = store.runs.queue(voice.label)
    with hold_lease(store, TRAINER, on_lost=pytest.fail):
        assert store.runs.take().id == other.id
        later = train(copied, [voice], quiet, minutes=QUICK / 4, run=store.runs.get(other.id))
    assert later[1].version == first[1].version + 1


def test_a_base_that_is_asked_for_is_trained_though_it_is_not_due(copied):
    base = copied.store.voices.ensure("base")
    report = train(copied, [base], Supervision(lambda event: None), minutes=QUICK)[0]
    assert (report.voice, report.version) == ("base", 2)


def test_a_run_keeps_its_progress_its_log_and_what_it_took(trained):
    store = trained[0].store
    run = store.runs.list()[-1]
    assert (run.target, run.state, run.progress) == ("base person:1 person:2", "succeeded", 1.0)
    assert run.reason == "3 trained, 3 of them promoted"
    assert (run.device, run.cost) == ("CPU", None)
    assert run.tokens == sum(report.tokens for report in trained[1][0])
    assert run.seconds > 0
    events = store.runs.events(run.id)
    assert {event.voice for event in events} == {"base", "person:1", "person:2"}
    assert any(event.bits_per_byte for event in events)
