"""What is learned: after equally many updates, and in how much time, beside other libraries."""

import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.contest import NOT_INSTALLED, Peer, is_installed, ratios
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.training import KERAS, MIMIC, TORCH_LOW, Contestant, lesson_of
from benchmarks.workshop import Workshop

SEEDS = (1, 2, 3)
BATCH, STEPS = 16, 40  # of equally many updates; smaller batches learn the same in fewer tokens
BATCHES = (16, 32)  # of which each may choose the one that it is quickest with
GOAL = 7.0  # bits per token
_CHUNK = 20  # updates between two looks at the held-out text
_WARM_UP = 40  # updates
_LONGEST = 120.0  # seconds for the goal
RATE = 4e-3  # the highest, as a base is fitted
_TEXT = """The model and text of the table above; all start with the same weights and read the same
windows in the same order. *Held-out bits* are per token of 16,384 tokens after {steps} updates of
{batch} x 64 tokens, seeds {seeds}. *Seconds to {goal} bits* count the updates alone, with the batch
of {batches} rows that each was quickest with in a trial before."""
_HEAD = ("what", "Mimic", "peer", "ratio", "reach")


def measure_learning(workshop: Workshop, *, runs: int) -> Table:  # noqa: ARG001  a seed is a run
    """Compare what is learned."""
    neighbors, rows = Neighbors(), []
    with lesson_of(workshop) as (file, _):
        losses = {each: _learn(each, file) for each in (MIMIC, KERAS, TORCH_LOW)}
        for rival in (KERAS, TORCH_LOW):
            what = f"held-out bits, {rival.label}"
            rows.append(_describe(what, losses[MIMIC], losses[rival], "1, as the seeds allow"))
        times = _reach((MIMIC, TORCH_LOW), file)
        what = f"seconds to {GOAL} bits, {TORCH_LOW.label}"
        rows.append(_describe(what, times[MIMIC], times[TORCH_LOW], "≤ 1"))
    text = _TEXT.format(
        steps=STEPS,
        batch=BATCH,
        goal=GOAL,
        seeds=", ".join(map(str, SEEDS)),
        batches=" or ".join(map(str, BATCHES)),
    )
    return Table("Learning", text, _HEAD, rows, neighbors.describe())


def _learn(contestant: Contestant, file: Path) -> list[float]:
    """Return the held-out bits after equally many updates, for each seed."""
    if not is_installed(contestant.package):
        return []
    with contestant.started(file, BATCH) as pupil:
        return [_learn_once(pupil, seed) for seed in SEEDS]


def _learn_once(pupil: Peer, seed: int) -> float:
    pupil.ask(do="begin", seed=seed)
    for done in range(0, STEPS, _CHUNK):
        _train(pupil, done)
    return float(pupil.ask(do="judge")["bits"])


def _reach(contestants: Sequence[Contestant], file: Path) -> dict[Contestant, list[float]]:
    """Return the seconds to the goal for each seed, all by turns."""
    present = [each for each in contestants if is_installed(each.package)]
    batches = {each: _find_batch(each, file) for each in present}
    times: dict[Contestant, list[float]] = {each: [] for each in contestants}
    with ExitStack() as stack:
        pupils = {
            each: stack.enter_context(each.started(file, batch)) for each, batch in batches.items()
        }
        for seed in SEEDS:
            for each, pupil in pupils.items():
                times[each].append(_reach_once(pupil, seed, _LONGEST))
    return times


def _find_batch(contestant: Contestant, file: Path) -> int:
    """Return the batch that it is quickest with."""
    seconds: dict[int, float] = {}
    for batch in BATCHES:
        with contestant.started(file, batch) as pupil:
            limit = min(seconds.values(), default=_LONGEST)
            seconds[batch] = _reach_once(pupil, SEEDS[0], limit)
    return min(BATCHES, key=lambda batch: seconds[batch])


def _reach_once(pupil: Peer, seed: int, limit: float) -> float:
    """Return the seconds to the goal, or infinity where that would be more than the limit."""
    pupil.ask(do="train", steps=1, rate=0.0)  # what is compiled at first is compiled now
    pupil.ask(do="begin", seed=seed)
    seconds, done = 0.0, 0
    while seconds < limit:
        seconds += _train(pupil, done)
        done += _CHUNK
        if pupil.ask(do="judge")["bits"] <= GOAL:
            return seconds
    return math.inf


def _train(pupil: Peer, done: int) -> float:
    """Let it go on for some updates after so many; return the seconds."""
    rate = RATE * min(1.0, (done + _CHUNK) / _WARM_UP)
    return float(pupil.ask(do="train", steps=_CHUNK, rate=rate)["seconds"])


def _describe(what: str, own: Sequence[float], other: Sequence[float], reach: str) -> Sequence[str]:
    if not other:
        return what, _list(own), NOT_INSTALLED, "", reach
    return what, _list(own), _list(other), f"{ratios(own, other)}", reach


def _list(values: Sequence[float]) -> str:
    """Write the figure of each seed: they differ more than what is compared."""
    return ", ".join(f"{value:.3f}" for value in values)
