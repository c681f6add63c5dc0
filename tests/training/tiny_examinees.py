"""People of clearly different habits, and a voice for each."""

from collections.abc import Sequence

import numpy as np

from storage.messages import StoredMessage
from training.corpus import TESTING, build_corpus
from training.examinees import Examinee
from training.subject import Subject
from training.voice import LoadedVoice

MANNERS = ("eel seen e", "oo soon do o", "it is if i")


def gather_examinees(voices: Sequence[LoadedVoice], count: int = 200) -> list[Examinee]:
    """Let so many people write by turns; the newest tenth of each is judged."""
    rng, messages = np.random.default_rng(0), []
    for number in range(len(voices) * count):
        who = number % len(voices)
        words = rng.permutation(MANNERS[who].split())
        text, ts = " ".join(words[: rng.integers(2, 5)]), f"{1_700_000_000 + number}.000100"
        messages.append(StoredMessage(who + 1, 1, ts, None, text))
    corpus = build_corpus(messages, TESTING)
    return [Examinee(voice, Subject(author=who), corpus) for who, voice in enumerate(voices, 1)]
