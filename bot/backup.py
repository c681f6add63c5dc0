"""A copy of everything but the key, in one file, made while everything goes on.

An uncompressed zip: the database as it was at one moment, the folder of every version that it
knows, and `manifest.json` with their checksums, guarded by the key.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any, BinaryIO

from bot.errors import RefusedBackup
from bot.session import Session
from storage.backups import REVISION, BackupRow, Contents
from storage.errors import StorageError
from storage.keys import Keyring
from training.artifacts import METADATA, open_artifact
from training.disk import remove_beginning, sync_folder, writing_to
from training.errors import DamagedArtifact

FORMAT = 1
MANIFEST, DATABASE, VOICES = "manifest.json", "mimic.db", "voices"
ATTEMPTS = 5  # voices may be trained anew meanwhile
CHUNK = 1 << 20

Manifest = Mapping[str, Any]


class _VoicesChanged(Exception):
    """A version went while its folder was being copied."""


@dataclass(frozen=True)
class BackupReport:
    """What is in a backup.

    Attributes:
        versions: Of voices, with their folders.
        damaged: Versions whose folders were not sound, and are left out.
    """

    file: Path
    made_at: datetime
    messages: int
    members: int
    voices: int
    versions: int
    damaged: int
    bytes: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the report for `mimic backup --json`."""
        made_at = self.made_at.isoformat(timespec="seconds")
        facts = {**vars(self), "file": str(self.file), "made_at": made_at}
        return {**facts, "seconds": round(self.seconds, 3)}


def make_backup(session: Session, file: Path) -> BackupReport:
    """Write a backup beside its place and then into it, readable by its owner alone.

    It is noted before it is made: whoever leaves hears of every copy.

    Raises:
        RefusedBackup: There is a file already, or voices change too fast.
        StorageError: The database cannot be copied.
        UnwritableFolder: The disk is full, or the folder may not be written to.
    """
    began, file = monotonic(), file.absolute()
    _require_absent(file)
    row = session.store.backups.record(str(file))
    try:
        contents, damaged = _write(session, file, row)
    except BaseException:
        with suppress(StorageError):
            session.store.backups.withdraw(row.id)
        raise
    return BackupReport(
        file=file,
        made_at=row.made_at,
        messages=contents.messages,
        members=contents.members,
        voices=contents.voices,
        versions=len(contents.folders) - damaged,
        damaged=damaged,
        bytes=file.stat().st_size,
        seconds=monotonic() - began,
    )


def remove_leftovers(file: Path, *, older_than_seconds: float) -> None:
    """Remove what was written beside a backup's place by a process that was killed."""
    remove_beginning(file.parent, _start(file), older_than_seconds=older_than_seconds)


def build_mac(manifest: Manifest, keyring: Keyring) -> str:
    """Return what only the holder of the key can say of a manifest."""
    facts = {name: value for name, value in manifest.items() if name != "mac"}
    return keyring.mac(f"backup {json.dumps(facts, sort_keys=True)}").hex()


def _start(file: Path) -> str:
    return f".{file.name}.unfinished-"


def _write(session: Session, file: Path, row: BackupRow) -> tuple[Contents, int]:
    """Write the file; return what the database in it has, and how many folders were damaged."""
    for _ in range(ATTEMPTS):
        beside = file.with_name(f"{_start(file)}{token_hex(4)}")
        try:
            with writing_to(file.parent):
                contents, damaged = _fill(session, beside, row)
                _put_in_place(beside, file)
        except _VoicesChanged:
            continue
        else:
            return contents, damaged
        finally:
            beside.unlink(missing_ok=True)
    raise RefusedBackup("Voices change faster than they can be copied: try again in a minute.")


def _fill(session: Session, beside: Path, row: BackupRow) -> tuple[Contents, int]:
    with _opened(beside) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        pack = _Pack(archive)
        contents = _add_database(session, pack, beside)
        damaged = [
            folder for folder in sorted(contents.folders) if not _add_folder(session, pack, folder)
        ]
        counts = {name: count for name, count in vars(contents).items() if name != "folders"}
        manifest = {
            "format": FORMAT,
            "program": f"mimic {version('mimic')}",
            "revision": REVISION,
            "key_id": row.key_id,
            "made_at": row.made_at.isoformat(),
            "counts": {**counts, "versions": len(contents.folders)},
            "damaged": damaged,
            "files": pack.files,
        }
        manifest["mac"] = build_mac(manifest, session.store.keyring)
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return contents, len(damaged)


class _Pack:
    """A zip that is being filled, and the checksums of what is in it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, dict[str, str | int]] = {}

    def add(self, name: str, file: Path) -> None:
        """Add a file of any size."""
        digest, size = hashlib.sha256(), 0
        with file.open("rb") as source, self._archive.open(name, "w", force_zip64=True) as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                target.write(chunk)
                size += len(chunk)
        self.files[name] = {"sha256": digest.hexdigest(), "bytes": size}


def _add_database(session: Session, pack: _Pack, beside: Path) -> Contents:
    copy = beside.with_name(f"{beside.name}.db")
    try:
        contents = session.store.backups.copy_database(copy)
        pack.add(DATABASE, copy)
    finally:
        remove_beginning(copy.parent, copy.name)
    return contents


def _add_folder(session: Session, pack: _Pack, folder: str) -> bool:
    """Add a version's folder; say whether it is sound.

    Raises:
        _VoicesChanged: The version is gone by now.
    """
    try:
        artifact = open_artifact(session.registry.folder, folder)
        artifact.verify_all()
        for name in (METADATA, *artifact.metadata["checksums"]):
            pack.add(f"{VOICES}/{folder}/{name}", artifact.path / name)
    except (DamagedArtifact, FileNotFoundError):
        if folder not in session.store.voices.folders():
            raise _VoicesChanged from None
        return False
    return True


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Make a file that its owner alone can read, and see it safely on the disk."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _put_in_place(beside: Path, file: Path) -> None:
    """Give a finished file its name, never another's place."""
    try:
        os.link(beside, file)
    except FileExistsError:
        _require_absent(file)
    except OSError:  # a disk where a file has one name alone
        _require_absent(file)
        beside.rename(file)
    sync_folder(file.parent)


def _require_absent(file: Path) -> None:
    if os.path.lexists(file):
        raise RefusedBackup(f"There is a file at {file} already: name another.")
