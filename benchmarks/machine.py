"""What the figures were taken on: a figure without its machine says nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_STAT = Path("/proc/stat")
_PROGRAMS = ("onnxruntime", "tensorflow", "keras", "torch")


def describe_machine() -> dict[str, str]:
    """Return what a reader must know beside the figures, in order."""
    return {
        "commit": _commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()} ({os.cpu_count()} cores)",
        "Python": platform.python_version(),
        **{name: version(name) for name in _PROGRAMS if find_spec(name)},
    }


class Neighbors:
    """What other programs take meanwhile: they are why the same figure differs from day to day."""

    def __init__(self) -> None:
        self._start = self._read()

    def describe(self) -> str:
        """Say how much of the machine they have had since this was made."""
        seconds, busy, own = (
            now - then for now, then in zip(self._read(), self._start, strict=True)
        )
        others = max(0.0, busy - own) / max(seconds, 0.01)
        return f"Other programs had {others:.1f} of the {os.cpu_count()} cores meanwhile."

    def _read(self) -> tuple[float, float, float]:
        """Return seconds: of the clock, of all programs, of this one and its ended children."""
        user, nice, system, _, _, *rest = map(int, _STAT.read_text().split("\n", 1)[0].split()[1:])
        ticks = user + nice + system + sum(rest[:2])  # interrupts
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return times.elapsed, ticks / os.sysconf("SC_CLK_TCK"), own


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    """Return the commit, and whether anything but the page of figures differs from it."""
    commit = _git("describe", "--always")
    changed = _git("status", "--porcelain", "--untracked-files=no", ".", ":!docs/benchmarks.md")
    return f"{commit or 'unknown'}{'-dirty' if changed else ''}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip()
