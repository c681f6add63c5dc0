"""Version folders under another key: the same voice, and nothing for the former key to open."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from storage.errors import WrongKey
from storage.keys import Keyring
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from tests.training.tiny_artifacts import FACTS, add_base, add_delta
from tests.training.tiny_voices import VOCAB
from training.artifacts import (
    COMMON_NGRAMS,
    FOLDER,
    GUARD,
    GUARD_KEYS,
    METADATA,
    NGRAMS,
    STEP_GRAPH,
    TOKENIZER,
    WEIGHTS,
    Artifact,
    commit,
    open_artifact,
    staging,
)
from training.errors import DamagedArtifact, UnwritableFolder
from training.first_voice import make_first_voice
from training.guard import CopyGuard, build_guard
from training.loading import VoiceLoader
from training.registration import add_version
from training.rekeying import Rekeying, remove_former
from training.token_ngram import TokenNGram
from training.voices import VoiceRegistry

NEW, THIRD = Keyring(bytes(reversed(range(32)))), Keyring(bytes(32))
TALE = "the fox and the stork dined together on a flat and empty plate"


@pytest.fixture(scope="session")
def _made(build_once, fill) -> Path:
    def make(folder: Path) -> None:
        store = Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32))))
        fill(store, 460)
        registry = VoiceRegistry(store, folder / "voices")
        assert make_first_voice(registry, _person(registry, 1)) is not None
        common = TokenNGram.train([[0, 1, 2]] * 2, vocab_size=VOCAB, order=2)
        base = add_base(registry, common=common)
        add_delta(registry, _person(registry, 0), base)
        _add_text(registry, base)
        store.close()

    return build_once("four-voices", make)


@pytest.fixture
def registry(_made: Path, tmp_path: Path, keyring: Keyring) -> Iterator[VoiceRegistry]:
    """A base, a voice on it, a voice of n-grams alone with a guard of its own, and a text's."""
    home = shutil.copytree(_made, tmp_path / "home")
    store = Store.open(f"sqlite:///{home}/mimic.db", keyring)
    yield VoiceRegistry(store, home / "voices")
    store.close()


def _person(registry: VoiceRegistry, number: int) -> VoiceRow:
    member = registry.store.members.list()[number]
    return registry.store.voices.ensure("person", subject=member.id)


def _add_text(registry: VoiceRegistry, base: VersionRow) -> None:
    """Register a text's voice: the base's network, and a guard that no row of the store knows."""
    store, source = registry.store, registry.artifact(base)
    with staging(registry.folder) as staged:
        for name in (TOKENIZER, STEP_GRAPH, WEIGHTS, "conditioning.safetensors"):
            staged.write(name, source.read(name))
        staged.write_arrays(GUARD, build_guard([(0, TALE)], store.keyring))
        facts = {**FACTS, "is_delta": False, "base_folder": base.folder, "stop": "\n"}
        artifact = commit(staged, facts)
    voice = store.voices.ensure("text", name="tales")
    version = add_version(store, voice, artifact, (2.0, None), base=base, learned_from=frozenset())
    store.voices.promote([version.id])


def ignore(done: int, total: int) -> None:
    """Watch no progress."""


def _rekey(registry: VoiceRegistry, new: Keyring = NEW) -> tuple[Rekeying, VoiceRegistry]:
    """Change the key; return what was copied, and the registry as it is opened afterwards."""
    rekeying = Rekeying(registry, new)
    rekeying.copy_all(ignore)
    store = registry.store
    store.rotation.switch(new, rekeying.folders, ignore)
    url = f"sqlite:///{store._database.file}"
    store.close()
    return rekeying, VoiceRegistry(Store.open(url, new), registry.folder)


def _versions(registry: VoiceRegistry) -> list[VersionRow]:
    rows = registry.store.voices
    return [version for voice in rows.list() for version in rows.versions(voice.id)]


def _listen(registry: VoiceRegistry) -> list[object]:
    """All by which a voice could be told from another."""
    texts = ["who lost the kettle", "a message of the base", TALE, "WHO LOST THE KETTLE?! HA!!"]
    found: list[object] = []
    for row in registry.store.voices.list():
        voice = registry.load(row)
        found += [
            row.label,
            voice.version,
            [guard.check(t) for guard in voice.guards for t in texts],
        ]
        found += [voice.tokenizer.encode("tea, please"), len(voice.speakers)]
        for network, share in voice.speakers:
            stepper = network.step.start([network.conditioning], [0])
            found += [share, np.round(stepper.advance(np.array([3])), 6).tolist()]
    return found


def test_every_voice_is_the_same_under_the_new_key(registry):
    before = _listen(registry)
    _, after = _rekey(registry)
    assert _listen(after) == before
    after.store.close()


def test_the_key_can_be_changed_again_and_again(registry):
    before = _listen(registry)
    for key in (NEW, THIRD, Keyring(bytes(range(1, 33)))):
        _, registry = _rekey(registry, key)
    assert _listen(registry) == before
    registry.store.close()


def _sealed(registry: VoiceRegistry) -> list[tuple[Artifact, str]]:
    artifacts = [registry.artifact(version) for version in _versions(registry)]
    names = (TOKENIZER, NGRAMS, COMMON_NGRAMS, GUARD_KEYS)
    return [(each, name) for each in artifacts for name in names if each.has(name)]


def test_nothing_sealed_opens_with_the_former_key(registry, keyring):
    _, after = _rekey(registry)
    sealed = _sealed(after)
    assert {name for _, name in sealed} == {TOKENIZER, NGRAMS, COMMON_NGRAMS, GUARD_KEYS}
    for artifact, name in sealed:
        with pytest.raises(WrongKey):
            keyring.unseal(artifact.read(name), identity=name)
        assert NEW.unseal(artifact.read(name), identity=name)
    after.store.close()


def test_a_guard_answers_neither_key_alone(registry, keyring):
    _, after = _rekey(registry)
    version = after.promoted(after.store.voices.ensure("text", name="tales"))
    file = after.artifact(version).verify(GUARD)
    former = [keyring.guard_key]
    assert CopyGuard.open(file, NEW, former).check(TALE).is_refused
    for guard in (CopyGuard.open(file, keyring), CopyGuard.open(file, NEW)):
        assert guard.check(TALE).run == 0
    after.store.close()


def test_the_weights_are_shared_and_everything_is_as_registered(registry):
    before = {version.id: version.folder for version in _versions(registry)}
    rekeying, after = _rekey(registry)
    for version in _versions(after):
        assert version.folder == rekeying.folders[before[version.id]] != before[version.id]
        artifact = after.artifact(version)
        artifact.verify_all()
        for name in {STEP_GRAPH, WEIGHTS} & artifact.metadata["checksums"].keys():
            former = after.folder / before[version.id] / name
            assert (artifact.path / name).stat().st_ino == former.stat().st_ino
    after.store.close()


def test_where_nothing_can_be_shared_it_is_copied(registry, monkeypatch):
    def refuse(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    before = _listen(registry)
    _, after = _rekey(registry)
    assert _listen(after) == before
    after.store.close()


def test_a_voice_stands_on_the_copy_of_its_base(registry):
    bases = {version.id: version for version in _versions(registry)}
    _, after = _rekey(registry)
    now = {version.id: version for version in _versions(after)}
    standing = [version for version in now.values() if version.base is not None]
    assert len(standing) == 2
    for version in standing:
        base = after.artifact(version).metadata["base_folder"]
        assert base == now[version.base].folder != bases[version.base].folder
    after.store.close()


def test_the_former_folders_go_when_asked_and_no_others(registry):
    rekeying, after = _rekey(registry)
    stranger = after.folder / ("f" * 16)
    stranger.mkdir()
    rekeying.remove_former()
    assert _folders(after) == after.store.voices.folders() | {stranger.name}
    after.store.close()


def test_the_former_folders_are_found_again_after_a_crash(registry):
    _, after = _rekey(registry)
    stranger = after.folder / ("f" * 16)
    stranger.mkdir()
    remove_former(after.store, after.folder)
    assert _folders(after) == after.store.voices.folders() | {stranger.name}
    remove_former(after.store, after.folder)
    after.store.close()


def test_metadata_cannot_name_something_else_to_be_removed(registry):
    outside = registry.folder.parent / "precious"
    outside.mkdir()
    folder = _versions(registry)[0].folder
    file = registry.folder / folder / METADATA
    file.write_text(json.dumps({**json.loads(file.read_text()), "rekeyed_from": "../precious"}))
    remove_former(registry.store, registry.folder)
    assert outside.exists()


def _folders(registry: VoiceRegistry) -> set[str]:
    return {path.name for path in registry.folder.iterdir() if FOLDER.fullmatch(path.name)}


def test_copies_that_do_not_come_into_force_are_removed(registry):
    before = _folders(registry)
    rekeying = Rekeying(registry, NEW)
    rekeying.copy_all(ignore)
    assert len(_folders(registry)) == 2 * len(before)
    rekeying.discard()
    assert _folders(registry) == before


def test_copies_that_are_in_force_are_not_discarded(registry):
    rekeying = Rekeying(registry, NEW)
    rekeying.copy_all(ignore)
    registry.store.rotation.switch(NEW, rekeying.folders, ignore)
    rekeying.discard()
    assert set(rekeying.folders.values()) <= _folders(registry)


def test_a_version_that_comes_in_meanwhile_is_copied_at_the_next_attempt(registry):
    rekeying, told = Rekeying(registry, NEW), []
    rekeying.copy_all(ignore)
    first = dict(rekeying.folders)
    add_delta(
        registry, _person(registry, 0), registry.promoted(registry.store.voices.ensure("base"))
    )
    rekeying.copy_all(lambda done, total: told.append((done, total)))
    assert first.items() < rekeying.folders.items()
    assert told[-1] == (5, 5)


def test_a_damaged_version_that_speaks_stops_it(registry):
    version = registry.promoted(registry.store.voices.ensure("base"))
    (registry.folder / version.folder / TOKENIZER).write_bytes(b"torn")
    with pytest.raises(DamagedArtifact, match=f"{version.folder} is damaged.* train that voice"):
        Rekeying(registry, NEW).copy_all(ignore)


@pytest.mark.parametrize("harm", ["torn", "missing", "unreadable", "guard"])
def test_a_damaged_version_that_speaks_no_more_is_dropped(registry, harm):
    voice = _person(registry, 0)
    former = registry.promoted(voice)
    base = registry.promoted(registry.store.voices.ensure("base"))
    add_delta(registry, voice, base, seed=9)
    path = registry.folder / former.folder
    if harm == "guard":
        _add_guard(path, b"no guard")
    elif harm == "torn":
        (path / METADATA).write_text("{")
    elif harm == "missing":
        (path / METADATA).unlink()
    else:
        (path / METADATA).write_bytes(b"\xff")
    rekeying, after = _rekey(registry)
    assert rekeying.dropped == 1
    dropped = {version.id: version for version in _versions(after)}[former.id]
    with pytest.raises(DamagedArtifact):
        after.artifact(dropped)
    assert after.load(voice).version == former.number + 1
    after.store.close()


def _add_guard(path: Path, content: bytes) -> None:
    """Give a folder a guard that is none, registered as it is."""
    (path / GUARD).write_bytes(content)
    metadata = json.loads((path / METADATA).read_text())
    metadata["checksums"][GUARD] = hashlib.sha256(content).hexdigest()
    (path / METADATA).write_text(json.dumps(metadata))


def test_damage_elsewhere_is_neither_hidden_nor_in_the_way(registry):
    version = registry.promoted(registry.store.voices.ensure("base"))
    (registry.folder / version.folder / STEP_GRAPH).write_bytes(b"torn")
    other = registry.promoted(_person(registry, 0))
    (registry.folder / other.folder / WEIGHTS).unlink()
    rekeying, after = _rekey(registry)
    for folder, name in ((version.folder, STEP_GRAPH), (other.folder, WEIGHTS)):
        with pytest.raises(DamagedArtifact, match=name):
            open_artifact(after.folder, rekeying.folders[folder]).verify_all()
    after.store.close()


def test_a_full_disk_is_one_sentence_and_leaves_no_copy(registry, monkeypatch):
    before = _folders(registry)
    rekeying = Rekeying(registry, NEW)

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(UnwritableFolder, match="make room"):
        rekeying.copy_all(ignore)
    monkeypatch.undo()
    rekeying.discard()
    assert {path.name for path in registry.folder.iterdir()} == before


def test_a_loader_with_the_former_key_opens_no_copy(registry, keyring):
    rekeying = Rekeying(registry, NEW)
    rekeying.copy_all(ignore)
    loader = VoiceLoader(registry.folder, keyring)
    for folder in rekeying.folders.values():
        artifact = open_artifact(registry.folder, folder)
        with pytest.raises(WrongKey):
            loader.load(artifact, label="", version=0)
