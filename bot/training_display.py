"""Training as it is watched: a bar a voice on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from bot import console
from bot.realization import Surroundings, realize

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from training.supervision import TrainingEvent

_LINE_EVERY = 0.1


@contextmanager
def show_training() -> "Iterator[Callable[[TrainingEvent], None]]":
    """Give what to call with every event."""
    with console.progress_bar("figures") as bar:
        yield _Lines().show if bar is None else _Bars(bar).show


class _Bars:
    """A terminal: bars, and above them a sampled message at times."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._bits: dict[str, str] = {}
        self._rng = np.random.default_rng()

    def show(self, event: "TrainingEvent") -> None:
        """Move the voice's bar."""
        if event.voice not in self._tasks:
            self._tasks[event.voice] = self._progress.add_task(event.voice, total=1.0, figures="")
        if event.bits_per_byte is not None:
            self._bits[event.voice] = f"{event.bits_per_byte:.3f} bits/byte"
        self._progress.update(
            self._tasks[event.voice],
            completed=event.fraction,
            figures=f"{_describe_pace(event)}  {self._bits.get(event.voice, '')}",
        )
        if event.sample:
            self._show_sample(event.voice, event.sample)

    def _show_sample(self, voice: str, sample: str) -> None:
        from rich.text import Text

        said = realize(sample, Surroundings(), self._rng)
        self._progress.console.print(Text(f"{voice}: {console.clean(said)}", style="dim"))


class _Lines:
    """A pipe or a log: a line at each measurement and each tenth of the way; no text, no name."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._names: dict[str, str] = {}

    def show(self, event: "TrainingEvent") -> None:
        """Write a line if it is time for one; who falls back has begun anew."""
        due = self._next.get(event.voice, 0.0)
        is_new = event.fraction < due - _LINE_EVERY
        if event.bits_per_byte is None and event.fraction < due and not is_new:
            return
        self._next[event.voice] = event.fraction + _LINE_EVERY
        bits = "" if event.bits_per_byte is None else f", {event.bits_per_byte:.3f} bits/byte"
        name = self._name(event.voice)
        console.note(f"{name}: {event.fraction:.0%}, {_describe_pace(event)}{bits}")

    def _name(self, voice: str) -> str:
        """Call people and channels by numbers: whoever reads a log need not know whose voice."""
        if voice[:1] not in "@#":
            return voice
        return self._names.setdefault(voice, f"voice {len(self._names) + 1}")


def _describe_pace(event: "TrainingEvent") -> str:
    left = f"{console.format_seconds(event.seconds_left)} left"
    if not event.tokens_per_second:  # nothing is learned
        return left
    return f"{event.tokens_per_second:,.0f} tokens/s, {left}"
