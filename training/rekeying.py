"""Every version's folder once more, under another key; the former ones stay until it is in force.

What is sealed is sealed anew, the copy guard is hashed once more, and all else, the weights above
all, is shared between both folders.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from storage.errors import StorageError, WrongKey
from storage.keys import Keyring
from storage.records import VersionRow
from storage.store import Store
from training.artifacts import (
    ATTRIBUTOR,
    COMMON_NGRAMS,
    FOLDER,
    GUARD,
    GUARD_KEYS,
    NGRAMS,
    TOKENIZER,
    WORDS,
    Artifact,
    Staged,
    draw_folder,
    open_artifact,
    settle,
    staging,
)
from training.errors import DamagedArtifact
from training.guard import map_guard, rekey_guard
from training.loading import read_guard_keys
from training.voices import VoiceRegistry

FORMER = "rekeyed_from"
SEALED = (TOKENIZER, NGRAMS, COMMON_NGRAMS, WORDS, ATTRIBUTOR)
REWRITTEN = {*SEALED, GUARD, GUARD_KEYS}

Progress = Callable[[int, int], None]


class Rekeying:
    """The copies that one change of the key makes.

    Args:
        registry: Opened with the former key.
        new: The key to come.

    Attributes:
        new: That key.
        folders: The copy's folder, by the former one.
        dropped: How many versions were damaged; the folders given to them do not exist.
    """

    def __init__(self, registry: VoiceRegistry, new: Keyring) -> None:
        self._registry, self._root = registry, registry.folder
        self._old, self.new = registry.store.keyring, new
        self.folders: dict[str, str] = {}
        self.dropped = 0

    def copy_all(self, on_progress: Progress) -> None:
        """Copy what is not copied yet, bases before what stands on them.

        Args:
            on_progress: Told how many folders are done, of how many.

        Raises:
            DamagedArtifact: A version that speaks is damaged: only a sound one can be taken along.
            UnwritableFolder: The disk is full, or the voices' folder may not be written to.
        """
        versions = sorted(self._list_versions(), key=lambda version: version.base is not None)
        for number, version in enumerate(versions, start=1):
            if version.folder not in self.folders:
                self.folders[version.folder] = self._copy_or_drop(version)
            on_progress(number, len(versions))

    def _list_versions(self) -> Iterator[VersionRow]:
        rows = self._registry.store.voices
        for voice in rows.list():
            yield from rows.versions(voice.id)

    def _copy_or_drop(self, version: VersionRow) -> str:
        try:
            return self._copy(open_artifact(self._root, version.folder))
        except (DamagedArtifact, WrongKey) as error:
            if version.is_current:
                raise DamagedArtifact(
                    f"Version folder {version.folder} is damaged, and its voice speaks by it: "
                    "train that voice again or remove it first."
                ) from error
            self.dropped += 1
            return draw_folder()

    def _copy(self, artifact: Artifact) -> str:
        with staging(self._root) as staged:
            self._seal_anew(artifact, staged)
            checksums = dict(artifact.metadata["checksums"])
            for name in checksums.keys() - REWRITTEN:
                with suppress(FileNotFoundError):  # it was damaged before, and shows as much
                    staged.link(name, artifact.path / name)
            for file in staged.path.iterdir():
                if file.name in REWRITTEN:
                    checksums[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
            return settle(staged, self._describe(artifact) | {"checksums": checksums}).folder

    def _seal_anew(self, artifact: Artifact, staged: Staged) -> None:
        for name in filter(artifact.has, SEALED):
            plain = self._old.unseal(artifact.read(name), identity=name)
            staged.write(name, self.new.seal(plain, identity=name))
        if artifact.has(GUARD):
            index = map_guard(artifact.verify(GUARD))
            staged.write_arrays(GUARD, rekey_guard(index, self.new))
            former = [*read_guard_keys(artifact, self._old), self._old.guard_key]
            staged.write(GUARD_KEYS, self.new.seal(b"".join(former), identity=GUARD_KEYS))

    def _describe(self, artifact: Artifact) -> dict[str, Any]:
        metadata = {**artifact.metadata, FORMER: artifact.folder}
        if base := metadata.get("base_folder"):
            metadata["base_folder"] = self.folders.get(base, base)
        return metadata

    def discard(self) -> None:
        """Remove the copies that have not come into force."""
        with suppress(StorageError):  # whatever stays is swept away later
            known = self._registry.store.voices.folders()
            _remove(self._root, set(self.folders.values()) - known)

    def remove_former(self) -> None:
        """Remove the former folders; the copies are in force."""
        _remove(self._root, self.folders)


def remove_former(store: Store, root: Path) -> None:
    """Remove the folders that others were copied from; for a change that was cut short."""
    known = store.voices.folders()
    former = {_read_former(root, folder) for folder in known}
    _remove(root, former - known)


def _read_former(root: Path, folder: str) -> str:
    with suppress(DamagedArtifact):
        return str(open_artifact(root, folder).metadata.get(FORMER, ""))
    return ""


def _remove(root: Path, folders: Iterable[str]) -> None:
    for folder in folders:
        if FOLDER.fullmatch(folder):
            shutil.rmtree(root / folder, ignore_errors=True)
