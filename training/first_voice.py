"""A person's first voice, made in seconds without TensorFlow; it speaks until one is trained.

On a base it is the base with the person's vocabulary, as a bias of the output, and the person's own
n-grams beside it. Without a base it is n-grams alone, over subwords of the text at hand.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from storage.keys import Keyring
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.artifacts import GUARD, NGRAMS, TOKENIZER, WEIGHTS, Artifact, Staged, commit, staging
from training.checkpoints import Arrays
from training.companions import MOST_REFUSED, ORDERS, OwnText, count_refused, frame, read_along
from training.corpus import Corpus, build_corpus, count_bytes
from training.deltas import Ground, write_delta
from training.due import is_first
from training.errors import DamagedArtifact, TrainingFailed
from training.guard import CopyGuard, build_guard
from training.promotion import Exam, Gate, require_present
from training.provenance import describe_program
from training.recipe import choose_vocab_size
from training.registration import (
    READ_AT,
    add_version,
    fingerprint,
    judge,
    judge_base,
    pick_evenly,
)
from training.step import fold
from training.subject import Subject, find_obstacle
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.tokenizer import SubwordTokenizer
from training.voice import LoadedVoice, Network
from training.voices import VoiceRegistry

COMPARED_MESSAGES = 1_000  # read to see what a person says more often than the base expects
SHRINKAGE = 4.0  # tokens that came of each kind and were expected, before any is counted
GROWTH = 1.5  # of the messages, that makes a new first voice worth its while
TOKENIZER_BYTES = 300_000  # of text that subwords are found in; it takes a second


@dataclass(frozen=True)
class _Person:
    """Who is to be heard, and by what."""

    voice: VoiceRow
    corpus: Corpus
    own: OwnText
    read_at: datetime


@dataclass(frozen=True)
class _Base:
    """The base that speaks: its row, its folder, and itself as the generic author."""

    version: VersionRow
    artifact: Artifact
    loaded: LoadedVoice


def make_first_voice(registry: VoiceRegistry, voice: VoiceRow) -> VersionRow | None:
    """Let a person be heard within seconds after their messages have come in.

    The newest tenth of the messages is held out, as in any training, so that the trained version
    can be compared with this one.

    Returns:
        The version, which speaks; None where there is too little text, or a version already:
        only a first voice that learned from far less is followed by another.

    Raises:
        TrainingFailed: Somebody left whose messages were being learned.
        UnwritableFolder: The disk is full, or the voices' folder may not be written to.
    """
    store, subject = registry.store, Subject(author=voice.subject)
    learned = _count_learned(registry, voice)
    if voice.kind != "person" or learned is None:
        return None
    read_at = store.messages.begin_reading()
    corpus = build_corpus(store.messages.read(author=voice.subject))
    own = OwnText.select(corpus, subject)
    if own is None or find_obstacle(corpus, subject) or len(corpus) < GROWTH * learned:
        return None
    person, base = _Person(voice, corpus, own, read_at), _find_base(registry)
    artifact, learned_from = _write(registry, person, base)
    try:
        return _register(registry, person, base, artifact, learned_from)
    except TrainingFailed:  # somebody has left who is in it
        registry.remove_folders([artifact.folder])
        raise


def _count_learned(registry: VoiceRegistry, voice: VoiceRow) -> int | None:
    """Say from how many messages a voice has learned at most; None if it was ever trained."""
    versions = registry.store.voices.versions(voice.id)
    if not all(is_first(registry, version) for version in versions):
        return None
    return max((version.messages for version in versions), default=0)


def _find_base(registry: VoiceRegistry) -> _Base | None:
    """Return the base, unless somebody has left it: nothing new is to stand on that."""
    row = registry.store.voices.find("base")
    version = registry.store.voices.promoted(row.id) if row else None
    if version is None or version.stale_since is not None:
        return None
    try:
        artifact = registry.artifact(version)
        artifact.verify_all()
        return _Base(version, artifact, registry.read(artifact, ""))
    except DamagedArtifact:
        return None


def _write(
    registry: VoiceRegistry, person: _Person, base: _Base | None
) -> tuple[Artifact, frozenset[int]]:
    """Write the version's folder; return it and whose messages it learned from."""
    began, keyring = time.monotonic(), registry.store.keyring
    messages, size = len(person.corpus), count_bytes(person.corpus.texts)
    facts: dict[str, Any] = {
        "kind": person.voice.kind,
        "is_first": True,
        "fingerprint": fingerprint("first", person.voice.id, messages, size),
        "messages": messages,
        "bytes": size,
        READ_AT: person.read_at.isoformat(),
        **describe_program(),
    }
    learned_from = frozenset(person.corpus.authors.tolist())
    with staging(registry.folder) as staged:
        if base is not None:
            facts |= _write_on(base, staged, person, keyring)
        else:
            subwords, teachers = _find_subwords(registry.store, person)
            facts |= _write_alone(subwords, staged, person, keyring)
            learned_from |= teachers
        artifact = commit(staged, {**facts, "seconds": round(time.monotonic() - began, 1)})
    return artifact, learned_from


def _register(
    registry: VoiceRegistry,
    person: _Person,
    base: _Base | None,
    artifact: Artifact,
    learned_from: frozenset[int],
) -> VersionRow | None:
    store, held_out = registry.store, person.own.held_out
    require_present(store, learned_from | (base.version.learned_from if base else frozenset()))
    loaded = registry.read(artifact, "")
    version = add_version(
        store,
        person.voice,
        artifact,
        (judge(loaded, held_out), judge_base(loaded, held_out)),
        base=base.version if base else None,
        learned_from=learned_from,
    )
    gate = Gate(registry, since=datetime.now(UTC))
    exam = Exam(held_out, person.own.times)
    gate.judge(person.voice, version, exam)  # a trained one may have come meanwhile
    gate.promote()
    return store.voices.promoted(person.voice.id) if gate.winners else None


# --- on a base


def _write_on(base: _Base, staged: Staged, person: _Person, keyring: Keyring) -> dict[str, Any]:
    guarded = person.corpus.with_authors()
    for guard in base.loaded.guards:
        guarded = guard.find_unknown(guarded)
    delta, tokens = _compare(base, person)
    facts = write_delta(staged, delta, Ground(base.artifact, keyring, guarded, person.own))
    return {**facts, "tokens": tokens}


def _compare(base: _Base, person: _Person) -> tuple[Arrays, int]:
    """Return a delta that makes each token as frequent as the person has it, and tokens read.

    The base reads the person's messages, as the generic author unless it knows the person. What
    came more often than it expected gets a bias.
    """
    weights = base.artifact.arrays(WEIGHTS)
    row = int(base.artifact.metadata.get("author_rows", {}).get(str(person.voice.subject), 0))
    reader = Network(base.loaded.network.step, fold(weights, author=row))
    texts = pick_evenly(person.own.trained, COMPARED_MESSAGES)
    expected = came = np.full(base.loaded.tokenizer.vocab_size, SHRINKAGE)
    for scores, tokens in read_along(reader, frame(base.loaded.tokenizer, texts)):
        expected = expected + np.exp(scores, dtype=np.float64).sum(axis=0)
        came = came + np.bincount(tokens, minlength=len(came))
    bias = np.log(came / expected).astype(np.float32)
    delta = {"author_vector": weights["author/embedding"][row], "output_bias": bias}
    return delta, round(came.sum() - SHRINKAGE * len(came))


# --- alone


def _find_subwords(store: Store, person: _Person) -> tuple[SubwordTokenizer, frozenset[int]]:
    """Return a tokenizer of the person's and others' public text, and whose text that was."""
    texts, teachers = list(person.own.trained), set()
    room = TOKENIZER_BYTES - count_bytes(texts)
    others = (each for each in store.messages.read() if each.author != person.voice.subject)
    for message in others:
        room -= count_bytes([message.text])
        if room < 0:
            break
        texts.append(message.text)
        teachers.add(message.author)
    vocab_size = choose_vocab_size(count_bytes(texts))
    return SubwordTokenizer.train(texts, vocab_size=vocab_size), frozenset(teachers)


def _write_alone(
    tokenizer: SubwordTokenizer, staged: Staged, person: _Person, keyring: Keyring
) -> dict[str, Any]:
    index = build_guard(person.corpus.with_authors(), keyring)
    trained = frame(tokenizer, person.own.trained)
    counted = (
        TokenNGram.train(trained, vocab_size=tokenizer.vocab_size, order=order) for order in ORDERS
    )
    ngrams = _choose(counted, tokenizer, CopyGuard(index, keyring))
    staged.write(TOKENIZER, keyring.seal(tokenizer.to_bytes(), identity=TOKENIZER))
    staged.write(NGRAMS, keyring.seal(ngrams.to_bytes(), identity=NGRAMS))
    staged.write_arrays(GUARD, index)
    return {
        "is_delta": False,
        "ngram_order": ngrams.order,
        "learned_until": person.own.until,
        "tokens": sum(map(len, trained)),
    }


def _choose(
    counted: Iterable[TokenNGram], tokenizer: SubwordTokenizer, guard: CopyGuard
) -> TokenNGram:
    """Return the first that does not recite, else the last."""
    for ngrams in counted:
        network = Network(ngrams, UNCONDITIONED)
        voice = LoadedVoice("", 0, tokenizer, network, None, (guard,), None)
        if count_refused(voice) <= MOST_REFUSED:
            break
    return ngrams
