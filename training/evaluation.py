"""How well voices predict unseen messages, beside their base and character n-grams."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from storage.anonymization import PLACEHOLDERS
from storage.records import VoiceRow
from training.corpus import Corpus, Part, build_corpus, count_bytes
from training.errors import TooLittleText
from training.ngram import CharNGram
from training.registration import judge, judge_base
from training.subject import Subject, find_material
from training.voice import LoadedVoice
from training.voices import VoiceRegistry

NGRAM_ORDER = 6


@dataclass(frozen=True)
class EvaluationRow:
    """One voice's figures on messages that it never saw; all in bits per byte of stored text.

    Attributes:
        part: `held_out` (it stopped training early) or `test` (only reported).
        placeholder_share: Share of the bytes that are placeholders.
    """

    voice: str
    part: str
    messages: int
    bytes: int
    placeholder_share: float
    own_6gram: float
    workspace_6gram: float
    base: float | None
    voice_bits: float


class Yardstick:
    """The baselines of one workspace: trained on all that is not judged by."""

    def __init__(self, corpus: Corpus, judged: Part) -> None:
        self._corpus, self._judged = corpus, judged
        self._alphabet = {character for text in corpus.texts for character in text}
        self._workspace = self._train(corpus.texts_of(np.flatnonzero(corpus.parts != judged)))

    def measure(self, voice: LoadedVoice, subject: Subject, corpus: Corpus) -> EvaluationRow:
        """Judge a voice and its baselines on the same messages."""
        judged = subject.select(corpus, self._judged)
        seen = np.concatenate([subject.select(corpus, p) for p in Part if p != self._judged])
        texts = corpus.texts_of(judged)
        if not texts:
            raise TooLittleText(f"{voice.label} has no held-out messages to be judged by.")
        size = count_bytes(texts)
        own = self._train(corpus.texts_of(np.sort(seen)))
        return EvaluationRow(
            voice=voice.label,
            part=self._judged.name.lower(),
            messages=len(texts),
            bytes=size,
            placeholder_share=_count_placeholder_bytes(texts) / size,
            own_6gram=float(own.bits(texts).sum()) / size,
            workspace_6gram=float(self._workspace.bits(texts).sum()) / size,
            base=judge_base(voice, texts),
            voice_bits=judge(voice, texts),
        )

    def _train(self, texts: Sequence[str]) -> CharNGram:
        return CharNGram.train(texts, order=NGRAM_ORDER, alphabet=self._alphabet)


def evaluate(registry: VoiceRegistry, voices: Sequence[VoiceRow]) -> Iterator[EvaluationRow]:
    """Judge the promoted versions by each author's newest tenth."""
    corpus = build_corpus(registry.store.messages.read())
    yardstick = Yardstick(corpus, Part.HELD_OUT)
    for voice in voices:
        own, subject = find_material(registry.store, corpus, voice)
        yield yardstick.measure(registry.load(voice), subject, own)


def _count_placeholder_bytes(texts: Sequence[str]) -> int:
    return sum(len(mark) * text.count(mark) for text in texts for mark in PLACEHOLDERS)
