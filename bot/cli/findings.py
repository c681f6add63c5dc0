"""What an evaluation finds, as JSON or as tables; each finding as soon as it is known."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from bot import console
from bot.measures import MEASURES, Finding, find_mean, list_figures, unfold
from training.bundles import Estimate
from training.evaluation import EvaluationRow
from training.matrix import Matrix
from training.testing import Learning


def show_findings(findings: Iterable[Finding], *, as_json: bool) -> None:
    """Print findings; what voices wrote is left out, and `Learning` is for JSON and the page."""
    shown = unfold(findings)
    if as_json:
        for finding in shown:
            console.print_json({"measure": MEASURES[type(finding)].name, **asdict(finding)})
        return
    for kind, alike in groupby((each for each in shown if not isinstance(each, Learning)), type):
        console.note(f"\n{MEASURES[kind].title}:")
        _print_alike(list(alike))


def _print_alike(findings: Sequence[Any]) -> None:
    """Print findings of one kind."""
    if isinstance(findings[0], Matrix):
        for matrix in findings:
            _print_matrix(matrix)
    elif isinstance(findings[0], EvaluationRow):
        mean = find_mean(findings)
        _print([*findings, mean] if mean else findings)
    else:
        _print(findings)


def _print_matrix(matrix: Matrix) -> None:
    facts = zip(matrix.voices, matrix.messages, matrix.bits_per_byte, strict=True)
    console.print_table(
        ("author", "messages", *matrix.voices),
        [(author, messages, *bits) for author, messages, bits in facts],
    )
    console.note("\nHow often the author's own voice is the best of all, so many at a time:")
    _print(matrix.recognition)


def _print(rows: Sequence[Any]) -> None:
    """Print frozen dataclasses of one kind as a table, without their lists."""
    table = [dict(list_figures(row)) for row in rows]
    console.print_table(
        list(table[0]), [[_format(value) for value in row.values()] for row in table]
    )


def _format(value: object) -> object:
    if isinstance(value, Estimate):
        return f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"
    return value
