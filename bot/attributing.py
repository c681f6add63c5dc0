"""Who most likely wrote some messages, among those whose voices may speak."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from bot.errors import NoSuchVoice, UnreadableFile
from bot.mimicry import Mimicry
from training.errors import UnknownVoice
from training.voices import VoiceRegistry, is_expired


@dataclass(frozen=True)
class Guess:
    """How likely a voice wrote the messages, among all that are known."""

    voice: str
    probability: float


def name_authors(
    registry: VoiceRegistry, mimicry: Mimicry, raw_texts: Sequence[str]
) -> list[Guess]:
    """Return the voices of people, the likeliest first; their probabilities add up to 1.

    What each message says of its author is added up.

    Raises:
        UnreadableFile: There is no message.
        NoSuchVoice: Nobody's voice is known well enough.
        UnknownVoice: The base may not speak: somebody it learned from has left.
    """
    if not raw_texts:
        raise UnreadableFile("There is no message to judge.")
    base = registry.store.voices.find("base")
    attributor = registry.load(base).attributor if base is not None else None
    speaking = _find_speaking(registry)
    if attributor is None or not speaking.keys() & set(attributor.authors):
        raise NoSuchVoice(
            "Nobody's voice can be told from another's yet: `mimic train --all` learns that, from "
            "the messages of two people or more."
        )
    sums = attributor.log_chances([mimicry.scrub(text) for text in raw_texts]).sum(axis=0)
    known = {
        member: float(log_chance)
        for member, log_chance in zip(attributor.authors, sums, strict=True)
        if member in speaking
    }
    chances = np.exp(np.array(list(known.values())) - max(known.values()))
    pairs = zip(known, chances / chances.sum(), strict=True)
    ranked = sorted(pairs, key=lambda pair: -pair[1])
    return [Guess(speaking[member], float(chance)) for member, chance in ranked]


def _find_speaking(registry: VoiceRegistry) -> dict[int, str]:
    """Return the labels of people's voices that may speak, by member."""
    store, speaking = registry.store, {}
    for voice in store.voices.list():
        if voice.kind != "person" or voice.subject is None:
            continue
        with suppress(UnknownVoice):
            is_silent = is_expired(registry.promoted(voice))
            if not is_silent and store.consent.allows(voice.subject):
                speaking[voice.subject] = registry.label(voice)
    return speaking
