"""A trial run in a folder of its own, timed, and never ending in a traceback."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.soak.killing import KillTrial
from tests.soak.trial import Outcome, Trial


def run_trial(kind: type[Trial] | type[KillTrial], seed: int) -> Outcome:
    """Run one."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = kind(seed, Path(folder)).run()
        except Exception as error:  # noqa: BLE001 - the others are still to be run
            outcome = Outcome(seed, f"{type(error).__name__}: {error}", 0, 0)
    return replace(outcome, kind=kind.__name__, seconds=time.perf_counter() - started)
