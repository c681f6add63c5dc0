"""The service behind every way to ask for a message: who may speak, what is said, how it reads."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bot.errors import NoSuchVoice, UnreadableFile
from bot.realization import Surroundings, realize
from bot.roster import find_voice
from bot.targets import Reference, Target
from storage.anonymization import Scrubber
from storage.records import VoiceRow
from storage.store import Store
from training.config import SamplingConfig
from training.generation import Request, Utterance, generate
from training.scoring import score_bits
from training.voice import LoadedVoice
from training.voices import VoiceRegistry

_BOLDNESS = (0.0, 0.3, 0.6)  # added to the temperature while all that is drawn is a copy


@dataclass(frozen=True)
class Said:
    """One new message.

    Attributes:
        voice: The label of the voice, or of the blend.
        version: Its version; one per part of a blend.
        text: What a reader sees.
        stored: The same with placeholders.
        score: Mean per token of log p(voice) - log p(base).
        overlap: The longest run shared with a real message, as a part of the whole; in [0, 1].
        is_refused: Whether everything drawn came too close to real messages, this the least.
    """

    voice: str
    version: int | tuple[int, ...]
    text: str
    stored: str
    score: float
    overlap: float
    is_refused: bool

    def to_json(self) -> dict[str, Any]:
        """Return the fixed keys of `mimic say --json`."""
        facts = asdict(self)
        del facts["is_refused"]
        return facts


@dataclass(frozen=True)
class Score:
    """How well a voice predicts some messages; `bytes` counts one more per message."""

    messages: int
    bytes: int
    bits: float
    bits_per_byte: float


class Mimicry:
    """Opens targets; loads nothing before it is needed."""

    def __init__(self, store: Store, registry: VoiceRegistry) -> None:
        self._store = store
        self._registry = registry

    def open(self, target: Target) -> "Speaker":
        """Load the voices of a target.

        Raises:
            NoSuchVoice: A part has no voice, or its subject does not agree to be mimicked.
            StorageError: A part names nobody, or more than one.
            TrainingError: A voice is damaged beyond its last version.
        """
        weights: dict[VoiceRow, float] = {}
        for part in target.parts:
            row = find_voice(self._store, part.reference)
            self._require_consent(row, part.reference)
            weights[row] = weights.get(row, 0.0) + part.weight
        return Speaker(
            self,
            rows=list(weights),
            parts=[(self._registry.load(row), weight) for row, weight in weights.items()],
        )

    @cached_property
    def scrubber(self) -> Scrubber:
        """What incoming text goes through."""
        return Scrubber(self._store.members.name_forms())

    def find_surroundings(self, rows: Sequence[VoiceRow]) -> Surroundings:
        """Gather whom and what these voices may mention when nobody else is around."""
        speakers = {row.subject for row in rows if row.kind == "person"}
        own = [row.subject for row in rows if row.kind == "channel" and row.subject is not None]
        channels = [self._store.channels.get(channel) for channel in own] or [
            channel for channel in self._store.channels.list() if channel.kind == "public"
        ]
        return Surroundings(
            people=[
                member.display_name
                for member in self._store.members.list()
                if member.consent in self._store.consent.usable
                and not member.is_bot
                and member.id not in speakers
            ],
            channels=[f"#{channel.name}" for channel in channels],
        )

    def _require_consent(self, row: VoiceRow, reference: Reference) -> None:
        if row.kind != "person" or row.subject is None:
            return
        if not self._store.consent.allows(row.subject):
            raise NoSuchVoice(
                "This person does not agree to be mimicked (any more): `mimic consent list` has "
                "the states of all.",
                reference=reference.name,
            )


class Speaker:
    """A target with its voices loaded: says and scores."""

    def __init__(
        self,
        mimicry: Mimicry,
        *,
        rows: Sequence[VoiceRow],
        parts: Sequence[tuple[LoadedVoice, float]],
    ) -> None:
        self._mimicry, self._rows, self._parts = mimicry, rows, parts

    def say(
        self,
        request: Request,
        sampling: SamplingConfig,
        *,
        rng: np.random.Generator,
        count: int = 1,
    ) -> Iterator[Said]:
        """Yield new messages; the request's texts are raw and are scrubbed here like any other."""
        scrubbed = replace(
            request, prompt=self._scrub(request.prompt), reply_to=self._scrub(request.reply_to)
        )
        for _ in range(count):
            utterance = self._utter(scrubbed, sampling, rng)
            yield Said(
                voice=self._label,
                version=self._version,
                text=realize(utterance.text, self._surroundings, rng),
                stored=utterance.text,
                score=utterance.score,
                overlap=utterance.overlap,
                is_refused=utterance.is_refused,
            )

    def score(self, raw_texts: Sequence[str]) -> Score:
        """Measure how well the voice predicts raw messages, as they would be stored.

        Raises:
            UnreadableFile: There is none.
        """
        if not raw_texts:
            raise UnreadableFile("There is no message to score.")
        texts = [self._scrub(text) for text in raw_texts]
        bits = float(np.sum(score_bits(self._parts, texts)))
        size = sum(len(text.encode()) + 1 for text in texts)
        return Score(len(texts), size, bits, bits / size)

    def _utter(
        self, request: Request, sampling: SamplingConfig, rng: np.random.Generator
    ) -> Utterance:
        for boldness in _BOLDNESS:
            bolder = replace(sampling, temperature=sampling.temperature + boldness)
            utterance = generate(self._parts, request, bolder, rng=rng)
            if not utterance.is_refused:
                break
        return utterance

    @property
    def _label(self) -> str:
        if len(self._parts) == 1:
            return self._parts[0][0].label
        return " + ".join(f"{weight:.0%} {voice.label}" for voice, weight in self._parts)

    @property
    def _version(self) -> int | tuple[int, ...]:
        versions = tuple(voice.version for voice, _ in self._parts)
        return versions[0] if len(versions) == 1 else versions

    @cached_property
    def _surroundings(self) -> Surroundings:
        return self._mimicry.find_surroundings(self._rows)

    def _scrub(self, text: str) -> str:
        return self._mimicry.scrubber.scrub(text).text if text else ""
