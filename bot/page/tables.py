"""Findings of one kind as a table of a page; its columns follow the fields of the finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.measures import find_mean, list_figures
from bot.page.columns import Better, Cell, Column, Role, find_column, write_cell
from training.evaluation import EvaluationRow
from training.imitation import REAL
from training.scarcity import ScarceFigures


@dataclass(frozen=True)
class Row:
    """A row, and what it is beside the others."""

    cells: tuple[Cell, ...]
    role: Role = Role.PLAIN


@dataclass(frozen=True)
class Table:
    """A table under its caption; `caption` is "" where the section's title says it all."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""


def tabulate(findings: Sequence[object], caption: str = "") -> Table:
    """Return findings of one kind, at least one, as a table."""
    return _lay_out(findings, [name for name, _ in list_figures(findings[0])], caption)


def tabulate_voices(rows: Sequence[EvaluationRow]) -> Table:
    """Return voices beside their baselines, with their mean.

    The voice as it speaks stands first, the simplest baselines after it and what was judged last:
    a phone shows the first columns.
    """
    mean = find_mean(rows)
    names = [name for name, _ in list_figures(rows[0])]
    bits = [name for name in reversed(names) if find_column(name).better is Better.LOWER]
    others = [name for name in names[1:] if name not in bits]
    return _lay_out([*rows, mean] if mean else rows, [names[0], *bits, *others])


def _lay_out(findings: Sequence[object], names: Sequence[str], caption: str = "") -> Table:
    columns = tuple(map(find_column, names))
    return Table(columns, tuple(_build_row(finding, names) for finding in findings), caption)


def _build_row(finding: object, names: Sequence[str]) -> Row:
    figures = dict(list_figures(finding))
    best = _find_best(figures) if isinstance(finding, EvaluationRow | ScarceFigures) else ""
    cells = [write_cell(figures[name], find_column(name), is_best=name == best) for name in names]
    return Row(tuple(cells), _find_role(figures))


def _find_best(figures: Mapping[str, object]) -> str:
    """Return which of a row's figures, all of the same messages, is the lowest."""
    lower = [name for name in figures if find_column(name).better is Better.LOWER]
    bits = {name: value for name in lower if isinstance(value := figures[name], float)}
    return min(bits, key=bits.__getitem__)


def _find_role(figures: Mapping[str, object]) -> Role:
    if figures.get("kind") == REAL:
        return Role.BASELINE
    return Role.MEAN if figures.get("voice") == "mean" else Role.PLAIN
