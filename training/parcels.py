"""A voice in one file: the promoted version and the base it stands on, to carry elsewhere.

A parcel is an uncompressed zip: `parcel.json`, then the folders `voice/` and `base/` as they are.
Tokenizer and copy guard stay under the master key, and people are named by pseudonym, so only an
installation with the same key can take it in.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.artifacts import FOLDER, METADATA, Artifact, open_artifact, staging
from training.disk import sync_folder, writing_to
from training.errors import DamagedArtifact, RefusedParcel
from training.voices import VoiceRegistry

FORMAT = 1
DESCRIPTION = "parcel.json"
PARTS: tuple[str, ...] = ("base", "voice")
_UNREADABLE = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError),  # of the zip
    *(AttributeError, KeyError, ValueError, TypeError),  # of what is in it
)


def export_voice(registry: VoiceRegistry, voice: VoiceRow, file: Path) -> None:
    """Write a voice's promoted version to a file, beside and then in place.

    Raises:
        UnknownVoice: It has no version.
        DamagedArtifact: A file of it is not what was registered.
        UnwritableFolder: The disk is full, or the file may not be written.
    """
    registry.load(voice)
    version = registry.promoted(voice)
    base_folder = registry.artifact(version).metadata.get("base_folder")
    versions = {"voice": version}
    if base_folder:
        versions["base"] = registry.find_version(base_folder)
    artifacts = {part: registry.artifact(each) for part, each in versions.items()}
    beside = file.with_name(file.name + ".part")
    try:
        with writing_to(file), zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as parcel:
            description = _describe(registry.store, voice, versions, artifacts)
            parcel.writestr(DESCRIPTION, json.dumps(description))
            for part, artifact in artifacts.items():
                for name in (*artifact.metadata["checksums"], METADATA):
                    path = artifact.path / name if name == METADATA else artifact.verify(name)
                    parcel.write(path, f"{part}/{name}")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def import_voice(registry: VoiceRegistry, file: Path) -> VoiceRow:
    """Take a voice in and let it speak; what cannot be taken in whole leaves nothing.

    Raises:
        RefusedParcel: It is no parcel, of another key, of somebody who is unknown here or has not
            agreed, or here already.
        DamagedArtifact: A file in it is not what its metadata says.
        UnwritableFolder: The disk is full, or the voices' folder may not be written to.
    """
    with _opened(file) as (parcel, description):
        store = registry.store
        if description["key_id"] != store.keyring.key_id:
            raise RefusedParcel(
                f"{file.name} was exported under another key: only an installation with the same "
                "key can import it."
            )
        known = store.voices.folders()
        if description["voice"]["folder"] in known:
            raise RefusedParcel(f"The version in {file.name} is here already.")
        subject = _find_subject(store, description)
        parts = {name: description[name] for name in PARTS if name in description}
        new = {name: facts for name, facts in parts.items() if facts["folder"] not in known}
        learned_from = {name: _find_teachers(store, facts) for name, facts in new.items()}
        with _unpacked(registry, parcel, new):
            voice = store.voices.ensure(
                description["kind"], subject=subject, name=description["name"]
            )
            base, winners = None, []
            if "base" in description:
                base, is_needed = _find_base(registry, description["base"], learned_from)
                winners += [base.id] if is_needed else []
            facts = description["voice"]
            version = _add(store, voice, facts, base=base, learned_from=learned_from["voice"])
            store.voices.promote([*winners, version.id])
        return voice


def _describe(
    store: Store,
    voice: VoiceRow,
    versions: Mapping[str, VersionRow],
    artifacts: Mapping[str, Artifact],
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        part: {
            "folder": version.folder,
            "messages": version.messages,
            "bits_per_byte": version.bits_per_byte,
            "base_bits_per_byte": version.base_bits_per_byte,
            "tokens": version.tokens,
            "seconds": version.seconds,
            "read_at": (version.read_at or version.created_at).isoformat(),
            "learned_from": [store.members.pseudonym(each) for each in version.learned_from],
            "author_rows": {
                store.members.pseudonym(int(member)): row
                for member, row in artifacts[part].metadata.get("author_rows", {}).items()
            },
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
    except _UNREADABLE as error:
        raise RefusedParcel(f"{file.name} is no exported voice, or a damaged one.") from error


def _find_subject(store: Store, description: Mapping[str, Any]) -> int | None:
    """Return the member or channel whose voice it is; None for a text's."""
    kind, code = description["kind"], description["subject"]
    if kind == "text":
        return None
    subject = (store.members if kind == "person" else store.channels).find_pseudonym(code)
    if subject is None:
        raise RefusedParcel("The voice's person or channel is unknown here; import messages first.")
    if kind == "person" and not store.consent.allows(subject):
        raise RefusedParcel("The voice's person has not agreed here; see `mimic consent grant`.")
    return subject


def _find_teachers(store: Store, facts: Mapping[str, Any]) -> frozenset[int]:
    """Return the members that a version learned from; all have agreed here."""
    found = [store.members.find_pseudonym(code) for code in facts["learned_from"]]
    agreed = [member for member in found if member is not None and store.consent.allows(member)]
    if len(agreed) < len(found):
        raise RefusedParcel(
            "The voice learned from people who are unknown here or have not agreed here."
        )
    return frozenset(agreed)


def _find_base(
    registry: VoiceRegistry, facts: Mapping[str, Any], learned_from: Mapping[str, frozenset[int]]
) -> tuple[VersionRow, bool]:
    """Return the base of the parcel, added unless it is here, and whether no other speaks."""
    if "base" not in learned_from:
        return registry.find_version(facts["folder"]), False
    store = registry.store
    voice = store.voices.ensure("base")
    version = _add(store, voice, facts, base=None, learned_from=learned_from["base"])
    return version, store.voices.promoted(voice.id) is None


def _add(
    store: Store,
    voice: VoiceRow,
    facts: Mapping[str, Any],
    *,
    base: VersionRow | None,
    learned_from: frozenset[int],
) -> VersionRow:
    return store.voices.add_version(
        voice.id,
        folder=facts["folder"],
        base=base.id if base else None,
        messages=facts["messages"],
        bits_per_byte=facts["bits_per_byte"],
        base_bits_per_byte=facts["base_bits_per_byte"],
        tokens=facts["tokens"],
        seconds=facts["seconds"],
        learned_from=learned_from,
        read_at=datetime.fromisoformat(facts.get("read_at") or datetime.now(UTC).isoformat()),
    )


@contextmanager
def _unpacked(
    registry: VoiceRegistry, parcel: zipfile.ZipFile, parts: Mapping[str, Mapping[str, Any]]
) -> Iterator[None]:
    """Have folders of the parcel in place; if anything fails they are removed again."""
    done: list[str] = []
    try:
        for name, facts in parts.items():
            _unpack(registry, parcel, name, facts)
            done.append(facts["folder"])
        yield
    except BaseException:
        registry.remove_folders(done)
        raise


def _unpack(
    registry: VoiceRegistry, parcel: zipfile.ZipFile, part: str, facts: Mapping[str, Any]
) -> None:
    """Write a folder of the parcel beside the others, verify it, and rename it into place."""
    root, folder = registry.folder, facts["folder"]
    if not FOLDER.fullmatch(folder):
        raise RefusedParcel("The parcel names an impossible folder.")
    with staging(root) as staged:
        metadata = json.loads(parcel.read(f"{part}/{METADATA}"))
        if facts["author_rows"]:
            find = registry.store.members.find_pseudonym
            rows = {find(code): row for code, row in facts["author_rows"].items()}
            metadata["author_rows"] = rows  # members have other numbers here
        staged.write(METADATA, json.dumps(metadata, indent=1).encode())
        for name in metadata["checksums"]:
            target = (staged.path / name).resolve()
            if not target.is_relative_to(staged.path.resolve()):
                raise RefusedParcel("The parcel names a file outside its folder.")
            with writing_to(root):
                target.parent.mkdir(parents=True, exist_ok=True)
            staged.write(name, parcel.read(f"{part}/{name}"))
        open_artifact(root, staged.path.name).verify_all()
        if (root / folder).exists():
            raise DamagedArtifact(f"A folder {folder} is in the way; remove it and import again.")
        with writing_to(root):
            staged.path.rename(root / folder)
            sync_folder(root)
