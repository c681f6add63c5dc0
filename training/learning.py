"""A voice from a plain text: a raw stream of characters, subwords or words."""

import math
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storage.records import VersionRow, VoiceRow
from training.artifacts import NGRAMS
from training.bases import Base, read_base
from training.budget import Budget
from training.checkpoints import Arrays, CheckpointFolder
from training.config import FitConfig, Level
from training.duty import on_duty
from training.errors import DamagedArtifact, SomebodyLeft, TooLittleText, UnknownVoice
from training.fitting import Fit, Material, fit
from training.model import LARGE, LanguageModel, read_weights, write_weights
from training.preview import Preview
from training.promotion import Figures
from training.provenance import describe_device
from training.raw_text import Mixture, count_stream, foretell_stream, measure_stream
from training.recipe import Recipe, choose_vocab_size, stream_recipe
from training.registration import Outcome, add_version, fingerprint, store_full
from training.shift import Shift
from training.streams import Packing, pack_raw, pack_whole
from training.supervision import Supervision, follow
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.tokenizer import PieceTokenizer, SubwordTokenizer, Tokenizer
from training.updates import Updater
from training.voice import Network
from training.voices import VoiceRegistry

TRAINED_SHARE = 0.9
MINIMUM_CHARACTERS = 5_000
JUDGING = Packing(batch=32, time=64)
PRIMER_TOKENS = 512  # read before each row of the held-out text is judged
AFTERWARDS_SECONDS = 12.0  # set aside for what follows the fit, beside the judging
JUDGED_TOKENS_PER_SECOND = 20_000
FAR_APART = {"char": 1.0, "subword": LARGE, "word": LARGE}  # standard deviation of new embeddings
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class LearnReport:
    """What learning a text gave.

    The figures are of its last tenth, which also ends the run and gives n-grams their share.
    `network_bits_per_byte` are without these.
    """

    voice: str
    version: int
    promoted: bool
    reason: str
    nats_per_char: float
    bits_per_byte: float
    network_bits_per_byte: float
    tokens: int
    seconds: float


@dataclass(frozen=True)
class _Learned:
    """A network, and the n-grams that may speak along."""

    fit: Fit
    recipe: Recipe
    ngrams: TokenNGram
    mixture: Mixture


def learn(
    registry: VoiceRegistry,
    text: str,
    supervision: Supervision,
    *,
    name: str,
    level: Level = "subword",
    minutes: float | None = None,
) -> LearnReport:
    """Learn a text's first nine tenths, judge by the last, and let the new version speak.

    It does not speak if it is worse than the promoted version of the same text, level and base.
    Subword and word voices start from the workspace's base where there is one; characters stand
    alone.

    Raises:
        UnknownVoice: The name cannot be a text voice's.
        TooLittleText: The text is too short.
        TrainingFailed: The loss ran away.
        SomebodyLeft: Somebody left whom the base had learned from.
        UnwritableFolder: The disk is full, or the voices' folder may not be written to.
    """
    budget = Budget.start(minutes)
    if not _NAME.fullmatch(name) or name == "base":
        raise UnknownVoice(
            f"{name!r} cannot name a text voice: use a lower-case letter, then letters, digits, "
            "_ or -, and not the word base."
        )
    if len(text) < MINIMUM_CHARACTERS:
        raise TooLittleText(
            f"A text voice needs {MINIMUM_CHARACTERS:,} characters; this text has {len(text):,}."
        )
    voice = registry.store.voices.ensure("text", name=name)
    with on_duty(registry.store, voice.label, supervision) as shift:
        shift.device = describe_device()
        report = _Lesson(registry, shift, text, level).give(voice, budget)
        shift.reason = report.reason
    return report


class _Lesson:
    """One text on its way to a voice."""

    def __init__(self, registry: VoiceRegistry, shift: Shift, text: str, level: Level) -> None:
        self._registry, self._store = registry, registry.store
        self._shift, self._supervision = shift, shift.supervision
        self._text, self._level = text, level
        cut = int(len(text) * TRAINED_SHARE)
        self._trained, self._held_out = text[:cut], text[cut:]
        self._base_version, self._base = self._find_base()
        self._tokenizer = self._make_tokenizer()

    def give(self, voice: VoiceRow, budget: Budget) -> LearnReport:
        label = self._registry.label(voice)
        self._shift.enter(voice, 1.0)
        base_folder = self._base_version.folder if self._base_version else None
        mark = fingerprint(label, self._level, self._text, base_folder)
        checkpoint = CheckpointFolder(self._registry.run_folder(voice), mark)
        learned = self._fit(label, budget, checkpoint)
        held_out_bytes = len(self._held_out.encode())
        bits = learned.mixture.count_bits(learned.mixture.share)
        bits_per_byte = bits / held_out_bytes
        version = self._register(voice, learned, mark, bits_per_byte)
        self._shift.count(tokens=version.tokens, seconds=version.seconds)
        self._shift.confirm()
        figures = Figures(bits_per_byte, self._find_peer(voice, mark), is_first=False)
        if figures.is_no_worse:
            self._store.voices.promote([version.id])
        else:
            self._store.voices.set_state(version.id, "retired")
        checkpoint.clear()
        self._registry.prune(voice)
        reason = f"learned {len(self._trained):,} characters"
        if figures.promoted is not None:
            reason += f", {figures.reason}"
        return LearnReport(
            voice=label,
            version=version.number,
            promoted=figures.is_no_worse,
            reason=reason,
            nats_per_char=bits * math.log(2) / len(self._held_out),
            bits_per_byte=bits_per_byte,
            network_bits_per_byte=learned.mixture.count_bits(0) / held_out_bytes,
            tokens=learned.fit.standing.tokens,
            seconds=learned.fit.standing.seconds,
        )

    def _find_peer(self, voice: VoiceRow, mark: str) -> float | None:
        """Return the figure of the promoted version if it learned the same in the same way."""
        current = self._store.voices.promoted(voice.id)
        if current is None or current.stale_since is not None:
            return None
        try:
            artifact = self._registry.artifact(current)
            artifact.verify_all()
        except DamagedArtifact:
            return None
        return current.bits_per_byte if artifact.metadata.get("fingerprint") == mark else None

    def _fit(self, label: str, budget: Budget, checkpoint: CheckpointFolder) -> _Learned:
        trained, held_out = self._encode(self._trained), self._encode(self._held_out)
        afterwards = AFTERWARDS_SECONDS + len(held_out) / JUDGED_TOKENS_PER_SECOND
        recipe = self._choose_recipe(len(trained), budget.give(reserve=afterwards))
        model = LanguageModel(recipe.shape, dropout=recipe.dropout, seed=recipe.fit.seed)
        write_weights(model, self._start(read_weights(model)))
        updater, packing = Updater(model, None, recipe.fit), recipe.packing
        learned = fit(
            updater,
            Material(
                epoch=lambda rng: pack_raw(
                    trained, packing, offset=int(rng.integers(packing.time))
                ),
                held_out=pack_raw(held_out, packing),
                held_out_bytes=len(self._held_out.encode()),
                training_bytes_per_token=len(self._trained.encode()) / len(trained),
            ),
            seconds=budget.give(reserve=afterwards),
            on_progress=follow(self._supervision, label, Preview(model, None, self._tokenizer)),
            stop=self._supervision.stop,
            checkpoint=checkpoint,
        )
        write_weights(model, learned.weights)
        primer = trained[-PRIMER_TOKENS:]
        text = np.concatenate([primer, held_out])
        whole = pack_whole(text, JUDGING, primer=len(primer))
        ngrams = count_stream(trained, self._tokenizer)
        chances = [updater.foretell(whole), foretell_stream(Network(ngrams, UNCONDITIONED), whole)]
        return _Learned(learned, recipe, ngrams, Mixture(np.stack(chances)))

    def _register(
        self, voice: VoiceRow, learned: _Learned, mark: str, bits_per_byte: float
    ) -> VersionRow:
        stop = "\n\n" if 20 * self._text.count("\n\n") > self._text.count("\n") else "\n"
        pieces = [piece for piece in self._text.split(stop) if piece]
        sample = self._encode(self._held_out[:20_000])
        if self._base_version and self._store.voices.is_stale(self._base_version.id):
            raise SomebodyLeft(
                "Somebody left whom the base had learned from while this text was learned on it: "
                "learn it again."
            )
        base_folder = self._base_version.folder if self._base_version else None
        keyring, files, beside = self._store.keyring, {}, {}
        if share := learned.mixture.share:
            files[NGRAMS] = keyring.seal(learned.ngrams.to_bytes(), identity=NGRAMS)
            beside = {"ngram_order": learned.ngrams.order, "ngram_share": share}
        artifact = store_full(
            self._registry.folder,
            Outcome(
                weights=learned.fit.weights,
                standing=learned.fit.standing,
                recipe=learned.recipe,
                files=files,
                facts={
                    **beside,
                    "kind": "text",
                    "level": self._level,
                    "fingerprint": mark,
                    "messages": len(pieces),
                    "bytes": len(self._text.encode()),
                    "stop": stop,
                    "base_folder": base_folder,
                },
            ),
            tokenizer=self._tokenizer,
            keyring=keyring,
            guarded=[(0, piece) for piece in pieces],
            measure=lambda network: measure_stream(network, sample),
        )
        return add_version(
            self._store,
            voice,
            artifact,
            (bits_per_byte, None),
            base=self._base_version,
            learned_from=frozenset(),
        )

    def _find_base(self) -> tuple[VersionRow | None, Base | None]:
        row = self._store.voices.find("base")
        version = self._store.voices.promoted(row.id) if row and self._level != "char" else None
        if version is None or version.stale_since is not None:  # nothing new on it
            return None, None
        return version, read_base(self._registry.artifact(version), self._store.keyring)

    def _make_tokenizer(self) -> Tokenizer:
        if self._level != "subword":
            return PieceTokenizer.train(self._trained, level=self._level)
        shared = self._base.tokenizer if self._base is not None else None
        if not isinstance(shared, SubwordTokenizer):
            vocab_size = choose_vocab_size(len(self._trained.encode()))
            shared = SubwordTokenizer.train(self._trained.splitlines(), vocab_size=vocab_size)
        return shared.as_stream()

    def _choose_recipe(self, tokens: int, seconds: float | None) -> Recipe:
        vocab_size = self._tokenizer.vocab_size
        recipe = stream_recipe(tokens, vocab_size, self._level, seconds=seconds)
        if self._base is None:
            return recipe
        shape = replace(self._base.shape, vocab_size=self._tokenizer.vocab_size, authors=1)
        gentle = replace(recipe.fit, weight_decay=FitConfig.weight_decay)  # the base is to last
        return replace(recipe, shape=shape, fit=gentle)

    def _start(self, fresh: Arrays) -> Arrays:
        """Return the weights to start from: the base's where there is one.

        New embeddings begin far apart. Layers that hear little of the text at first listen to
        themselves, until some rows are caught in a state that nothing read gets them out of.
        """
        if self._base is None:
            embedding = fresh["embedding"]
            return {**fresh, "embedding": embedding * FAR_APART[self._level] / embedding.std()}
        weights = {**self._base.weights}
        weights["author/embedding"] = weights["author/embedding"][:1]
        if self._level == "word":
            for name in ("embedding", "output_bias"):
                weights[name] = self._spell(self._base, weights[name])
        return weights

    def _spell(self, base: Base, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return each word's mean over the base's pieces that spell it."""
        words = (self._tokenizer.decode([word]) for word in range(1, self._tokenizer.vocab_size))
        spelled = [values[base.tokenizer.encode(word)].mean(axis=0) for word in words]
        return np.array([values.mean(axis=0), *spelled], np.float32)

    def _encode(self, text: str) -> NDArray[np.int32]:
        return np.array(self._tokenizer.encode(text), np.int32)
