"""`python -m benchmarks FOLDER`: measure everything and write `docs/benchmarks.md`."""

import argparse
import sys
from pathlib import Path

from benchmarks.drawing import measure_drawing
from benchmarks.load import Load, measure_load
from benchmarks.machine import describe_machine
from benchmarks.privacy import has_peers, measure_privacy
from benchmarks.report import write_report
from benchmarks.workshop import Workshop


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the trained voices are kept between runs")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    parser.add_argument("--minutes", type=float, default=8.0, help="of training, the first time")
    parser.add_argument("--runs", type=int, default=3, help="of each measurement; medians count")
    parser.add_argument("--seconds", type=float, default=60.0, help="of steady load")
    options = parser.parse_args()
    workshop = Workshop(options.folder.resolve())
    workshop.build(minutes=options.minutes)
    machine = describe_machine()
    tables = [
        measure_drawing(workshop, runs=3 * options.runs),
        measure_load(workshop, Load(options.seconds, runs=options.runs)),
    ]
    if has_peers():
        tables.append(measure_privacy())
    write_report(options.out, machine, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
