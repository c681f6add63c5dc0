"""Between a run and whoever watches it: progress out, a wish to stop in."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from training.fitting import Progress
    from training.preview import Preview


@dataclass(frozen=True)
class TrainingEvent:
    """How far a voice's training has come.

    Attributes:
        fraction: Of this voice's run, 0 to 1.
        bits_per_byte: Held-out figure, right after it was measured, else None.
        sample: A message of the unfinished model, if samples are wanted and the figure is new.
    """

    voice: str
    fraction: float
    tokens_per_second: float
    bits_per_byte: float | None
    seconds_left: float
    sample: str | None = None


@dataclass(frozen=True)
class Supervision:
    """What a run reports to, and what may end it early.

    Attributes:
        stop: Set it, and the run keeps its best weights so far and ends.
        aside: Set it, and the run keeps where it stands and breaks off, to go on another time.
        wants_samples: Whether events carry messages of the unfinished model.
        gpu_price_per_hour: What a GPU costs, to be noted with the run; a CPU costs nothing.
    """

    on_event: Callable[[TrainingEvent], None]
    stop: threading.Event = field(default_factory=threading.Event)
    aside: threading.Event = field(default_factory=threading.Event)
    wants_samples: bool = False
    gpu_price_per_hour: float | None = None


def follow(
    supervision: Supervision, voice: str, preview: "Preview"
) -> "Callable[[Progress], None]":
    """Return what turns a fit's progress into a voice's events."""
    rng = np.random.default_rng(0)

    def tell(progress: "Progress") -> None:
        is_measured = progress.bits_per_byte is not None
        supervision.on_event(
            TrainingEvent(
                voice=voice,
                fraction=progress.fraction,
                tokens_per_second=progress.tokens_per_second,
                bits_per_byte=progress.bits_per_byte,
                seconds_left=progress.seconds_left,
                sample=preview.sample(rng) if is_measured and supervision.wants_samples else None,
            )
        )

    return tell


def announce(supervision: Supervision, work: str) -> Callable[[float], None]:
    """Return what tells how far a work is, 0 to 1, and by its pace until now what time is left."""
    start = time.monotonic()

    def tell(fraction: float) -> None:
        left = (time.monotonic() - start) * (1 / fraction - 1) if fraction else 0.0
        supervision.on_event(TrainingEvent(work, fraction, 0.0, None, left))

    return tell
