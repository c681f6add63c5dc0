"""Where a run stands, on disk, so that a killed one goes on instead of starting over."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from training.disk import write_durably, writing_to
from training.errors import UnwritableFolder

Arrays = dict[str, NDArray[np.float32]]


@dataclass
class Standing:
    """How far a fit has come.

    Attributes:
        step: Updates done.
        epoch: Epochs begun.
        window: Windows of this epoch done.
        tokens: Tokens read.
        seconds: Time spent, of this process and those before it.
        best_bits: Lowest held-out bits per byte so far.
        best_step: The step that it was reached at.
        rate_scale: Halved each time the loss ran away.
        failures: How often it did.
        lead: Seconds to the first step's end: compiling is no part of the schedule.
        history: `{"step", "tokens", "seconds", "bits_per_byte"}` an evaluation, and `training_bits`
            where something was read since the one before.
    """

    step: int = 0
    epoch: int = 0
    window: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_bits: float = float("inf")
    best_step: int = 0
    rate_scale: float = 1.0
    failures: int = 0
    lead: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


class CheckpointFolder:
    """One run's checkpoint: a single file, replaced at once; another fingerprint's is ignored.

    Loading or saving begins it. If its folder is taken away afterwards, because somebody left whose
    messages may be in there, nothing is kept any more.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._file = folder / "checkpoint.safetensors"
        self._fingerprint = fingerprint
        self._has_begun = False

    def save(self, standing: Standing, groups: Mapping[str, Arrays]) -> None:
        """Write the standing and named groups of arrays, then replace the old checkpoint.

        Raises:
            UnwritableFolder: The disk is full, or the folder may not be written to.
        """
        self._begin()
        arrays = {
            f"{group}:{name}": value
            for group, part in groups.items()
            for name, value in part.items()
        }
        facts = {"fingerprint": self._fingerprint, "standing": json.dumps(asdict(standing))}
        try:
            write_durably(self._file, save(arrays, metadata=facts))
        except UnwritableFolder:
            if self._file.parent.is_dir():
                raise

    def load(self) -> tuple[Standing, dict[str, Arrays]] | None:
        """Return what was saved for this fingerprint, or None where there is nothing sound.

        Raises:
            UnwritableFolder: The folder cannot be made.
        """
        self._begin()
        try:
            data = self._file.read_bytes()
            size = int.from_bytes(data[:8], "little")
            facts = json.loads(data[8 : 8 + size])["__metadata__"]
            standing = Standing(**json.loads(facts["standing"]))
            arrays = load(data)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            return None
        if facts.get("fingerprint") != self._fingerprint:
            return None
        groups: dict[str, Arrays] = {}
        for key, value in arrays.items():
            group, name = key.split(":", maxsplit=1)
            groups.setdefault(group, {})[name] = value
        return standing, groups

    def _begin(self) -> None:
        if not self._has_begun:
            with writing_to(self._file.parent):
                self._file.parent.mkdir(parents=True, exist_ok=True)
            self._has_begun = True

    def clear(self) -> None:
        """Remove the checkpoint of a run that has ended."""
        self._file.unlink(missing_ok=True)
        if self._file.parent.is_dir() and not any(self._file.parent.iterdir()):
            self._file.parent.rmdir()
