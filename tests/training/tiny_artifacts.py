"""Registered versions of random weights: sound folders with rows, without any training."""

from dataclasses import asdict

from storage.records import VersionRow, VoiceRow
from tests.training.tiny_voices import AUTHORS, CHARACTERS, VOCAB, draw_delta, draw_weights
from training.artifacts import (
    ATTRIBUTOR,
    COMMON_NGRAMS,
    CONDITIONING,
    GUARD,
    STEP_GRAPH,
    TOKENIZER,
    WEIGHTS,
    Artifact,
    staging,
)
from training.artifacts import commit as commit_artifact
from training.attribution import Attributor
from training.guard import build_guard
from training.registration import add_version
from training.step import build_step_graph, fold
from training.token_ngram import TokenNGram
from training.tokenizer import PieceTokenizer, Tokenizer
from training.voices import VoiceRegistry

FACTS = {"messages": 200, "bytes": 4_000, "tokens": 1_000, "seconds": 1.0, "fingerprint": "tiny"}


def add_base(
    registry: VoiceRegistry,
    *,
    members: frozenset[int] = frozenset(),
    tokenizer: Tokenizer | None = None,
    voice: VoiceRow | None = None,
    attributor: Attributor | None = None,
    common: TokenNGram | None = None,
) -> VersionRow:
    """Register and promote a base that learned from members, or another voice of its own model."""
    rest = [chr(0x100 + number) for number in range(VOCAB - len(CHARACTERS) - 1)]
    tokenizer = tokenizer or PieceTokenizer("char", [*CHARACTERS, *rest])
    keyring, weights = registry.store.keyring, draw_weights(vocab_size=tokenizer.vocab_size)
    rows = dict(zip(sorted(members), range(1, AUTHORS), strict=False))
    with staging(registry.folder) as staged:
        staged.write_arrays(WEIGHTS, weights)
        staged.write_arrays(CONDITIONING, asdict(fold(weights)))
        staged.write(STEP_GRAPH, build_step_graph(weights, quantize=False))
        staged.write(TOKENIZER, keyring.seal(tokenizer.to_bytes(), identity=TOKENIZER))
        staged.write_arrays(GUARD, build_guard([(1, "a message of the base")], keyring))
        if attributor is not None:
            data = attributor.to_bytes(rows)
            staged.write(ATTRIBUTOR, keyring.seal(data, identity=ATTRIBUTOR))
        if common is not None:
            data = common.to_bytes()
            staged.write(COMMON_NGRAMS, keyring.seal(data, identity=COMMON_NGRAMS))
        artifact = commit_artifact(staged, {**FACTS, "is_delta": False, "author_rows": rows})
    voice = voice or registry.store.voices.ensure("base")
    return _register(registry, voice, artifact, None, members)


def add_delta(
    registry: VoiceRegistry, voice: VoiceRow, base: VersionRow, *, seed: int = 1
) -> VersionRow:
    """Register and promote a version of a person's voice on a base."""
    delta = draw_delta(seed)
    with staging(registry.folder) as staged:
        staged.write_arrays(WEIGHTS, delta)
        staged.write_arrays(CONDITIONING, asdict(fold(draw_weights(), delta=delta)))
        facts = {**FACTS, "is_delta": True, "base_folder": base.folder}
        artifact = commit_artifact(staged, facts)
    members = frozenset() if voice.subject is None else frozenset({voice.subject})
    return _register(registry, voice, artifact, base, members)


def _register(
    registry: VoiceRegistry,
    voice: VoiceRow,
    artifact: Artifact,
    base: VersionRow | None,
    members: frozenset[int],
) -> VersionRow:
    version = add_version(
        registry.store, voice, artifact, (2.0, 2.1), base=base, learned_from=members
    )
    registry.store.voices.promote([version.id])
    return version
