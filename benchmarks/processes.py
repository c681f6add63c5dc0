"""Processes as the system sees them from outside: what they and all they started hold."""

from collections.abc import Iterator
from pathlib import Path

MEGABYTE = 1_000_000


def measure_tree(process: int) -> float:
    """Return what a process and its children hold of the memory, in MB; what they map included."""
    return sum(map(_read_resident, find_tree(process))) / MEGABYTE


def find_tree(process: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from find_tree(int(child))


def _read_resident(process: int) -> int:
    """Return bytes.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_smaps_rollup.5.html
    """
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) * 1024
