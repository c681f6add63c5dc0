"""The page of figures: written by the program, so that nobody rounds them by hand."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.machine import describe_machine

_HEAD = """# Benchmarks

Written by `make benchmark`, not by hand. Each figure is the median of several runs, with the lowest
and the highest where they are shown; what is compared was measured by turns. A figure says little
without its machine: look at the ratios, and at the ceilings.
"""
_TAIL = """## Where a reach is missed, and why

- *Sampling.* The step graph by itself costs little more than the bare one: 275 and 430 µs for 1 and
  16 rows in one thread, against 242 and 350. The bare loop has both cores; Mimic draws in one
  thread, because two are slower as soon as anything else runs. Most of the rest is NumPy between
  the steps (n-grams, mixture, draw), then the copy guard and the base's reading of the finalists.
  Only code compiled for it would come near the reaches, that beside PyTorch too. With n-grams in
  every voice, one `/mimic` is a few milliseconds above its reach on two cores.
- *Importing.* A message takes about 100 µs of processor time on the two cores together, half of it
  to scrub it; a short import also waits for the process that helps it. To note what came of each
  file takes 7% of the first import, and makes the next one many times as fast.
"""


@dataclass(frozen=True)
class Table:
    """Figures of one kind, with the sentences that a reader needs to understand them."""

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def render(self) -> str:
        """Return the table in Markdown."""
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
        parts = (f"## {self.title}", self.text, table, self.note)
        return "\n\n".join(filter(None, parts)) + "\n"


class Results:
    """The tables measured so far, so that one can be measured anew by itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, table: Table) -> None:
        """Put a table in the place of what was measured before, with the machine it is from."""
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = {"machine": describe_machine(), "table": asdict(table)}
        self._file(name).write_text(json.dumps(kept), encoding="utf-8")

    def write(self, page: Path, *, order: Sequence[str]) -> None:
        """Write the page of all tables there are."""
        found = [self._file(name) for name in order if self._file(name).exists()]
        kept = [json.loads(file.read_text("utf-8")) for file in found]
        parts = [_HEAD, *(_render(**each) for each in kept), _TAIL]
        page.write_text("\n".join(parts), encoding="utf-8")

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _render(machine: dict[str, str], table: dict[str, object]) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    return f"{Table(**table).render()}\n*Measured with {facts}.*\n"  # type: ignore[arg-type]
