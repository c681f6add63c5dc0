"""Everything that is measured, by the name that `--only` takes, in the order of the page."""

from collections.abc import Mapping
from typing import Final, Protocol

from benchmarks.ceilings import measure_ceilings
from benchmarks.drawing import measure_drawing
from benchmarks.load import Load, measure_load
from benchmarks.privacy import measure_privacy
from benchmarks.report import Table
from benchmarks.workshop import Workshop

LOAD_SECONDS = 60.0


class Measure(Protocol):
    """What takes the figures of one table; None where its peers are missing."""

    def __call__(self, workshop: Workshop, /, *, runs: int) -> Table | None:
        """Take them, in so many runs by turns."""
        ...


def _measure_load(workshop: Workshop, *, runs: int) -> Table:
    return measure_load(workshop, Load(LOAD_SECONDS, runs=runs))


FIGURES: Final[Mapping[str, Measure]] = {
    "ceilings": measure_ceilings,
    "drawing": measure_drawing,
    "load": _measure_load,
    "privacy": measure_privacy,
}
