"""How fast texts are drawn: one request after the other, and all together."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from training.config import SamplingConfig
from training.ensemble import Parts
from training.generation import Job, Request, generate, generate_together
from training.step import Model

JOBS, CANDIDATES = (1, 4, 16), (16, 8, 4)
_TEXT = """Voices of two layers of 512 on one base, vocabulary {vocab:,}, n-grams beside them,
int8 step graph where registration chose it, one thread. *Together* is `generate_together`, *one
by one* is `generate` in a loop, with the same seeds. A token counts when the voice has read it,
though n-grams and base read it, too; a candidate has {tokens:.0f} tokens on average, those that
were drawn in the place of another included. Ranking and the copy guard are part of the time."""


@dataclass
class Meter:
    """Counts the rows that a step model reads."""

    rows: int = 0

    def watch(self, model: Model) -> None:
        """Count whatever goes through a model from now on."""
        run = model.run

        def counted(inputs: Any) -> Any:
            self.rows += len(inputs["tokens"])
            return run(inputs)

        model.run = counted  # type: ignore[method-assign]


def measure_drawing(workshop: Workshop, *, runs: int) -> Table:
    """Draw with all voices by turns."""
    with workshop.opened() as session:
        voices = [session.registry.load(row) for row in workshop.find_voices(session)]
    meter, neighbors = Meter(), Neighbors()
    meter.watch(voices[0].network.step)
    cast: Sequence[Parts] = [[(voice, 1.0)] for voice in voices]
    bench = _Bench(cast, meter, runs)
    bench.time(_together, jobs=4, candidates=16)  # warm
    rows, drawn = [], []
    for candidates in CANDIDATES:
        for jobs in JOBS:
            row, tokens = bench.compare(jobs, candidates)
            rows.append(row)
            drawn.append(tokens)
    text = _TEXT.format(vocab=voices[0].tokenizer.vocab_size, tokens=median(drawn))
    head = (
        "candidates", "requests", "together, ms", "one by one, ms", "ratio",
        "together, tokens/s", "one by one, tokens/s",
    )  # fmt: skip
    return Table("Drawing", text, head, rows, neighbors.describe())


def _together(jobs: Sequence[Job]) -> None:
    list(generate_together(jobs))


def _one_by_one(jobs: Sequence[Job]) -> None:
    for job in jobs:
        generate(job.parts, job.request, job.sampling, rng=job.rng, candidates=job.candidates)


@dataclass(frozen=True)
class _Bench:
    cast: Sequence[Parts]
    meter: Meter
    runs: int

    def compare(self, jobs: int, candidates: int) -> tuple[Sequence[str], float]:
        """Return a row of the table, and how many tokens a candidate has."""
        times: dict[Any, list[float]] = {_together: [], _one_by_one: []}
        tokens = 0
        for run in range(self.runs):
            for way in times:  # by turns, so that both have the machine's moods
                seconds, tokens = self.time(way, jobs=jobs, candidates=candidates, seed=run)
                times[way].append(seconds)
        together, alone = (median(seconds) for seconds in times.values())
        ratio = median(b / a for a, b in zip(*times.values(), strict=True))
        row = (
            f"{candidates}", f"{jobs}", f"{1e3 * together:.0f}", f"{1e3 * alone:.0f}",
            f"{ratio:.2f}", f"{tokens / together:,.0f}", f"{tokens / alone:,.0f}",
        )  # fmt: skip
        return row, tokens / jobs / candidates

    def time(
        self, way: Callable[[Sequence[Job]], None], *, jobs: int, candidates: int, seed: int = 0
    ) -> tuple[float, int]:
        asked = [
            Job(
                self.cast[n % len(self.cast)],
                Request(),
                SamplingConfig(),
                np.random.default_rng((seed, n)),
                candidates,
            )
            for n in range(jobs)
        ]
        self.meter.rows, start = 0, time.perf_counter()
        way(asked)
        return time.perf_counter() - start, self.meter.rows - 2 * jobs  # begin tokens
