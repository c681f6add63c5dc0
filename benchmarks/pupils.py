"""A contestant of the training benchmark, asked in one way whichever library it is made with."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from benchmarks.lessons import Lesson, Weights, Window, draw_weights
from benchmarks.peers import answer


class Pupil(Protocol):
    """A language model and its optimizer; it remembers the state between windows."""

    def begin(self, weights: Weights) -> None:
        """Take these weights, and forget all else."""

    def train(self, windows: Sequence[Window], rate: float) -> None:
        """Update the weights once for each window, at this learning rate."""

    def judge(self, windows: Sequence[Window]) -> float:
        """Return the mean loss in bits per token from the zero state, without learning."""


def answer_as(build: Callable[[int, int], Pupil]) -> None:
    """Answer a benchmark's questions as `python -m benchmarks.peers.NAME FILE BATCH`.

    Args:
        build: Makes a pupil for a vocabulary's size and so many rows side by side.
    """
    lesson, batch = Lesson.read(sys.argv[1]), int(sys.argv[2])
    pupil, windows = build(lesson.vocab_size, batch), lesson.windows(batch)

    def begin(seed: int) -> dict[str, Any]:
        nonlocal windows
        windows = lesson.windows(batch)
        pupil.begin(draw_weights(lesson.vocab_size, seed))
        return {}

    def train(steps: int, rate: float) -> dict[str, Any]:
        taken = list(islice(windows, steps))
        started = time.perf_counter()
        pupil.train(taken, rate)
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "tokens": sum(inputs.size for inputs, _ in taken)}

    def judge() -> dict[str, Any]:
        return {"bits": pupil.judge(lesson.exam(batch))}

    actions: Mapping[str, Callable[..., dict[str, Any]]]
    actions = {"begin": begin, "train": train, "judge": judge}
    answer(lambda question: actions[question.pop("do")](**question))
