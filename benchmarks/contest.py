"""Ways to do the same work, measured by turns, so that all of them have the machine's moods."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Self

RUNS = 5
NOT_INSTALLED = "not installed"
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Spread:
    """The middle of several runs, and how far they lie apart."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarize runs."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{_write(self.median)} ({_write(self.low)} to {_write(self.high)})"


def alternate(ways: Mapping[str, Callable[[], float]], runs: int = RUNS) -> dict[str, list[float]]:
    """Call every way once to warm it up, then all of them by turns; return their figures."""
    for way in ways.values():
        way()
    figures: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            figures[name].append(way())
    return figures


def ratios(over: Sequence[float], under: Sequence[float]) -> Spread:
    """Compare what was measured side by side, run by run."""
    return Spread.of([one / other for one, other in zip(over, under, strict=True)])


class Peer:
    """A program in a process of its own, which does a round whenever it is asked."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, **question: Any) -> dict[str, Any]:
        """Let it do a round; return what it says of it."""
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("A peer needs pipes to talk through.")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError(f"A peer ended with status {self._process.wait()}.")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def peer(name: str, *arguments: str, **environment: str) -> Iterator[Peer]:
    """Start `python -m benchmarks.peers.NAME ARGUMENTS`, with more in its environment."""
    surroundings = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment}  # noqa: TID251
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", f"benchmarks.peers.{name}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=surroundings,
        cwd=ROOT,
        text=True,
    )
    try:
        yield Peer(process)
    finally:
        process.kill()
        process.communicate()


def is_installed(package: str) -> bool:
    """Tell whether a peer can be measured."""
    return find_spec(package) is not None


def _write(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
