"""The page of figures: written by the program, so that nobody rounds them by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEAD = """# Benchmarks

Written by `make benchmark`, not by hand. Each figure is the median of several runs; what is
compared was measured by turns.
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


def write_report(path: Path, machine: Mapping[str, str], tables: Sequence[Table]) -> None:
    """Write the page."""
    facts = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    parts = [_HEAD, f"{facts}\n", *(table.render() for table in tables)]
    path.write_text("\n".join(parts), encoding="utf-8")
