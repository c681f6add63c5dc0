"""`python -m benchmarks FOLDER`: measure everything and write `docs/benchmarks.md`."""

import argparse
import sys
from pathlib import Path

from benchmarks.contest import RUNS
from benchmarks.figures import FIGURES
from benchmarks.report import Results
from benchmarks.workshop import MINUTES, Workshop


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("folder", type=Path, help="where voices and figures are kept between runs")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="of training, the first time and to imitate"
    )
    parser.add_argument("--another", type=Path, help="a home whose people are imitated, too")
    parser.add_argument("--runs", type=int, default=RUNS, help="of each measurement; medians count")
    parser.add_argument(
        "--only", nargs="+", choices=FIGURES, default=FIGURES, help="what to measure anew"
    )
    options = parser.parse_args()
    workshop = Workshop(options.folder.resolve(), minutes=options.minutes, another=options.another)
    workshop.build()
    results = Results(workshop.folder / "results")
    for name in options.only:
        sys.stderr.write(f"Measuring: {name}\n")
        measured = FIGURES[name](workshop, runs=options.runs)
        if measured is not None:
            results.keep(name, measured)
        results.write(options.out, order=list(FIGURES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
