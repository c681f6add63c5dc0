"""The service behind every way to ask for a message: who may speak, what is said, how it reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bot.errors import NoSuchVoice, UnreadableFile
from bot.realization import Surroundings, realize
from bot.roster import find_voice
from bot.targets import Target
from storage.records import VoiceRow
from storage.store import Store
from training.config import SamplingConfig
from training.errors import TrainingError
from training.generation import (
    CANDIDATES,
    Job,
    Request,
    Utterance,
    choose_sampling,
    generate_together,
)
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
    """Opens targets; loads nothing before it is needed.

    What another process changes in the database (who agrees, what is promoted, who is called what)
    holds from the next opening on. For one thread.
    """

    def __init__(self, store: Store, registry: VoiceRegistry) -> None:
        self._store = store
        self._registry = registry
        self._names: tuple[object, Mapping[int, str]] = (None, {})

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
            self.require_agreed([row], reference=part.reference.name)
            weights[row] = weights.get(row, 0.0) + part.weight
        return Speaker(
            self,
            rows=list(weights),
            parts=[(self._registry.load(row), weight) for row, weight in weights.items()],
        )

    def scrub(self, text: str) -> str:
        """Return a raw text as it would be stored."""
        return self._store.scrubber().scrub(text).text if text else ""

    def find_surroundings(self, rows: Sequence[VoiceRow]) -> Surroundings:
        """Gather whom and what these voices may mention when nobody else is around."""
        speakers = {row.subject for row in rows if row.kind == "person"}
        own = [row.subject for row in rows if row.kind == "channel" and row.subject is not None]
        channels = [self._store.channels.get(channel) for channel in own] or [
            channel for channel in self._store.channels.list() if channel.kind == "public"
        ]
        agreed = self._store.consent.list_usable()
        return Surroundings(
            people=[
                name for member, name in self._read_names().items() if member in agreed - speakers
            ],
            channels=[f"#{channel.name}" for channel in channels],
        )

    def _read_names(self) -> Mapping[int, str]:
        """Return what people are called, by member; read again only when a name has changed."""
        mark = self._store.members.names_mark()
        if self._names[0] != mark:
            self._names = mark, self._store.presence.read_names()
        return self._names[1]

    def require_agreed(self, rows: Sequence[VoiceRow], *, reference: str = "") -> None:
        """Make sure that all whose voices these are agree at this moment.

        Args:
            rows: The voices.
            reference: What was typed for them.

        Raises:
            NoSuchVoice: Somebody does not.
        """
        people = (row.subject for row in rows if row.kind == "person" and row.subject is not None)
        if not all(map(self._store.consent.allows, people)):
            raise NoSuchVoice(
                "This person does not agree to be mimicked (any more): `mimic consent list` has "
                "the states of all.",
                reference=reference,
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

    @property
    def sampling(self) -> SamplingConfig:
        """How these voices are best drawn."""
        return choose_sampling(self._parts)

    def say(
        self,
        request: Request,
        sampling: SamplingConfig,
        *,
        rng: np.random.Generator,
        count: int = 1,
    ) -> Iterator[Said]:
        """Yield new messages; the request's texts are raw and are scrubbed here like any other."""
        for _ in range(count):
            ((_, said),) = say_together([Line(self, request, sampling, rng)])
            if isinstance(said, TrainingError):
                raise said
            yield said

    def ask(self, line: "Line") -> Job:
        """Return a line as a job for the voices.

        Raises:
            NoSuchVoice: Somebody in it has said no since it was opened.
        """
        self._mimicry.require_agreed(self._rows)
        scrubbed = replace(
            line.request,
            prompt=self._mimicry.scrub(line.request.prompt),
            reply_to=self._mimicry.scrub(line.request.reply_to),
        )
        return Job(
            self._parts,
            scrubbed,
            line.sampling,
            line.rng,
            line.candidates,
            enough=line.candidates // 2 if line.is_hurried else None,
            boldness=_BOLDNESS,
        )

    def report(self, line: "Line", utterance: Utterance) -> Said:
        """Return what the voices wrote for a line, as a reader sees it."""
        needs_none = "<" not in utterance.text  # then it has no placeholder
        here = Surroundings() if needs_none else line.here or self._surroundings
        return Said(
            voice=self._label,
            version=self._version,
            text=realize(utterance.text, here, line.rng),
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
        texts = [self._mimicry.scrub(text) for text in raw_texts]
        bits = float(np.sum(score_bits(self._parts, texts)))
        size = sum(len(text.encode()) + 1 for text in texts)
        return Score(len(texts), size, bits, bits / size)

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


@dataclass(frozen=True)
class Line:
    """One message to be said.

    Attributes:
        request: Its texts are raw and are scrubbed like any other.
        here: Whom and what it may mention; None for what the voices know.
        candidates: How many are drawn to choose among.
        is_hurried: Whether half of them will do where the others cannot be used.
    """

    speaker: Speaker
    request: Request
    sampling: SamplingConfig
    rng: np.random.Generator
    here: Surroundings | None = None
    candidates: int = CANDIDATES
    is_hurried: bool = False


def say_together(lines: Sequence[Line]) -> Iterator[tuple[int, Said | TrainingError]]:
    """Say several messages in little more than the time of one, each as it is said alone.

    Yields:
        A line's number and its message, or why there is none, as soon as that is known.
    """
    for number, outcome in generate_together([line.speaker.ask(line) for line in lines]):
        if isinstance(outcome, TrainingError):
            yield number, outcome
        else:
            yield number, lines[number].speaker.report(lines[number], outcome)
