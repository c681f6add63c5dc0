"""The bot under load: how soon it acknowledges and answers, and whether it forgets anybody."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields
from statistics import median

import numpy as np

from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.scene import TYPISTS, Scene, serving
from benchmarks.workshop import Workshop
from bot.views.ids import PREVIEW_POST
from tests.fake_slack import Shown
from tests.fake_slack.delivery import Answer

PER_SECOND, BURST = 20, 200
ANSWER_SECONDS = 60  # from here on an answer counts as lost
SECOND_ANSWER_SECONDS = 1.0  # how long a second answer is looked out for
_TEXT = """A real `mimic serve` in a process of its own. Those who type, Slack's part (its rate
limits on) and the measuring run beside it: all share {cores} cores. Each command asks for one
of {voices} voices of two layers of 512, from one of {typists} members. *Ack* is the answer to
the command itself, *answer* the first message that came to its response URL; *refused* is a
kind sentence instead of a generated message; memory is the most that the process held. To
reach: at {rate} commands a second acks below 0.5 s and answers below 2 s (p99); a burst of
{burst} acked within 3 s; none lost, none answered twice."""


@dataclass(frozen=True)
class Load:
    """How much is asked for.

    Attributes:
        seconds: Of steady load.
        runs: Of everything.
        catching_up_seconds: That the bot may have at first, to read what it has missed.
    """

    seconds: float
    runs: int
    catching_up_seconds: float = 20.0


@dataclass(frozen=True)
class _Figures:
    """What one run came to, in the order of the table's columns."""

    commands: float
    not_acked: float
    ack_p50: float
    ack_p99: float
    ack_max: float
    lost: float
    twice: float
    refused: float
    answer_p50: float
    answer_p99: float
    answer_max: float
    memory: float


def measure_load(workshop: Workshop, load: Load) -> Table:
    """Measure over HTTP and over Socket Mode: steadily, and all at once."""
    ways: dict[str, Callable[[Scene], list[Future[Answer]]]] = {
        f"{PER_SECOND}/s for {load.seconds:.0f} s": lambda scene: _type_steadily(scene, load),
        f"{BURST} at once": _type_at_once,
    }
    runs: dict[tuple[str, str], list[_Figures]] = defaultdict(list)
    neighbors = Neighbors()
    for _ in range(load.runs):
        for name, uses_http in (("HTTP", True), ("Socket Mode", False)):
            with serving(workshop, uses_http=uses_http) as scene:
                scene.wait_until_quiet(load.catching_up_seconds)
                _settle(scene, [scene.type(*scene.next_command()) for _ in range(10)])  # warm
                for title, way in ways.items():
                    answers = [answer.result() for answer in way(scene)]
                    runs[name, title].append(_summarize(scene, answers))
    rows = [(*key, *_join(figures)) for key, figures in sorted(runs.items())]
    with workshop.opened() as session:
        voices = len(workshop.find_voices(session))
    text = _TEXT.format(
        cores=os.cpu_count(), voices=voices, typists=TYPISTS, rate=PER_SECOND, burst=BURST
    )
    head = ["by", "load", *(field.name.replace("_", " ") for field in fields(_Figures))]
    return Table("The bot under load", text, head, rows, neighbors.describe())


def _type_steadily(scene: Scene, load: Load) -> list[Future[Answer]]:
    """Type at a steady pace, whether what was typed before is answered or not."""
    start, answers = time.monotonic(), []
    with ThreadPoolExecutor(BURST) as people:
        for number in range(round(PER_SECOND * load.seconds)):
            time.sleep(max(0.0, start + number / PER_SECOND - time.monotonic()))
            answers.append(people.submit(scene.type, *scene.next_command()))
    return answers


def _type_at_once(scene: Scene) -> list[Future[Answer]]:
    with ThreadPoolExecutor(BURST) as people:
        return [people.submit(scene.type, *scene.next_command()) for _ in range(BURST)]


def _summarize(scene: Scene, answers: Sequence[Answer]) -> _Figures:
    """Wait for what is still to come, and count."""
    everything, started = _settle(scene, answers), scene.slack.state.interactions
    shown = {answer.interaction: everything[answer.interaction] for answer in answers}
    firsts = [
        min(float(each.ts) for each in its_own) - started[interaction].at
        for interaction, its_own in shown.items()
        if its_own
    ]
    messages = sum(any(map(_is_message, its_own)) for its_own in shown.values())
    return _Figures(
        len(answers),
        sum(not answer.is_acked for answer in answers),
        *_percentiles([answer.seconds for answer in answers]),
        sum(not its_own for its_own in shown.values()),
        sum(len(its_own) > 1 for its_own in shown.values()),
        len(firsts) - messages,
        *_percentiles(firsts),
        scene.memory(),
    )


def _settle(scene: Scene, answers: Sequence[Answer]) -> dict[str, list[Shown]]:
    """Wait until all are answered; return what was shown for each."""
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        shown = _gather(scene)
        if all(shown[answer.interaction] for answer in answers) or time.monotonic() > end:
            time.sleep(SECOND_ANSWER_SECONDS)
            return _gather(scene)
        time.sleep(0.1)


def _gather(scene: Scene) -> dict[str, list[Shown]]:
    by_interaction: dict[str, list[Shown]] = defaultdict(list)
    for each in list(scene.slack.state.record.shown):
        for interaction in each.interactions:
            by_interaction[interaction].append(each)
    return by_interaction


def _is_message(shown: Shown) -> bool:
    return any(element["action_id"] == PREVIEW_POST for element in shown.elements)


def _percentiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    if not seconds:
        return (np.nan, np.nan, np.nan)
    p50, p99, most = np.percentile(seconds, [50, 99, 100])
    return float(p50), float(p99), float(most)


def _join(runs: Sequence[_Figures]) -> list[str]:
    """Return the median of each figure, as text."""
    columns = zip(fields(_Figures), zip(*map(astuple, runs), strict=True), strict=True)
    return [_write(field.name, median(values)) for field, values in columns]


def _write(name: str, value: float) -> str:
    if name == "memory":
        return f"{value:.0f} MB"
    return f"{value:.2f} s" if name.endswith(("p50", "p99", "max")) else f"{value:.0f}"
