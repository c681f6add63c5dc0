"""From fitted weights to a version that can speak: graph, guard, pictures, figures, row."""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from storage.errors import StaleVersion
from storage.keys import Keyring
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.artifacts import (
    CONDITIONING,
    GUARD,
    LOSS_PLOT,
    READING_GRAPH,
    STEP_GRAPH,
    TOKENIZER,
    WEIGHTS,
    Artifact,
    Staged,
    commit,
    staging,
)
from training.checkpoints import Arrays, Standing
from training.companions import OwnText
from training.corpus import count_bytes
from training.deltas import Ground, write_delta
from training.disk import writing_to
from training.errors import SomebodyLeft
from training.guard import build_guard
from training.plots import draw_loss, write_scalars
from training.provenance import describe_program, find_release
from training.reader import build_reading_graph
from training.recipe import Recipe
from training.scoring import score_bits
from training.step import StepModel, build_step_graph, fold
from training.tokenizer import Tokenizer
from training.voice import LoadedVoice, Network

T = TypeVar("T")
NO_WORSE = 1.005  # within half a percent counts as no worse
JUDGED_MESSAGES = 600
READ_AT = "read_at"  # in `metadata.json`: the moment that `Messages.begin_reading` gave


@dataclass(frozen=True)
class Outcome:
    """What a finished fit hands over.

    Attributes:
        weights: Of a base or full voice, or of a delta.
        facts: What `metadata.json` keeps beside the settings: kind, counts, figures, fingerprint.
        files: What else the folder holds, by name; what tells of texts is sealed.
    """

    weights: Arrays
    standing: Standing
    recipe: Recipe
    facts: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)


def store_full(
    root: Path,
    outcome: Outcome,
    *,
    tokenizer: Tokenizer,
    keyring: Keyring,
    guarded: Sequence[tuple[int, str]],
    measure: Callable[[Network], float],
) -> Artifact:
    """Write the artifact of a base or of a text's own model.

    The graph is int8 where that keeps the held-out bits that `measure` returns within half a
    percent of float32.
    """
    conditioning = fold(outcome.weights)
    graph = build_step_graph(outcome.weights, quantize=False)
    small = build_step_graph(outcome.weights, quantize=True)
    bits = [measure(Network(StepModel(each), conditioning)) for each in (graph, small)]
    is_quantized = bits[1] <= bits[0] * NO_WORSE
    with staging(root) as staged:
        staged.write_arrays(WEIGHTS, outcome.weights)
        staged.write_arrays(CONDITIONING, asdict(conditioning))
        staged.write(STEP_GRAPH, small if is_quantized else graph)
        if "author_rows" in outcome.facts:  # a base: what voices say is compared with it
            reading = build_reading_graph(outcome.weights, conditioning, quantize=is_quantized)
            staged.write(READING_GRAPH, reading)
        staged.write(TOKENIZER, keyring.seal(tokenizer.to_bytes(), identity=TOKENIZER))
        if guarded:
            staged.write_arrays(GUARD, build_guard(guarded, keyring))
        return _finish(staged, outcome, is_delta=False, is_quantized=is_quantized)


def store_delta(
    root: Path,
    outcome: Outcome,
    *,
    base: Artifact,
    keyring: Keyring,
    guarded: Sequence[tuple[int, str]],
    own: OwnText | None = None,
) -> Artifact:
    """Write the artifact of a voice that stands on a base; `own` is the text of a person's."""
    with staging(root) as staged:
        facts = write_delta(staged, outcome.weights, Ground(base, keyring, guarded, own))
        return _finish(staged, outcome, **facts)


def _finish(staged: Staged, outcome: Outcome, **facts: Any) -> Artifact:
    history = outcome.standing.history
    for name, data in outcome.files.items():
        staged.write(name, data)
    staged.write(LOSS_PLOT, draw_loss(history, "bits per byte while training"))
    with writing_to(staged.path.parent):
        write_scalars(history, staged.path / "tensorboard")
    return commit(
        staged,
        {
            **facts,
            **outcome.facts,
            **describe_program(),
            "recipe": asdict(outcome.recipe),
            "history": history,
            "tokens": outcome.standing.tokens,
            "seconds": round(outcome.standing.seconds, 1),
        },
    )


def judge(voice: LoadedVoice, texts: Sequence[str]) -> float:
    """Return a voice's bits per byte on texts."""
    return float(score_bits([(voice, 1.0)], texts).sum() / max(count_bytes(texts), 1))


def judge_base(voice: LoadedVoice, texts: Sequence[str]) -> float | None:
    """Return the bits per byte of what a voice stands on, or None where that is nothing."""
    if voice.base is None:
        return None
    return judge_network(voice.tokenizer, voice.base, texts)


def judge_network(tokenizer: Tokenizer, network: Network, texts: Sequence[str]) -> float:
    """Return the bits per byte of a network by itself on texts."""
    voice = LoadedVoice("", 0, tokenizer, network, None, (), None)
    return judge(voice, texts)


def pick_evenly(items: Sequence[T], most: int = JUDGED_MESSAGES) -> list[T]:
    """Return at most so many of the items, evenly spread."""
    if len(items) <= most:
        return list(items)
    return [items[int(index)] for index in np.linspace(0, len(items) - 1, most)]


def add_version(
    store: Store,
    voice: VoiceRow,
    artifact: Artifact,
    bits: tuple[float, float | None],
    *,
    base: VersionRow | None = None,
    learned_from: frozenset[int],
) -> VersionRow:
    """Record an artifact as a candidate; `bits` per byte are its own and its base's.

    Where its metadata does not say when its messages were read, that was before now.

    Raises:
        SomebodyLeft: Somebody left while it learned from them; its folder is removed.
    """
    read_at = artifact.metadata.get(READ_AT)
    try:
        return store.voices.add_version(
            voice.id,
            folder=artifact.folder,
            base=base.id if base else None,
            messages=int(artifact.metadata["messages"]),
            bits_per_byte=bits[0],
            base_bits_per_byte=bits[1],
            tokens=int(artifact.metadata["tokens"]),
            seconds=float(artifact.metadata["seconds"]),
            learned_from=learned_from,
            read_at=datetime.fromisoformat(read_at) if read_at else datetime.now(UTC),
        )
    except StaleVersion as error:
        shutil.rmtree(artifact.path, ignore_errors=True)
        raise SomebodyLeft(str(error)) from error


def fingerprint(*parts: object) -> str:
    """Return a short digest of what decides a run, so that a repeat is known as one.

    The program's release is part of it: another one may train in another way.
    """
    facts = (find_release(), *parts)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
