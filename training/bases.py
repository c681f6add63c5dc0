"""The base of a workspace: the language of the place and its tokenizer, learned once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from storage.keys import Keyring
from training.artifacts import ATTRIBUTOR, COMMON_NGRAMS, TOKENIZER, WEIGHTS, WORDS, Artifact
from training.authorship import find_authors, learn_authors
from training.checkpoints import CheckpointFolder
from training.companions import count_common
from training.config import MINIMUM_MESSAGES, ModelShape
from training.corpus import Corpus, Part, count_bytes, encode_corpus, thin_out
from training.errors import TooLittleText
from training.fitting import Fit, Material, fit
from training.lexicon import MOST_STRANGE, Lexicon, count_strange
from training.model import LanguageModel, Weights
from training.preview import Preview
from training.recipe import Recipe, base_recipe, choose_vocab_size
from training.registration import Outcome, judge_network, pick_evenly, store_full
from training.streams import Packing, Reader, pack_evaluation, pack_training
from training.supervision import Supervision, follow
from training.tokenizer import SubwordTokenizer, Tokenizer, read_tokenizer
from training.updates import Updater

BASE: Final = "base"
JUDGING = Packing(batch=64, time=64)
JUDGED_MESSAGES = 4_000  # of the held-out ones, at each evaluation of a run
AFTERWARDS_SECONDS = 8.0  # graphs, guard and figures take about so long on one core
SECONDS_AN_AUTHOR = 0.4  # that is told apart from the others


@dataclass(frozen=True)
class Base:
    """What voices stand on.

    Attributes:
        rows: Row of the author embedding by member id.
    """

    weights: Weights
    shape: ModelShape
    tokenizer: Tokenizer
    rows: dict[int, int]


def fit_base(
    corpus: Corpus,
    supervision: Supervision,
    *,
    seconds: float | None,
    checkpoint: CheckpointFolder | None = None,
) -> tuple[Base, Fit, Recipe]:
    """Learn a tokenizer and a model of everybody's messages."""
    trained, held_out = corpus.select(Part.TRAIN), corpus.select(Part.HELD_OUT)
    texts = corpus.texts_of(trained)
    tokenizer = SubwordTokenizer.train(texts, vocab_size=choose_vocab_size(count_bytes(texts)))
    encoded = encode_corpus(corpus, tokenizer)
    members = sorted(set(corpus.authors[trained].tolist()))
    rows = {member: row for row, member in enumerate(members, start=1)}
    tokens = int(encoded.lengths(trained).sum())
    recipe = base_recipe(tokens, tokenizer.vocab_size, len(members))
    model = LanguageModel(recipe.shape, dropout=recipe.dropout, seed=recipe.fit.seed)
    judged = thin_out(held_out, JUDGED_MESSAGES)
    reader = Reader(rows)
    material = Material(
        epoch=lambda rng: pack_training(encoded, trained, reader, recipe.packing, rng),
        held_out=pack_evaluation(encoded, judged, reader, JUDGING),
        held_out_bytes=count_bytes(corpus.texts_of(judged)),
        training_bytes_per_token=count_bytes(texts) / tokens,
    )
    learned = fit(
        Updater(model, None, recipe.fit),
        material,
        seconds=seconds,
        on_progress=follow(supervision, BASE, Preview(model, None, tokenizer)),
        stop=supervision.stop,
        checkpoint=checkpoint,
    )
    return Base(learned.weights, recipe.shape, tokenizer, rows), learned, recipe


def require_base_text(corpus: Corpus) -> None:
    """Make sure that there is enough text for a base.

    Raises:
        TooLittleText: There is not.
    """
    if len(corpus) < MINIMUM_MESSAGES:
        raise TooLittleText(
            f"A base needs {MINIMUM_MESSAGES} messages of people who agreed, in public "
            f"channels, and {len(corpus)} are stored; import more or ask more people."
        )


def store_base(
    root: Path,
    learned: tuple[Base, Fit, Recipe],
    corpus: Corpus,
    *,
    keyring: Keyring,
    facts: Mapping[str, str],
) -> Artifact:
    """Write the base's artifact: also everybody's copy guard, and what tells authors apart.

    Args:
        facts: What `metadata.json` keeps of the run: fingerprint, and when the text was read.
    """
    base, fitted, recipe = learned
    held_out = held_out_sample(corpus)
    outcome = Outcome(
        weights=dict(base.weights),
        standing=fitted.standing,
        recipe=recipe,
        facts={
            **facts,
            "kind": BASE,
            "messages": len(corpus),
            "bytes": count_bytes(corpus.texts),
            "author_rows": base.rows,
        },
        files=_seal_knowledge(base, corpus, keyring),
    )
    return store_full(
        root,
        outcome,
        tokenizer=base.tokenizer,
        keyring=keyring,
        guarded=corpus.with_authors(),
        measure=lambda network: judge_network(base.tokenizer, network, held_out),
    )


def _seal_knowledge(base: Base, corpus: Corpus, keyring: Keyring) -> dict[str, bytes]:
    """Return what tells people apart, what they have in common, and their words, all sealed."""
    files = {}
    if (attributor := learn_authors(corpus)) is not None:
        files[ATTRIBUTOR] = attributor.to_bytes(base.rows)
    if (common := count_common(base.tokenizer, corpus)) is not None:
        files[COMMON_NGRAMS] = common.to_bytes()
    if (lexicon := _gather_words(corpus)) is not None:
        files[WORDS] = lexicon.to_bytes()
    return {name: keyring.seal(data, identity=name) for name, data in files.items()}


def _gather_words(corpus: Corpus) -> Lexicon | None:
    """Return all words, or None where people use too many new ones for a voice to go without."""
    held_out = held_out_sample(corpus)
    learned = Lexicon.of(corpus.texts_of(corpus.select(Part.TRAIN)))
    if count_strange(learned, held_out) > MOST_STRANGE:
        return None
    return Lexicon.of(corpus.texts_of(np.flatnonzero(corpus.parts != Part.TEST)))


def read_base(artifact: Artifact, keyring: Keyring) -> Base:
    """Read what an artifact of `store_base` holds, to adapt voices to it."""
    sizes = artifact.metadata["recipe"]["shape"]
    return Base(
        weights=artifact.arrays(WEIGHTS),
        shape=ModelShape(**sizes),
        tokenizer=read_tokenizer(keyring.unseal(artifact.read(TOKENIZER), identity=TOKENIZER)),
        rows={int(member): row for member, row in artifact.metadata["author_rows"].items()},
    )


def estimate_afterwards(corpus: Corpus) -> float:
    """Return about how many seconds `store_base` will take."""
    return AFTERWARDS_SECONDS + SECONDS_AN_AUTHOR * len(find_authors(corpus))


def held_out_sample(corpus: Corpus) -> list[str]:
    """Return held-out texts of everybody, evenly spread, to judge by."""
    return pick_evenly(corpus.texts_of(corpus.select(Part.HELD_OUT)))
