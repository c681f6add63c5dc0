"""A voice in one file: the promoted version and the base it stands on, to carry elsewhere.

A parcel is an uncompressed zip: `parcel.json`, then the folders `voice/` and `base/` as they are.
Tokenizer and copy guard stay under the master key, and people are named by pseudonym, so only an
installation with the same key can take it in.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.artifacts import METADATA, Artifact, open_artifact, staging, sync_folder
from training.errors import DamagedArtifact, RefusedParcel
from training.voices import VoiceRegistry

FORMAT = 1
DESCRIPTION = "parcel.json"


def export_voice(registry: VoiceRegistry, voice: VoiceRow, file: Path) -> None:
    """Write a voice's promoted version to a file, beside and then in place.

    Raises:
        UnknownVoice: It has no version.
        DamagedArtifact: A file of it is not what was registered.
    """
    registry.load(voice)
    version = registry.promoted(voice)
    base_folder = registry.artifact(version).metadata.get("base_folder")
    versions = {"voice": version}
    if base_folder:
        versions["base"] = registry.find_version(base_folder)
    beside = file.with_name(file.name + ".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as parcel:
        parcel.writestr(DESCRIPTION, json.dumps(_describe(registry.store, voice, versions)))
        for part, each in versions.items():
            artifact = registry.artifact(each)
            for name in (*artifact.metadata["checksums"], METADATA):
                path = artifact.path / name if name == METADATA else artifact.verify(name)
                parcel.write(path, f"{part}/{name}")
    beside.replace(file)


def import_voice(registry: VoiceRegistry, file: Path) -> VoiceRow:
    """Take a voice in and let it speak.

    Raises:
        RefusedParcel: It is no parcel, of another key, of somebody who is unknown here or has not
            agreed, or here already.
        DamagedArtifact: A file in it is not what its metadata says.
    """
    with _opened(file) as (parcel, description):
        store = registry.store
        if description["key_id"] != store.keyring.key_id:
            raise RefusedParcel(
                f"{file.name} was exported under another key: only an installation with the same "
                "key can import it."
            )
        voice = _find_voice(store, description)
        known = store.voices.folders()
        if description["voice"]["folder"] in known:
            raise RefusedParcel(f"The version in {file.name} is here already.")
        base = None
        if "base" in description:
            base = _take_base(registry, parcel, description["base"])
        version = _add(registry, parcel, _Part("voice", description["voice"], voice, base))
        store.voices.promote([version.id])
        return voice


@dataclass(frozen=True)
class _Part:
    """One folder of a parcel and the row it gets."""

    name: str
    facts: Mapping[str, Any]
    voice: VoiceRow
    base: VersionRow | None


def _describe(store: Store, voice: VoiceRow, versions: Mapping[str, VersionRow]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        part: {
            "folder": version.folder,
            "messages": version.messages,
            "bits_per_byte": version.bits_per_byte,
            "base_bits_per_byte": version.base_bits_per_byte,
            "tokens": version.tokens,
            "seconds": version.seconds,
            "learned_from": [store.members.pseudonym(each) for each in version.learned_from],
        }
        for part, version in versions.items()
    }
    subject = None
    if voice.subject is not None:
        room = store.members if voice.kind == "person" else store.channels
        subject = room.pseudonym(voice.subject)
    return {
        "format": FORMAT,
        "key_id": store.keyring.key_id,
        "kind": voice.kind,
        "subject": subject,
        "name": voice.name,
        **facts,
    }


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    try:
        with zipfile.ZipFile(file) as parcel:
            description = json.loads(parcel.read(DESCRIPTION))
            if description["format"] != FORMAT:
                raise RefusedParcel(f"{file.name} was written by another version of Mimic.")
            yield parcel, description
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise RefusedParcel(f"{file.name} is no exported voice, or a damaged one.") from error


def _find_voice(store: Store, description: Mapping[str, Any]) -> VoiceRow:
    kind, code = description["kind"], description["subject"]
    if kind == "text":
        return store.voices.ensure("text", name=description["name"])
    subject = (store.members if kind == "person" else store.channels).find_pseudonym(code)
    if subject is None:
        raise RefusedParcel("The voice's person or channel is unknown here; import messages first.")
    if kind == "person" and not store.consent.allows(subject):
        raise RefusedParcel("The voice's person has not agreed here; see `mimic consent grant`.")
    return store.voices.ensure(kind, subject=subject)


def _take_base(
    registry: VoiceRegistry, parcel: zipfile.ZipFile, facts: Mapping[str, Any]
) -> VersionRow:
    """Return the base of the parcel, taken in unless it is here; it speaks if no other does."""
    if facts["folder"] in registry.store.voices.folders():
        return registry.find_version(facts["folder"])
    voice = registry.store.voices.ensure("base")
    version = _add(registry, parcel, _Part("base", facts, voice, None))
    if registry.store.voices.promoted(voice.id) is None:
        registry.store.voices.promote([version.id])
    return version


def _add(registry: VoiceRegistry, parcel: zipfile.ZipFile, part: _Part) -> VersionRow:
    store, facts = registry.store, part.facts
    learned_from = [store.members.find_pseudonym(code) for code in facts["learned_from"]]
    if not all(member is not None and store.consent.allows(member) for member in learned_from):
        raise RefusedParcel(
            "The voice learned from people who are unknown here or have not agreed here."
        )
    artifact = _unpack(registry.folder, parcel, part)
    return store.voices.add_version(
        part.voice.id,
        folder=artifact.folder,
        base=part.base.id if part.base else None,
        messages=facts["messages"],
        bits_per_byte=facts["bits_per_byte"],
        base_bits_per_byte=facts["base_bits_per_byte"],
        tokens=facts["tokens"],
        seconds=facts["seconds"],
        learned_from=frozenset(member for member in learned_from if member is not None),
    )


def _unpack(root: Path, parcel: zipfile.ZipFile, part: _Part) -> Artifact:
    """Write a folder of the parcel beside the others, verify it, and rename it into place."""
    folder = str(part.facts["folder"])
    if not (len(folder) == 16 and folder.isalnum()):
        raise RefusedParcel("The parcel names an impossible folder.")
    with staging(root) as staged:
        metadata = parcel.read(f"{part.name}/{METADATA}")
        staged.write(METADATA, metadata)
        for name in json.loads(metadata)["checksums"]:
            target = (staged.path / name).resolve()
            if not target.is_relative_to(staged.path.resolve()):
                raise RefusedParcel("The parcel names a file outside its folder.")
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.write(name, parcel.read(f"{part.name}/{name}"))
        artifact = open_artifact(root, staged.path.name)
        for name in artifact.metadata["checksums"]:
            artifact.verify(name)
        path = root / folder
        if path.exists():
            raise DamagedArtifact(f"A folder {folder} is in the way; remove it and import again.")
        staged.path.rename(path)
    sync_folder(root)
    return open_artifact(root, folder)
