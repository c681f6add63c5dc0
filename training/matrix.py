"""Whose voice expects whose messages: every author's, by every author's voice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corpus import Part, count_bytes
from training.examinees import Examinee
from training.registration import pick_evenly
from training.scoring import score_bits

Bits = list[NDArray[np.float64]]

MOST_MESSAGES = 200  # of each author
MOST_SCORED = 100_000  # messages by voices, all in all
BUNDLES = (1, 10, 50)  # messages judged as one
DRAWN = 1_000  # bundles of each author


@dataclass(frozen=True)
class Recognition:
    """How often the author's own voice finds a bundle of messages likeliest, of all voices.

    Attributes:
        messages: In a bundle, drawn from the author's with replacement.
        share: Mean over the authors of the share of their bundles.
        chance: What guessing would give.
    """

    messages: int
    share: float
    chance: float


@dataclass(frozen=True)
class Matrix:
    """Bits per byte of unseen messages: a row for each author, a column for each author's voice.

    Attributes:
        voices: Whose the rows and columns are.
        messages: How many of each author's were judged, spread evenly over the newest.
        recognition: One for each size of bundles.
    """

    voices: tuple[str, ...]
    messages: tuple[int, ...]
    bits_per_byte: tuple[tuple[float, ...], ...]
    recognition: tuple[Recognition, ...]


def measure_matrix(
    examinees: Sequence[Examinee], *, seed: int, on_progress: Callable[[float], None]
) -> Matrix:
    """Let every voice read everybody's messages.

    Args:
        examinees: People's; at least one, each with a message of the `TEST` part.
        on_progress: Called with the share that is done.
    """
    most = min(MOST_MESSAGES, max(MOST_SCORED // len(examinees) ** 2, 1))
    texts = [pick_evenly(examinee.texts(Part.TEST), most) for examinee in examinees]
    bits = _score_all(examinees, texts, on_progress)
    sizes = [count_bytes(own) for own in texts]
    rng = np.random.default_rng(seed)
    return Matrix(
        voices=tuple(examinee.label for examinee in examinees),
        messages=tuple(map(len, texts)),
        bits_per_byte=tuple(
            tuple((own.sum(axis=1) / size).tolist()) for own, size in zip(bits, sizes, strict=True)
        ),
        recognition=tuple(_recognize(bits, size, rng) for size in BUNDLES),
    )


def _score_all(
    examinees: Sequence[Examinee], texts: Sequence[list[str]], on_progress: Callable[[float], None]
) -> Bits:
    """Return each author's bits, `(voices, messages)`; what was often written is read once."""
    different = list(dict.fromkeys(text for own in texts for text in own))
    number = {text: place for place, text in enumerate(different)}
    by_voice = []
    for done, examinee in enumerate(examinees):
        on_progress(done / len(examinees))
        by_voice.append(score_bits([(examinee.voice, 1.0)], different))
    on_progress(1.0)
    scored = np.stack(by_voice)
    return [scored[:, [number[text] for text in own]] for own in texts]


def _recognize(bits: Bits, size: int, rng: np.random.Generator) -> Recognition:
    """Draw bundles; where they hold one message, every message is one."""
    shares = []
    for author, own in enumerate(bits):
        count = own.shape[1]
        drawn = rng.integers(count, size=(DRAWN, size)) if size > 1 else np.arange(count)[:, None]
        sums = own[:, drawn].sum(axis=2)  # (voices, bundles)
        shares.append(float(np.mean(sums.argmin(axis=0) == author)))
    return Recognition(size, float(np.mean(shares)), 1 / len(bits))
