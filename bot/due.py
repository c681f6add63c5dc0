"""From a run's target to the voices that it has to train."""

from collections.abc import Iterator, Sequence

from bot.errors import NoSuchVoice
from bot.labels import EVERYTHING
from bot.targets import BASE
from storage.records import VoiceRow
from storage.runs import RunRow
from training.config import MINIMUM_MESSAGES
from training.corpus import Corpus, build_corpus
from training.due import find_candidates, is_base_due, is_voice_due
from training.voices import VoiceRegistry


def choose_voices(registry: VoiceRegistry, run: RunRow) -> list[VoiceRow] | None:
    """Return what a run trains besides the base, which is seen to whenever it is due.

    The base is among them only where it has to learn in any case. A run that is not forced trains
    what is due.

    Returns:
        None where nothing is due.

    Raises:
        NoSuchVoice: The target is a text, which the database does not keep.
    """
    corpus = build_corpus(registry.store.messages.read())
    labels = run.target.split(" ")
    voices = list(_find_voices(registry, corpus, labels))
    if run.is_forced:
        return voices or ([registry.store.voices.ensure("base")] if labels == [BASE] else [])
    due = [voice for voice in voices if is_voice_due(registry, corpus, voice)]
    if due or (set(labels) & {EVERYTHING, BASE} and _is_base_due(registry, corpus)):
        return due
    return None


def _find_voices(
    registry: VoiceRegistry, corpus: Corpus, labels: Sequence[str]
) -> Iterator[VoiceRow]:
    if EVERYTHING in labels:
        yield from find_candidates(registry, corpus)
        return
    for label in labels:
        kind, _, key = label.partition(":")
        if kind == "text":
            raise NoSuchVoice("Only members and channels are trained: `mimic learn` reads a text.")
        if kind == "person":
            yield registry.store.voices.ensure("person", subject=int(key))
        elif kind == "channel":
            yield registry.store.voices.ensure("channel", subject=int(key))


def _is_base_due(registry: VoiceRegistry, corpus: Corpus) -> bool:
    if len(corpus) < MINIMUM_MESSAGES:  # not yet
        return False
    row = registry.store.voices.find("base")
    current = registry.store.voices.promoted(row.id) if row else None
    return is_base_due(registry, corpus, current)
