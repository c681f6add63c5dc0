"""From a version's folder to a voice that can speak; bases are loaded once and shared."""

from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from storage.keys import KEY_BYTES, Keyring
from training.artifacts import (
    ATTRIBUTOR,
    COMMON_NGRAMS,
    CONDITIONING,
    GUARD,
    GUARD_KEYS,
    NGRAMS,
    READING_GRAPH,
    STEP_GRAPH,
    TOKENIZER,
    WORDS,
    Artifact,
    open_artifact,
)
from training.attribution import Attributor
from training.errors import DamagedArtifact
from training.guard import CopyGuard
from training.lexicon import Lexicon
from training.reader import Reader
from training.step import Conditioning, StepModel
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.tokenizer import Tokenizer, read_tokenizer
from training.voice import LoadedVoice, Network

HOT_BASES = 2  # stay loaded though no loaded voice stands on them


@dataclass(frozen=True)
class _Full:
    """What the folder of a base or full voice holds."""

    tokenizer: Tokenizer
    network: Network
    guards: tuple[CopyGuard, ...]
    attributor: Attributor | None = None
    common: Network | None = None
    lexicon: Lexicon | None = None


class VoiceLoader:
    """Reads version folders; TensorFlow is not needed.

    A base is loaded once for all voices on it, and let go after the last of them.
    """

    def __init__(self, root: Path, keyring: Keyring) -> None:
        self._root = root
        self._keyring = keyring
        self._full: WeakValueDictionary[str, _Full] = WeakValueDictionary()  # by folder
        self._recent: OrderedDict[str, _Full] = OrderedDict()

    def load(
        self, artifact: Artifact, *, label: str, version: int, member: int | None = None
    ) -> LoadedVoice:
        """Load a version; `member` is whose voice it is, if it is a person's.

        Raises:
            DamagedArtifact: A file of it, or of the base it stands on, is not what was registered.
        """
        base = self._base_of(artifact)
        if artifact.metadata.get("is_delta"):
            if base is None:
                raise DamagedArtifact(f"Version folder {artifact.folder} does not name its base.")
            lexicons = [self._read_lexicon(artifact), base.lexicon]
            conditioning = Conditioning(**artifact.arrays(CONDITIONING))
            own = _Full(
                base.tokenizer, Network(base.network.step, conditioning), self._guards(artifact)
            )
        else:
            own = self._load_full(artifact)
            lexicons = [own.lexicon]
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
            sources=(own, base),
            common=(base or own).common,
            companions=self._companions(artifact, base or own),
            lexicons=tuple(lexicon for lexicon in lexicons if lexicon is not None),
            is_large=artifact.has(STEP_GRAPH),
            attributor=(base or own).attributor,
            member=member,
        )

    def drop(self, folder: str) -> None:
        """Forget what was loaded from a folder."""
        self._full.pop(folder, None)
        self._recent.pop(folder, None)

    def keep_only(self, folders: Container[str]) -> None:
        """Forget what was loaded from all other folders."""
        for folder in {*self._full, *self._recent}:
            if folder not in folders:
                self.drop(folder)

    def _base_of(self, artifact: Artifact) -> _Full | None:
        folder = artifact.metadata.get("base_folder")
        return self._load_full(open_artifact(self._root, folder)) if folder else None

    def _load_full(self, artifact: Artifact) -> _Full:
        folder = artifact.folder
        full = self._full.get(folder) or self._read_full(artifact)
        self._full[folder] = self._recent[folder] = full
        self._recent.move_to_end(folder)
        if len(self._recent) > HOT_BASES:
            self._recent.popitem(last=False)
        return full

    def _read_full(self, artifact: Artifact) -> _Full:
        sealed = artifact.read(TOKENIZER)
        tokenizer = read_tokenizer(self._keyring.unseal(sealed, identity=TOKENIZER))
        if not artifact.has(STEP_GRAPH):
            return _Full(tokenizer, self._read_ngrams(artifact, NGRAMS), self._guards(artifact))
        model = StepModel(artifact.verify(STEP_GRAPH))
        has_reader = artifact.has(READING_GRAPH)  # none that an older Mimic wrote has
        reader = Reader(artifact.verify(READING_GRAPH)) if has_reader else None
        network = Network(model, Conditioning(**artifact.arrays(CONDITIONING)), reader)
        has_common = artifact.has(COMMON_NGRAMS)  # none that an older Mimic wrote has
        return _Full(
            tokenizer,
            network,
            self._guards(artifact),
            self._read_attributor(artifact),
            self._read_ngrams(artifact, COMMON_NGRAMS) if has_common else None,
            self._read_lexicon(artifact),
        )

    def _read_attributor(self, artifact: Artifact) -> Attributor | None:
        if not artifact.has(ATTRIBUTOR):  # trained by an older Mimic, or of too few people
            return None
        data = self._keyring.unseal(artifact.read(ATTRIBUTOR), identity=ATTRIBUTOR)
        members = artifact.metadata["author_rows"].items()
        return Attributor.from_bytes(data, {row: int(member) for member, row in members})

    def _companions(self, artifact: Artifact, base: _Full) -> tuple[tuple[Network, float], ...]:
        companions = []
        if base.common is not None and (share := artifact.metadata.get("common_share")):
            companions.append((base.common, share))
        if share := artifact.metadata.get("ngram_share"):
            companions.append((self._read_ngrams(artifact, NGRAMS), share))
        return tuple(companions)

    def _read_lexicon(self, artifact: Artifact) -> Lexicon | None:
        if not artifact.has(WORDS):
            return None
        return Lexicon.from_bytes(self._keyring.unseal(artifact.read(WORDS), identity=WORDS))

    def _read_ngrams(self, artifact: Artifact, name: str) -> Network:
        counts = self._keyring.unseal(artifact.read(name), identity=name)
        return Network(TokenNGram.from_bytes(counts), UNCONDITIONED)

    def _guards(self, artifact: Artifact) -> tuple[CopyGuard, ...]:
        if not artifact.has(GUARD):
            return ()
        former = read_guard_keys(artifact, self._keyring)
        return (CopyGuard.open(artifact.verify(GUARD), self._keyring, former),)


def read_guard_keys(artifact: Artifact, keyring: Keyring) -> list[bytes]:
    """Return the keys that an artifact's copy guard was under before, the first one first."""
    if not artifact.has(GUARD_KEYS):
        return []
    keys = keyring.unseal(artifact.read(GUARD_KEYS), identity=GUARD_KEYS)
    return [keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES)]
