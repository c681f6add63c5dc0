"""How fast an export comes in, at several sizes; how fast once more; and in how much memory."""

import json
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.contest import RUNS, Spread, alternate, ratios
from benchmarks.exports import write_export
from benchmarks.machine import Neighbors
from benchmarks.processes import measure_tree
from benchmarks.report import Table
from benchmarks.workshop import Workshop

TIMES = (1, 10)  # five years of the sample workspace, and those of a team ten times as large
MORE_TIMES = (1, 10, 100)  # the last has two million messages and takes minutes
_LOOK_SECONDS = 0.1
_TEXT = """`mimic import --consent all` in a new process with a new database, and once more with
nothing new. The messages are five years of the sample workspace; a larger export is that of a
larger team: the same days, each message repeated some seconds later, with one word exchanged and
other numbers, so that no text is the same. A rate is messages read by the seconds that the
command tells, which include starting the processes that scrub; memory is the most that the
command and its processes held at a time, what they share counted in each."""


@dataclass
class _Figures:
    """What the imports of one export said, run by run."""

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def measure_importing(
    workshop: Workshop, *, runs: int = RUNS, times: Sequence[int] = TIMES
) -> Table:
    """Import exports of several sizes by turns."""
    found: dict[int, _Figures] = {}
    ways = {}
    for each in times:
        file = workshop.folder / f"years-{each}.zip"
        number = write_export(file, times=each)
        found[number] = _Figures()
        ways[f"{number}"] = partial(_import_twice, workshop, file, found[number])
    neighbors = Neighbors()
    alternate(ways, runs)
    rows = [row for number, figures in found.items() for row in _describe(number, figures, runs)]
    rows += _compare(found, runs)
    return Table("Importing", _TEXT, ("what", "Mimic", "reach"), rows, neighbors.describe())


def _import_twice(workshop: Workshop, file: Path, figures: _Figures) -> float:
    home = Workshop(workshop.folder / "import")
    shutil.rmtree(home.folder, ignore_errors=True)
    home.folder.mkdir()
    first, megabytes = _import(home, file)
    again, _ = _import(home, file)
    figures.first.append(first)
    figures.again.append(again)
    figures.megabytes.append(megabytes)
    shutil.rmtree(home.folder)
    return first


def _import(home: Workshop, file: Path) -> tuple[float, float]:
    """Return messages a second, and the most MB that the processes held."""
    command = home.command("import", str(file), "--consent", "all", "--json")
    with subprocess.Popen(  # noqa: S603
        command, env=home.environment(), cwd=home.folder, stdout=subprocess.PIPE
    ) as process:
        most = 0.0
        while process.poll() is None:
            most = max(most, _measure(process.pid))
            time.sleep(_LOOK_SECONDS)
        answer, _ = process.communicate()
    summary = json.loads(answer)
    return summary["messages_read"] / summary["seconds"], most


def _measure(process: int) -> float:
    try:
        return measure_tree(process)
    except OSError:  # one of them has just ended
        return 0.0


def _describe(number: int, figures: _Figures, runs: int) -> Sequence[tuple[str, str, str]]:
    first, again = figures.first[-runs:], figures.again[-runs:]
    return (
        (f"{number:,} messages, messages/s", f"{Spread.of(first)}", "≥ 20,000"),
        ("once more, messages/s", f"{Spread.of(again)}", ""),
        ("once more against the first time", f"{ratios(again, first)}", "≥ 5"),
        ("memory", f"{Spread.of(figures.megabytes[-runs:])} MB", "flat"),
    )


def _compare(found: Mapping[int, _Figures], runs: int) -> Sequence[tuple[str, str, str]]:
    """Set the largest export against the smallest."""
    sizes = list(found.values())
    small, large = sizes[0], sizes[-1]
    rate = ratios(large.first[-runs:], small.first[-runs:])
    memory = ratios(large.megabytes[-runs:], small.megabytes[-runs:])
    return (
        ("the largest against the smallest, messages/s", f"{rate}", "0.8 to 1.2"),
        ("the largest against the smallest, memory", f"{memory}", "1"),
    )
