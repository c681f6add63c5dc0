"""Finished models on disk: written beside, checksummed, renamed into place, then never changed."""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from training.disk import sync_folder, write_durably, writing_to
from training.errors import DamagedArtifact

METADATA = "metadata.json"
WEIGHTS = "weights.safetensors"
CONDITIONING = "conditioning.safetensors"
TOKENIZER = "tokenizer.sealed"
STEP_GRAPH = "step.onnx"
READING_GRAPH = "reading.onnx"  # of a base
GUARD = "guard.safetensors"
GUARD_KEYS = "guard.keys"  # that the copy guard was under before, sealed
NGRAMS = "ngrams.sealed"
COMMON_NGRAMS = "common.sealed"  # of a base
WORDS = "words.sealed"  # of a base, and of a voice what its base has not
ATTRIBUTOR = "attributor.sealed"  # of a base
LOSS_PLOT = "loss.png"
STAGING_PREFIX = ".staged-"
TRIAL_PREFIX = ".trial-"
FOLDER = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Artifact:
    """One registered folder.

    Attributes:
        path: The folder.
        metadata: What `metadata.json` says: kind, settings, figures, and `checksums` by file.
    """

    path: Path
    metadata: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """The folder's name, a random id."""
        return self.path.name

    def verify(self, name: str) -> Path:
        """Return the path of a file that is what was registered.

        Raises:
            DamagedArtifact: It is missing or its checksum differs.
        """
        file = self.path / name
        try:
            with file.open("rb") as stream:
                checksum = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise DamagedArtifact(
                f"{name} of version folder {self.folder} cannot be read."
            ) from error
        if checksum != self.metadata["checksums"].get(name):
            raise DamagedArtifact(f"{name} of version folder {self.folder} is damaged.")
        return file

    def read(self, name: str) -> bytes:
        """Return a file's bytes, verified."""
        return self.verify(name).read_bytes()

    def arrays(self, name: str) -> dict[str, NDArray[np.float32]]:
        """Return the arrays of a safetensors file, verified."""
        try:
            arrays: dict[str, NDArray[np.float32]] = load(self.read(name))
        except SafetensorError as error:
            raise DamagedArtifact(f"{name} of version folder {self.folder} is damaged.") from error
        return arrays

    def verify_all(self) -> None:
        """Make sure that every file is what was registered.

        Raises:
            DamagedArtifact: One is not.
        """
        for name in self.metadata["checksums"]:
            self.verify(name)

    def has(self, name: str) -> bool:
        """Return whether the artifact was registered with that file."""
        return name in self.metadata["checksums"]


class Staged:
    """A folder that is being filled and is not yet an artifact."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, data: bytes) -> None:
        """Add a file."""
        write_durably(self.path / name, data)

    def write_arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Add a safetensors file."""
        contiguous = {key: np.ascontiguousarray(value) for key, value in arrays.items()}
        self.write(name, save(contiguous))

    def link(self, name: str, source: Path) -> None:
        """Add a file of another artifact; where the disk can, both share what is in it.

        Raises:
            FileNotFoundError: It is missing.
            UnwritableFolder: The disk is full, or the folder may not be written to.
        """
        file = self.path / name
        with writing_to(self.path.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, file)
        except FileNotFoundError:
            raise
        except OSError:  # another disk, or one that cannot share
            self.write(name, source.read_bytes())


def draw_folder() -> str:
    """Draw the name of a folder that is nobody's yet."""
    return secrets.token_hex(8)


@contextmanager
def staging(root: Path) -> Iterator[Staged]:
    """Give a new folder to fill; whatever was not committed is removed.

    Raises:
        UnwritableFolder: The disk is full, or the root may not be written to.
    """
    path = root / f"{STAGING_PREFIX}{secrets.token_hex(8)}"
    with writing_to(root):
        path.mkdir(parents=True)
    try:
        yield Staged(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def commit(staged: Staged, metadata: Mapping[str, Any]) -> Artifact:
    """Seal a staged folder with its metadata and checksums, and rename it into place.

    Raises:
        UnwritableFolder: The disk is full, or the root may not be written to.
    """
    checksums = {
        file.relative_to(staged.path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(staged.path.rglob("*"))
        if file.is_file()
    }
    return settle(staged, {**metadata, "checksums": checksums})


def settle(staged: Staged, content: Mapping[str, Any]) -> Artifact:
    """Rename a staged folder into place, its metadata and checksums being known.

    Raises:
        UnwritableFolder: The disk is full, or the root may not be written to.
    """
    staged.write(METADATA, json.dumps(content, indent=1).encode())
    path = staged.path.with_name(draw_folder())
    with writing_to(path.parent):
        sync_folder(staged.path)  # what is linked was not flushed when it was written
        staged.path.rename(path)
        sync_folder(path.parent)
    return Artifact(path, content)


def open_artifact(root: Path, folder: str) -> Artifact:
    """Open a registered folder.

    Raises:
        DamagedArtifact: The folder or its metadata is missing or unreadable.
    """
    path = root / folder
    try:
        metadata = json.loads((path / METADATA).read_text())
    except (OSError, ValueError) as error:
        raise DamagedArtifact(
            f"Version folder {folder} is missing or has no readable metadata."
        ) from error
    if not isinstance(metadata, dict) or not isinstance(metadata.get("checksums"), dict):
        raise DamagedArtifact(f"Version folder {folder} has incomplete metadata.")
    return Artifact(path, metadata)
