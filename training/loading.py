"""From a version's folder to a voice that can speak; bases are loaded once and shared."""

from dataclasses import dataclass
from pathlib import Path

from storage.keys import Keyring
from training.artifacts import (
    CONDITIONING,
    GUARD,
    STEP_GRAPH,
    TOKENIZER,
    Artifact,
    open_artifact,
)
from training.errors import DamagedArtifact
from training.guard import CopyGuard
from training.step import Conditioning, StepModel
from training.tokenizer import Tokenizer, read_tokenizer
from training.voice import LoadedVoice, Network


@dataclass(frozen=True)
class _Full:
    """What the folder of a base or full voice holds."""

    tokenizer: Tokenizer
    network: Network
    guards: tuple[CopyGuard, ...]


class VoiceLoader:
    """Reads version folders; TensorFlow is not needed."""

    def __init__(self, root: Path, keyring: Keyring) -> None:
        self._root = root
        self._keyring = keyring
        self._full: dict[str, _Full] = {}

    def load(self, artifact: Artifact, *, label: str, version: int) -> LoadedVoice:
        """Load a version.

        Raises:
            DamagedArtifact: A file of it, or of the base it stands on, is not what was registered.
        """
        base = self._base_of(artifact)
        if artifact.metadata.get("is_delta"):
            if base is None:
                raise DamagedArtifact(f"Version folder {artifact.folder} does not name its base.")
            conditioning = Conditioning(**artifact.arrays(CONDITIONING))
            own = _Full(
                base.tokenizer, Network(base.network.step, conditioning), self._guards(artifact)
            )
        else:
            own = self._load_full(artifact)
        is_comparable = (
            base is not None and base.tokenizer.level == own.tokenizer.level == "subword"
        )
        return LoadedVoice(
            label=label,
            version=version,
            tokenizer=own.tokenizer,
            network=own.network,
            base=base.network if base is not None and is_comparable else None,
            guards=own.guards + (base.guards if base is not None else ()),
            stop=artifact.metadata.get("stop"),
        )

    def drop(self, folder: str) -> None:
        """Forget what was loaded from a folder."""
        self._full.pop(folder, None)

    def _base_of(self, artifact: Artifact) -> _Full | None:
        folder = artifact.metadata.get("base_folder")
        return self._load_full(open_artifact(self._root, folder)) if folder else None

    def _load_full(self, artifact: Artifact) -> _Full:
        if artifact.folder not in self._full:
            sealed = artifact.read(TOKENIZER)
            tokenizer = read_tokenizer(self._keyring.unseal(sealed, identity=TOKENIZER))
            network = Network(
                StepModel(artifact.verify(STEP_GRAPH)),
                Conditioning(**artifact.arrays(CONDITIONING)),
            )
            self._full[artifact.folder] = _Full(tokenizer, network, self._guards(artifact))
        return self._full[artifact.folder]

    def _guards(self, artifact: Artifact) -> tuple[CopyGuard, ...]:
        if not artifact.has(GUARD):
            return ()
        return (CopyGuard.open(artifact.verify(GUARD), self._keyring),)
