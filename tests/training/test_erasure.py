import gc
import os
import sqlite3
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

from storage.records import VoiceRow
from storage.runs import RunRow
from storage.store import Store
from tests.training.tiny_artifacts import FACTS, add_base, add_delta
from training.artifacts import STAGING_PREFIX, TRIAL_PREFIX, commit, staging
from training.checkpoints import CheckpointFolder, Standing
from training.duty import on_duty
from training.erasure import HOUR_SECONDS, erase
from training.errors import TrainingFailed, UnknownVoice
from training.first_voice import make_first_voice
from training.registration import add_version
from training.supervision import Supervision
from training.voices import RUNS, STALE_SECONDS, VoiceRegistry

ARRAYS = {"weights": {"kernel": np.zeros(3, np.float32)}}


@pytest.fixture
def registry(filled: Store, tmp_path: Path) -> VoiceRegistry:
    return VoiceRegistry(filled, tmp_path / "voices")


def person(registry: VoiceRegistry, number: int = 0) -> VoiceRow:
    member = registry.store.members.list()[number]
    return registry.store.voices.ensure("person", subject=member.id)


def everybody(registry: VoiceRegistry) -> frozenset[int]:
    return frozenset(member.id for member in registry.store.members.list())


def leave(registry: VoiceRegistry, number: int = 0) -> int:
    """Let somebody leave; return how many checkpoints went."""
    receipt = registry.store.forget(registry.store.members.list()[number].id, state="left")
    return erase(registry, receipt.folders)


def test_folders_and_every_checkpoint_are_gone(registry: VoiceRegistry):
    base = add_base(registry, members=everybody(registry))
    own = add_delta(registry, person(registry), base)
    other = add_delta(registry, person(registry, 1), base)
    for voice in (person(registry), person(registry, 1), registry.store.voices.ensure("base")):
        CheckpointFolder(registry.run_folder(voice), "x").save(Standing(), ARRAYS)
    (registry.folder / RUNS / "77").mkdir()  # a run that had saved nothing yet
    assert leave(registry) == 3
    left = {path.name for path in registry.folder.iterdir()}
    assert left == {base.folder, other.folder, RUNS}
    assert list((registry.folder / RUNS).iterdir()) == []
    assert own.folder not in left


def test_what_killed_processes_left_goes_after_an_hour_and_what_is_at_work_stays(registry):
    add_base(registry)
    age = {"a" * 16: 2, f"{STAGING_PREFIX}old": 2, f"{STAGING_PREFIX}new": 0, "b" * 16: 0}
    age[f"{TRIAL_PREFIX}new"] = 0
    for name, hours in age.items():
        folder = registry.folder / name
        folder.mkdir()
        past = time.time() - hours * HOUR_SECONDS
        os.utime(folder, (past, past))
    leave(registry)
    left = {name for name in age if (registry.folder / name).exists()}
    assert left == {name for name, hours in age.items() if not hours}


def test_a_day_later_a_sweep_removes_what_learned_from_who_left(registry: VoiceRegistry):
    base = add_base(registry, members=everybody(registry))
    other = add_delta(registry, person(registry, 1), base)
    leave(registry)
    assert registry.sweep() == 0
    assert registry.load(person(registry, 1)).label == "@whisperer"
    make_older(registry, STALE_SECONDS + 60)
    registry.sweep()
    assert not (registry.folder / base.folder).exists()
    assert not (registry.folder / other.folder).exists()
    with pytest.raises(UnknownVoice):
        registry.load(person(registry, 1))


def make_older(registry: VoiceRegistry, seconds: int) -> None:
    connection = sqlite3.connect(registry.store._database.file)
    with connection:
        connection.execute(
            "UPDATE versions SET stale_since = datetime(stale_since, ?)", [f"-{seconds} seconds"]
        )
    connection.close()


def test_another_process_lets_go_of_what_it_has_loaded(registry: VoiceRegistry):
    base = add_base(registry, members=everybody(registry))
    add_delta(registry, person(registry), base)
    make_first_voice_alone(registry)
    elsewhere = VoiceRegistry(registry.store, registry.folder)
    loaded = [weakref.ref(elsewhere.load(person(registry, number))) for number in (0, 1)]
    elsewhere.let_go()
    assert all(voice() is not None for voice in loaded)
    leave(registry, 0)
    elsewhere.let_go()
    gc.collect()
    assert loaded[0]() is None
    assert loaded[1]() is not None
    leave(registry, 1)
    elsewhere.let_go()
    gc.collect()
    assert loaded[1]() is None
    mapped = Path("/proc/self/maps")
    if mapped.exists():
        assert "(deleted)" not in [
            line.split()[-1] for line in mapped.read_text().splitlines() if "/voices/" in line
        ]


def make_first_voice_alone(registry: VoiceRegistry) -> None:
    """Give the second person a voice that stands on nothing, with n-grams and a tokenizer."""
    elsewhere = VoiceRegistry(registry.store, registry.folder)
    base = registry.store.voices.find("base")
    current = registry.store.voices.promoted(base.id)
    registry.store.voices.set_state(current.id, "retired")
    assert make_first_voice(elsewhere, person(registry, 1)).base is None
    registry.store.voices.promote([current.id])


def test_a_run_ends_where_somebody_leaves_whose_text_it_may_have_read(registry: VoiceRegistry):
    supervision = Supervision(lambda event: None)
    failing = pytest.raises(TrainingFailed, match="left while their messages")
    with failing, on_duty(registry.store, "base", supervision) as shift:
        shift.check()
        registry.store.forget(registry.store.members.list()[0].id, state="left")
        shift.confirm()
    (run,) = registry.store.runs.list()
    assert (run.state, run.reason is not None) == ("failed", True)


def test_who_leaves_without_having_written_anything_stops_no_run(registry: VoiceRegistry):
    newcomer = registry.store.members.ensure("U0NEWCOMER", team_id="T0TEA").id
    with on_duty(registry.store, "base", Supervision(lambda event: None)) as shift:
        registry.store.forget(newcomer, state="declined")
        shift.confirm()
    assert last_run(registry).state == "succeeded"


def test_a_text_that_nobody_here_wrote_is_learned_to_its_end(registry: VoiceRegistry):
    with on_duty(registry.store, "text:ferry", Supervision(lambda event: None)) as shift:
        leave(registry)
        shift.confirm()
    assert last_run(registry).state == "succeeded"


def last_run(registry: VoiceRegistry) -> RunRow:
    return registry.store.runs.list()[0]


@pytest.mark.parametrize("whose", ["own", "base"])
def test_a_version_that_is_made_while_somebody_leaves_leaves_nothing(registry, whose):
    voice = person(registry) if whose == "own" else registry.store.voices.ensure("base")
    learned_from = everybody(registry)
    with staging(registry.folder) as staged:
        staged.write("ngrams.sealed", b"her words")
        artifact = commit(staged, FACTS)
    registry.store.forget(registry.store.members.list()[0].id, state="left")
    with pytest.raises(TrainingFailed, match="Somebody left"):
        add_version(
            registry.store, voice, artifact, (2.0, 2.0), base=None, learned_from=learned_from
        )
    assert not artifact.path.exists()
    assert artifact.folder not in registry.store.voices.folders()


def test_a_first_voice_that_is_made_while_its_person_leaves_leaves_nothing(registry):
    store, voice = registry.store, person(registry)

    class Leaving(VoiceRegistry):
        """Somebody leaves when the folder is there and its row is not."""

        def read(self, artifact, label):
            store.forget(voice.subject, state="left")
            return super().read(artifact, label)

    hurried = Leaving(store, registry.folder)
    with pytest.raises(TrainingFailed):
        make_first_voice(hurried, voice)
    assert [path.name for path in registry.folder.iterdir() if path.name != RUNS] == []
