"""A run as it is watched from another process: its row is read until it ends."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot import console
from bot.labels import show_target
from storage.runs import OPEN

if TYPE_CHECKING:
    from rich.progress import Progress

    from storage.runs import RunEvent, RunRow
    from storage.store import Store

LOOKING_SECONDS = 1.0
_LINE_EVERY = 0.1
_ENOUGH = 0.01  # of the way, to tell a pace by


@dataclass(frozen=True)
class RunView:
    """A run at one moment.

    Attributes:
        event: The last line of its log.
        seconds_left: Until it ends, as far as its pace tells.
    """

    run: "RunRow"
    event: "RunEvent | None"
    seconds_left: float | None

    def figures(self) -> dict[str, Any]:
        """Return what a program may want to know besides the row."""
        left = self.seconds_left
        return {
            "tokens_per_second": self.event and round(self.event.tokens_per_second, 1),
            "bits_per_byte": self.event and self.event.bits_per_byte,
            "seconds_left": None if left is None else round(left, 1),
        }

    def describe(self) -> str:
        """Say rate, figure and time left, as far as they are known."""
        if self.run.state != "running":
            return self.run.state
        parts = []
        if self.event:
            parts.append(f"{self.event.tokens_per_second:,.0f} tokens/s")
            if self.event.bits_per_byte is not None:
                parts.append(f"{self.event.bits_per_byte:.3f} bits/byte")
        if self.seconds_left is not None:
            parts.append(f"{console.format_seconds(self.seconds_left)} left")
        return ", ".join(parts) or "begins"


def find_open(store: "Store") -> "RunRow | None":
    """Return the run under way, else the one that waits longest."""
    is_open = [run for run in reversed(store.runs.list()) if run.state in OPEN]
    return min(is_open, key=lambda run: (run.state != "running", run.id), default=None)


def follow(store: "Store", run: int) -> Iterator[RunView]:
    """Yield a run whenever something about it has changed, at last when it has ended.

    Raises:
        UnknownRun: There is no such run.
    """
    last: object = None
    first = (time.monotonic(), store.runs.get(run).progress)
    while True:
        row, events = store.runs.get(run), store.runs.events(run)
        event = events[-1] if events else None
        if (row, event) != last:
            last = (row, event)
            yield RunView(row, event, _estimate(row, first))
        if row.state not in OPEN:
            return
        time.sleep(LOOKING_SECONDS)


def show_run(store: "Store", row: "RunRow") -> "RunRow":
    """Show a run on stderr until it ends; return how it did."""
    name = f"run {row.id} ({show_target(store, row.target)})"
    with console.progress_bar("figures") as bar:
        show = _Lines(name).show if bar is None else _Bar(bar, name).show
        for view in follow(store, row.id):
            show(view)
            row = view.run
    if row.state != "failed":
        console.print_text(f"{name} {row.state}{f': {row.reason}' if row.reason else ''}")
    return row


class _Bar:
    """A terminal."""

    def __init__(self, progress: "Progress", name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=1.0, figures="")

    def show(self, view: RunView) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=view.run.progress, figures=view.describe())


class _Lines:
    """A pipe: a line when the state changes, at each measurement and at each tenth of the way."""

    def __init__(self, name: str) -> None:
        self._name, self._next = name, 0.0
        self._last: object = None

    def show(self, view: RunView) -> None:
        """Write a line if it is time for one."""
        measured = view.event if view.event and view.event.bits_per_byte is not None else None
        seen = (view.run.state, measured)
        if view.run.state not in OPEN or (seen == self._last and view.run.progress < self._next):
            return
        self._last, self._next = seen, view.run.progress + _LINE_EVERY
        console.note(f"{self._name}: {view.run.progress:.0%}, {view.describe()}")


def _estimate(row: "RunRow", first: tuple[float, float]) -> float | None:
    """Return the seconds left at the pace seen so far, else at that since the run began."""
    if row.state != "running" or row.started_at is None:
        return None
    spent, gained = time.monotonic() - first[0], row.progress - first[1]
    if gained < _ENOUGH:
        spent, gained = (datetime.now(UTC) - row.started_at).total_seconds(), row.progress
    return spent * (1 - row.progress) / gained if gained >= _ENOUGH else None
