"""What an evaluation finds, as JSON or as tables; each finding as soon as it is known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

from bot import console
from training.evaluation import EvaluationRow, average
from training.imitation import ImitationFigures, ImitationReport
from training.leaks import Leaks
from training.matrix import Matrix
from training.recognition import AttributionFigures
from training.replies import Replies
from training.scarcity import ScarceFigures
from training.testing import Finding as TestFinding
from training.testing import Learning

Finding = TestFinding | Leaks | ScarceFigures
Shown = Finding | ImitationFigures

_MEASURES: dict[type[Shown], str] = {
    EvaluationRow: "bits_per_byte",
    Learning: "learning",
    Matrix: "matrix",
    Replies: "replies",
    AttributionFigures: "attribution",
    ImitationFigures: "imitation",
    Leaks: "canaries",
    ScarceFigures: "little_consent",
}
_TITLES: dict[type[Shown], str] = {
    EvaluationRow: "Bits per byte of messages that no voice has learned",
    Matrix: "The same: authors down, voices across",
    Replies: "How often the true answer is ranked first",
    AttributionFigures: "How often who wrote a message is known, of one, ten and fifty at a time",
    ImitationFigures: "Whose generated messages are taken to be, beside the people's own",
    Leaks: "Planted secrets, and how many of them voices gave away",
    ScarceFigures: "Bits per byte while few have agreed",
}

_INTERVAL = {"value", "low", "high"}


def show_findings(findings: Iterable[Finding], *, as_json: bool) -> None:
    """Print findings; what voices wrote is left out, and `Learning` is for JSON alone."""
    shown = _unfold(findings)
    if as_json:
        for finding in shown:
            console.print_json({"measure": _MEASURES[type(finding)], **asdict(finding)})
        return
    for kind, alike in groupby((each for each in shown if not isinstance(each, Learning)), type):
        console.note(f"\n{_TITLES[kind]}:")
        _print_alike(list(alike))


def _unfold(findings: Iterable[Finding]) -> Iterator[Shown]:
    for finding in findings:
        if isinstance(finding, ImitationReport):
            yield from finding.rows
        else:
            yield finding


def _print_alike(findings: Sequence[Any]) -> None:
    """Print findings of one kind."""
    if isinstance(findings[0], Matrix):
        for matrix in findings:
            _print_matrix(matrix)
    elif isinstance(findings[0], EvaluationRow):
        _print([*findings, *_add_mean(findings)])
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


def _add_mean(rows: Sequence[EvaluationRow]) -> Iterator[EvaluationRow]:
    """Yield the mean of several voices, as one more row."""
    if len(rows) == 1 or any(row.base is None for row in rows):
        return
    size = sum(row.bytes for row in rows)
    means: dict[str, Any] = {
        **average(rows),
        "messages": sum(row.messages for row in rows),
        "bytes": size,
        "placeholder_share": sum(row.placeholder_share * row.bytes for row in rows) / size,
    }
    yield replace(rows[0], voice="mean", **means)


def _print(rows: Sequence[Any]) -> None:
    """Print frozen dataclasses of one kind as a table, without their lists."""
    table = [dict(_flatten(asdict(row))) for row in rows]
    console.print_table(list(table[0]), [list(row.values()) for row in table])


def _flatten(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the cells of a row; figures within figures have both names."""
    for name, value in facts.items():
        if not isinstance(value, Mapping):
            if not isinstance(value, list | tuple):
                yield f"{prefix}{name}", value
        elif set(value) == _INTERVAL:
            yield f"{prefix}{name}", "{value:.3f} ({low:.3f}-{high:.3f})".format(**value)
        else:
            yield from _flatten(value, f"{prefix}{name}_")
