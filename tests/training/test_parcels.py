import json
import os
import zipfile
from pathlib import Path

import pytest

from storage.store import Store
from tests.training.tiny_artifacts import add_base, add_delta
from training.artifacts import METADATA, WEIGHTS
from training.errors import DamagedArtifact, RefusedParcel, UnwritableFolder
from training.parcels import export_voice, import_voice
from training.voices import VoiceRegistry


@pytest.fixture
def parcel(store: Store, fill, tmp_path: Path) -> Path:
    """The whisperer's voice, exported."""
    fill(store, 10)
    registry = VoiceRegistry(store, tmp_path / "voices")
    members = [member.id for member in store.members.list()]
    voice = store.voices.ensure("person", subject=members[1])
    add_delta(registry, voice, add_base(registry, members=frozenset(members)))
    export_voice(registry, voice, tmp_path / "whisperer.mimic")
    return tmp_path / "whisperer.mimic"


@pytest.fixture
def there(open_new, fill, tmp_path: Path):
    """Another installation with the same key, where the same people have other numbers."""
    other = open_new("other.db")
    users = [{"id": "U0NEWBIE", "team_id": "T0TEA", "name": "newbie", "profile": {}}]
    other.members.register(users, team_id="T0TEA")
    fill(other, 10)
    yield VoiceRegistry(other, tmp_path / "there")
    other.close()


def _change(parcel: Path, name: str, change) -> None:
    """Write a parcel again with one file changed."""
    with zipfile.ZipFile(parcel) as old:
        files = {each: old.read(each) for each in old.namelist()}
    files[name] = change(files[name])
    with zipfile.ZipFile(parcel, "w") as new:
        for each, data in files.items():
            new.writestr(each, data)


def _assert_nothing_is_there(there: VoiceRegistry) -> None:
    assert there.store.voices.list() == ()
    assert not there.folder.exists() or not list(there.folder.iterdir())


def test_a_voice_comes_with_its_base_and_both_speak(parcel: Path, there: VoiceRegistry):
    voice = import_voice(there, parcel)
    assert there.load(voice).label == "@whisperer"
    assert there.store.voices.promoted(there.store.voices.ensure("base").id) is not None


def test_a_voice_still_says_when_its_messages_were_read(
    store: Store, parcel: Path, there: VoiceRegistry
):
    voice = import_voice(there, parcel)
    [version] = store.voices.versions(store.voices.find("person", subject=2).id)
    assert there.promoted(voice).read_at == version.read_at < there.promoted(voice).created_at


def test_author_rows_belong_to_the_same_people_there(
    parcel: Path, store: Store, there: VoiceRegistry, tmp_path: Path
):
    import_voice(there, parcel)

    def read_rows(registry: VoiceRegistry) -> dict[str, int]:
        version = registry.promoted(registry.store.voices.ensure("base"))
        rows = registry.artifact(version).metadata["author_rows"]
        return {registry.store.members.get(int(each)).handle: row for each, row in rows.items()}

    here = VoiceRegistry(store, tmp_path / "voices")
    assert read_rows(there) == read_rows(here) == {"shouter": 1, "whisperer": 2}


def test_a_damaged_voice_leaves_nothing_of_its_sound_base(parcel: Path, there: VoiceRegistry):
    _change(parcel, f"voice/{WEIGHTS}", lambda data: data[:-1])
    with pytest.raises(DamagedArtifact):
        import_voice(there, parcel)
    _assert_nothing_is_there(there)


def test_a_voice_of_somebody_who_has_not_agreed_leaves_nothing(parcel: Path, there: VoiceRegistry):
    shouter = there.store.members.find("@shouter").id  # the base learned from them
    there.store.forget(shouter, state="left")
    with pytest.raises(RefusedParcel, match="not agreed"):
        import_voice(there, parcel)
    _assert_nothing_is_there(there)


@pytest.mark.parametrize("folder", ["../../etc/passwd", "0123456789abcdeg", 7])
def test_a_folder_that_is_no_random_id_is_refused(parcel: Path, there: VoiceRegistry, folder):
    def rename(data: bytes) -> bytes:
        description = json.loads(data)
        description["voice"]["folder"] = folder
        return json.dumps(description).encode()

    _change(parcel, "parcel.json", rename)
    with pytest.raises(RefusedParcel):
        import_voice(there, parcel)
    _assert_nothing_is_there(there)


def test_a_file_outside_its_folder_is_refused(parcel: Path, there: VoiceRegistry):
    def point_outside(data: bytes) -> bytes:
        metadata = json.loads(data)
        return json.dumps({**metadata, "checksums": {"../outside": ""}}).encode()

    _change(parcel, f"voice/{METADATA}", point_outside)
    with pytest.raises(RefusedParcel, match="outside"):
        import_voice(there, parcel)
    _assert_nothing_is_there(there)


def test_a_full_disk_is_not_called_a_damaged_parcel(
    parcel: Path, there: VoiceRegistry, monkeypatch: pytest.MonkeyPatch
):
    def refuse(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UnwritableFolder, match="make room"):
        import_voice(there, parcel)
    _assert_nothing_is_there(there)


def test_an_export_that_fails_leaves_no_half_file(parcel: Path, store: Store, tmp_path: Path):
    registry = VoiceRegistry(store, tmp_path / "voices")
    voice = store.voices.ensure("person", subject=store.members.list()[1].id)
    (registry.folder / registry.promoted(voice).folder / WEIGHTS).write_bytes(b"torn")
    file = tmp_path / "again.mimic"
    with pytest.raises(DamagedArtifact):
        export_voice(registry, voice, file)
    with pytest.raises(UnwritableFolder, match="missing"):
        export_voice(registry, voice, tmp_path / "missing" / "again.mimic")
    assert not list(tmp_path.glob("*again*"))
