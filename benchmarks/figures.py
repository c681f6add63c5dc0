"""Everything that is measured, by the name that `--only` takes, in the order of the page."""

from collections.abc import Mapping
from typing import Final, Protocol

from benchmarks.ceilings import measure_ceilings
from benchmarks.drawing import measure_drawing
from benchmarks.imitation import measure_imitation
from benchmarks.importing import MORE_TIMES, measure_importing
from benchmarks.load import Load, measure_load
from benchmarks.memory import measure_memory
from benchmarks.privacy import measure_privacy
from benchmarks.reading import measure_reading
from benchmarks.report import Table
from benchmarks.sampling import measure_sampling
from benchmarks.starting import measure_starting
from benchmarks.training import measure_training
from benchmarks.training_loss import measure_learning
from benchmarks.voicing import measure_voicing
from benchmarks.workshop import Workshop

LOAD_SECONDS, LOAD_RUNS = 60.0, 3


class Measure(Protocol):
    """What takes the figures of one table; None where its peers are missing."""

    def __call__(self, workshop: Workshop, /, *, runs: int) -> Table | None:
        """Take them, in so many runs by turns."""
        ...


def _measure_load(workshop: Workshop, *, runs: int) -> Table:
    return measure_load(workshop, Load(LOAD_SECONDS, runs=min(runs, LOAD_RUNS)))


def _measure_millions(workshop: Workshop, *, runs: int) -> Table:  # noqa: ARG001  one is minutes
    return measure_importing(workshop, runs=1, times=MORE_TIMES)


def _measure_gpu(workshop: Workshop, *, runs: int) -> Table:
    from benchmarks.gpu import measure_gpu  # TensorFlow takes memory and seconds

    return measure_gpu(workshop, runs=runs)


FIGURES: Final[Mapping[str, Measure]] = {
    "ceilings": measure_ceilings,
    "training": measure_training,
    "learning": measure_learning,
    "voicing": measure_voicing,
    "sampling": measure_sampling,
    "drawing": measure_drawing,
    "load": _measure_load,
    "memory": measure_memory,
    "starting": measure_starting,
    "importing": measure_importing,
    "millions": _measure_millions,
    "reading": measure_reading,
    "privacy": measure_privacy,
    "gpu": _measure_gpu,
    "imitation": measure_imitation,
}
