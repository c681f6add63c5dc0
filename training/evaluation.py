"""How well voices predict unseen messages, beside their base and character n-grams."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from storage.anonymization import PLACEHOLDERS
from storage.records import VoiceRow
from training.corpus import TESTING, Corpus, Part, build_corpus, count_bytes
from training.errors import TooLittleText
from training.examinees import Examinee
from training.mixture import fit_weights, mix_bits
from training.ngram import CharNGram
from training.registration import judge, judge_base, judge_network
from training.subject import find_material
from training.voices import VoiceRegistry

NGRAM_ORDER = 6
LONG_ORDER = 8  # of the workspace's, in the mixture
SEEN = (Part.TRAIN, Part.HELD_OUT)
FIGURES = ("own_6gram", "workspace_6gram", "mixed_ngrams", "base", "network", "voice_bits")


@dataclass(frozen=True)
class EvaluationRow:
    """One voice's figures on messages that it never saw; all in bits per byte of stored text.

    Attributes:
        part: `held_out` (it stopped training early) or `test` (only reported).
        placeholder_share: Share of the bytes that are placeholders.
        mixed_ngrams: The workspace's 6- and 8-grams and the person's 6-grams, as one.
        network: The voice without the n-grams that speak along.
        voice_bits: The voice as it speaks.
    """

    voice: str
    part: str
    messages: int
    bytes: int
    placeholder_share: float
    own_6gram: float
    workspace_6gram: float
    mixed_ngrams: float
    base: float | None
    network: float
    voice_bits: float


class Yardstick:
    """The baselines of one workspace: they learn from all that is not judged by.

    Args:
        corpus: Its `TEST` part is judged by. Shares of a mixture are fitted to its `HELD_OUT` part
            by n-grams that have not learned it.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._alphabet = {character for text in corpus.texts for character in text}
        self._early = self._train_workspace(corpus, [Part.TRAIN])
        self._late = self._train_workspace(corpus, SEEN)

    def measure(self, examinee: Examinee, *, part: str = "test") -> EvaluationRow:
        """Judge a voice and its baselines on the same messages.

        Args:
            part: What the judged messages were to the voice.

        Raises:
            TooLittleText: There are none.
        """
        voice, texts = examinee.voice, examinee.texts(Part.TEST)
        seen, size = examinee.texts(*SEEN), count_bytes(texts)
        if not texts or not seen:
            raise TooLittleText(f"{voice.label} has no held-out messages to be judged by.")
        own = self._train(seen)
        return EvaluationRow(
            voice=voice.label,
            part=part,
            messages=len(texts),
            bytes=size,
            placeholder_share=_count_placeholder_bytes(texts) / size,
            own_6gram=float(own.bits(texts).sum()) / size,
            workspace_6gram=float(self._late[0].bits(texts).sum()) / size,
            mixed_ngrams=self._mix(examinee, own, texts) / size,
            base=judge_base(voice, texts),
            network=judge_network(voice.tokenizer, voice.network, texts),
            voice_bits=judge(voice, texts),
        )

    def _mix(self, examinee: Examinee, own: CharNGram, texts: Sequence[str]) -> float:
        """Return the bits of all n-grams as one, their shares being fitted."""
        early, late = list(self._early), [*self._late, own]
        if learned := examinee.texts(Part.TRAIN):
            early.append(self._train(learned))
        else:
            late.pop()
        return mix_bits(late, fit_weights(early, examinee.texts(Part.HELD_OUT)), texts)

    def _train_workspace(self, corpus: Corpus, parts: Sequence[Part]) -> list[CharNGram]:
        texts = [text for part in parts for text in corpus.texts_of(corpus.select(part))]
        long = self._train(texts, order=LONG_ORDER)
        return [long.shorten(NGRAM_ORDER), long]

    def _train(self, texts: Sequence[str], *, order: int = NGRAM_ORDER) -> CharNGram:
        known = texts or [""]  # of a private channel's voice, where nobody wrote in public
        return CharNGram.train(known, order=order, alphabet=self._alphabet)


def evaluate(registry: VoiceRegistry, voices: Sequence[VoiceRow]) -> Iterator[EvaluationRow]:
    """Judge the promoted versions by each author's newest tenth, which training held out."""
    corpus = build_corpus(registry.store.messages.read(), TESTING)
    yardstick = Yardstick(corpus)
    for voice in voices:
        own, subject = find_material(registry.store, corpus, voice, TESTING)
        examinee = Examinee(registry.load(voice), subject, own)
        yield yardstick.measure(examinee, part="held_out")


def average(rows: Sequence[EvaluationRow]) -> dict[str, float]:
    """Return the mean of each of the `FIGURES` over voices, at least one, that all have them."""
    return {name: float(np.mean([getattr(row, name) for row in rows])) for name in FIGURES}


def _count_placeholder_bytes(texts: Sequence[str]) -> int:
    return sum(len(mark) * text.count(mark) for text in texts for mark in PLACEHOLDERS)
