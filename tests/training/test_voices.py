import gc
import os
import weakref
from pathlib import Path

import pytest

from storage.store import Store
from tests.training.tiny_artifacts import add_base, add_delta
from training.artifacts import STEP_GRAPH
from training.errors import DamagedArtifact, UnknownVoice
from training.voices import HOT_MODELS, HOT_VOICES, VoiceRegistry


@pytest.fixture
def registry(store: Store, fill, tmp_path: Path) -> VoiceRegistry:
    fill(store, 10)
    return VoiceRegistry(store, tmp_path / "voices")


def _person(registry: VoiceRegistry, number: int = 0):
    return registry.store.voices.ensure("person", subject=registry.store.members.list()[number].id)


def _reopen(registry: VoiceRegistry) -> VoiceRegistry:
    return VoiceRegistry(registry.store, registry.folder)


def test_voices_of_one_base_share_its_graph(registry: VoiceRegistry):
    base = add_base(registry)
    add_delta(registry, _person(registry, 0), base)
    add_delta(registry, _person(registry, 1), base)
    one, other = (registry.load(_person(registry, number)) for number in (0, 1))
    assert one.network.step is other.network.step


def test_a_damaged_base_lets_the_version_on_the_base_before_speak(registry, caplog):
    voice = _person(registry)
    first = add_delta(registry, voice, add_base(registry))
    newer_base = add_base(registry)
    add_delta(registry, voice, newer_base)
    (registry.folder / newer_base.folder / STEP_GRAPH).write_bytes(b"torn")
    assert _reopen(registry).load(voice).version == first.number
    assert newer_base.folder in caplog.text


def test_a_voice_of_which_nothing_is_sound_names_its_folder(registry):
    voice, base = _person(registry), add_base(registry)
    version = add_delta(registry, voice, base)
    (registry.folder / base.folder / STEP_GRAPH).unlink()
    with pytest.raises(UnknownVoice, match=f"@shouter is damaged .*{version.folder}"):
        _reopen(registry).load(voice)
    with pytest.raises(DamagedArtifact, match=base.folder):
        registry.artifact(base).verify_all()


def test_a_version_in_the_place_of_a_removed_one_is_loaded_afresh(registry):
    base = add_base(registry)
    loud, quiet = _person(registry, 0), _person(registry, 1)
    removed = add_delta(registry, loud, base, seed=1)
    registry.load(loud)
    registry.remove(loud)
    added = add_delta(registry, quiet, base, seed=2)
    assert added.id == removed.id  # SQLite gives the highest number again
    assert registry.load(quiet).label == "@whisperer"


def test_removing_a_voice_leaves_no_folder_and_no_unfinished_run(registry):
    voice, base = _person(registry), add_base(registry)
    version = add_delta(registry, voice, base)
    registry.run_folder(voice).mkdir(parents=True)
    kept = registry.run_folder(registry.store.voices.ensure("base"))
    kept.mkdir(parents=True)
    assert registry.remove(voice) == 1
    assert not (registry.folder / version.folder).exists()
    assert not registry.run_folder(voice).exists()
    assert kept.exists()


def test_three_versions_are_kept_and_the_bases_they_stand_on(registry):
    voice = _person(registry)
    bases = [add_base(registry) for _ in range(5)]
    for base in bases[:2] * 2:
        add_delta(registry, voice, base)
    registry.prune(voice)
    registry.prune(registry.store.voices.ensure("base"))
    numbers = [version.number for version in registry.store.voices.versions(voice.id)]
    assert numbers == [4, 3, 2]
    left = {path.name for path in registry.folder.iterdir()}
    assert {base.folder for base in bases} <= left  # two by the voice, three by their age


def test_stale_versions_are_not_kept(registry):
    shouter = registry.store.members.list()[0].id
    members, voice = frozenset({shouter}), _person(registry, 1)
    stale = add_base(registry, members=members)
    leaning = add_delta(registry, voice, stale)
    registry.store.forget(shouter, state="left")
    add_delta(registry, voice, add_base(registry))
    registry.prune(voice)
    registry.prune(registry.store.voices.ensure("base"))
    left = {path.name for path in registry.folder.iterdir()}
    assert not left & {stale.folder, leaning.folder}


def test_only_old_folders_of_its_own_are_swept(registry):
    known = add_base(registry)
    names = {"0123456789abcdef", ".staged-01", ".trial-x_y", "my-project-notes", ".runs", "new"}
    for name in names:
        (registry.folder / name).mkdir(exist_ok=True)
    (registry.folder / "new").rename(registry.folder / "fedcba9876543210")
    for name in [known.folder, *(names - {"new"})]:
        os.utime(registry.folder / name, (0, 0))
    assert registry.sweep() == 3
    left = {path.name for path in registry.folder.iterdir()}
    assert left == {known.folder, "my-project-notes", ".runs", "fedcba9876543210"}


def test_a_base_is_let_go_when_no_voice_speaks_on_it_any_more(registry):
    voice, graphs = _person(registry), []
    for _ in range(4):  # the last two bases stay loaded, whoever stands on them
        add_delta(registry, voice, add_base(registry))
        graphs.append(weakref.ref(registry.load(voice).network.step))
    gc.collect()
    assert [graph() is None for graph in graphs] == [True, True, False, False]


def test_a_voice_that_is_still_spoken_keeps_its_base_for_those_that_join_it(registry):
    first, second = _person(registry, 0), _person(registry, 1)
    base = add_base(registry)
    add_delta(registry, first, base)
    kept = registry.load(first)
    for number in range(3):  # texts with bases of their own
        text = registry.store.voices.ensure("text", name=f"text{number}")
        add_delta(registry, text, add_base(registry))
        registry.load(text)
    add_delta(registry, second, base)
    assert registry.load(second).base is kept.base
    assert registry.load(second).network.step is kept.network.step


def test_voices_that_nobody_has_asked_for_lately_are_let_go(registry):
    base, loaded = add_base(registry), []
    for number in range(HOT_VOICES + 1):
        text = registry.store.voices.ensure("text", name=f"text{number}")
        add_delta(registry, text, base)
        loaded.append(weakref.ref(registry.load(text)))
        registry.load(registry.store.voices.ensure("text", name="text0"))
    gc.collect()
    gone = [number for number, voice in enumerate(loaded) if voice() is None]
    assert gone == [1]


def test_of_models_that_no_other_voice_shares_only_a_few_stay_loaded(registry):
    delta = _person(registry)
    add_delta(registry, delta, add_base(registry))
    small, large = weakref.ref(registry.load(delta)), []
    for number in range(HOT_MODELS + 1):
        text = registry.store.voices.ensure("text", name=f"text{number}")
        add_base(registry, voice=text)
        large.append(weakref.ref(registry.load(text)))
        registry.load(delta)
    gc.collect()
    assert [number for number, voice in enumerate(large) if voice() is None] == [0]
    assert small() is not None
