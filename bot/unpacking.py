"""A backup is read: is it whole, of this key, of a version that is known here; then unpacked."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from bot.backup import CHUNK, DATABASE, FORMAT, MANIFEST, VOICES, Manifest, build_mac
from bot.errors import RefusedBackup
from storage.backups import KNOWN_REVISIONS
from storage.keys import Keyring
from training.artifacts import FOLDER
from training.disk import writing_to

_UNREADABLE = (
    *(EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError),  # of the zip
    *(AttributeError, KeyError, ValueError, TypeError),  # of the manifest
)


class Backup:
    """A backup that may be restored here.

    Args:
        file: Where it is.
        archive: It, open.
        manifest: What it says of itself; the key has vouched for it.
    """

    def __init__(self, file: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file, self._archive, self._files = file, archive, manifest["files"]
        self.made_at = datetime.fromisoformat(manifest["made_at"])
        self.revision = str(manifest["revision"])
        self.damaged = len(manifest["damaged"])

    def unpack(self, *, folders: Path, database: Path) -> None:
        """Write all files beside their places, and see that each is what was backed up.

        Raises:
            RefusedBackup: One is not.
            UnwritableFolder: The disk is full, or a folder may not be written to.
        """
        for name, facts in self._files.items():
            target = database if name == DATABASE else _find_place(folders, name)
            with _readable(self._file), writing_to(target.parent):
                target.parent.mkdir(parents=True, exist_ok=True)
                checksum = _extract(self._archive, name, target)
            if checksum != facts["sha256"]:
                raise _refuse(self._file)


@contextmanager
def opened(file: Path, keyring: Keyring) -> Iterator[Backup]:
    """Open a backup that may be restored here.

    Raises:
        RefusedBackup: It is none, or of another key or a newer Mimic.
    """
    with ExitStack() as stack:
        with _readable(file):
            archive = stack.enter_context(zipfile.ZipFile(file))
            manifest = json.loads(archive.read(MANIFEST))
            _check(file, archive, manifest, keyring)
            backup = Backup(file, archive, manifest)
        yield backup


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedBackup(f"{file} cannot be read: {error.strerror}.") from error
    except _UNREADABLE as error:
        raise _refuse(file) from error


def _refuse(file: Path) -> RefusedBackup:
    return RefusedBackup(f"{file} is no backup, or a damaged one.")


def _check(file: Path, archive: zipfile.ZipFile, manifest: Manifest, keyring: Keyring) -> None:
    """Make sure that a backup can be restored by this version, with this key.

    Raises:
        RefusedBackup: It cannot.
    """
    if manifest["format"] != FORMAT or manifest["revision"] not in KNOWN_REVISIONS:
        raise RefusedBackup(f"{file} is of a newer Mimic: install that version.")
    if manifest["key_id"] != keyring.key_id:
        raise RefusedBackup(
            f"{file} was made with another key: put the one that was in force then in its place."
        )
    names = [info.filename for info in archive.infolist()]
    is_whole = sorted(names) == sorted([*manifest["files"], MANIFEST])
    if not is_whole or DATABASE not in names or manifest["mac"] != build_mac(manifest, keyring):
        raise _refuse(file)


def _find_place(folders: Path, name: str) -> Path:
    top, *rest = name.split("/")
    is_inside = top == VOICES and len(rest) > 1 and FOLDER.fullmatch(rest[0])
    if not is_inside or ".." in rest or not all(rest):
        raise RefusedBackup("The backup names a file outside its folders.")
    return folders.joinpath(*rest)


def _extract(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with archive.open(name) as source, os.fdopen(descriptor, "wb") as stream:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()
