"""What a page says of findings: a section for each kind, with its pictures, maps and tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from bot.measures import MEASURES, Finding, unfold
from bot.page.columns import Column
from bot.page.curves import Chart, draw_curves
from bot.page.heat import HeatMap, draw_confusion, draw_matrix
from bot.page.tables import Table, tabulate, tabulate_voices
from bot.realization import Surroundings, realize
from training.evaluation import EvaluationRow
from training.imitation import ImitationFigures, ImitationReport
from training.leaks import Leaks
from training.matrix import Matrix
from training.recognition import AttributionFigures
from training.replies import Replies
from training.scarcity import ScarceFigures
from training.testing import Learning


@dataclass(frozen=True)
class Quotes:
    """What a voice wrote."""

    label: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One measure.

    Attributes:
        anchor: Where links within the page lead.
        meaning: What it is, for who has never heard of it.
    """

    anchor: str
    title: str
    meaning: str
    charts: tuple[Chart, ...] = ()
    maps: tuple[HeatMap, ...] = ()
    tables: tuple[Table, ...] = ()
    quotes: tuple[Quotes, ...] = ()

    @property
    def columns(self) -> list[Column]:
        """Those of its tables that need a word, each once."""
        columns = [column for table in self.tables for column in table.columns]
        return list(dict.fromkeys(column for column in columns if column.meaning))


def build_sections(findings: Sequence[Finding]) -> Iterator[Section]:
    """Yield a section for each kind of finding that there is, without what voices wrote."""
    shown = list(unfold(findings))
    for kind, measure in MEASURES.items():
        alike = [finding for finding in shown if type(finding) is kind]
        if alike:
            yield Section(measure.name, measure.title, measure.meaning, **_BUILDERS[kind](alike))


def quote(findings: Sequence[Finding]) -> Iterator[Section]:
    """Yield what voices wrote, if they did; to be shown only where it was asked for."""
    rng = np.random.default_rng(0)  # which placeholder becomes what matters to nobody
    reports = [finding for finding in findings if isinstance(finding, ImitationReport)]
    quotes = tuple(
        Quotes(label, tuple(realize(text, Surroundings(), rng) for text in messages))
        for report in reports
        for label, messages in report.messages.items()
    )
    if quotes:
        yield Section("messages", "Messages that the voices wrote", _OF_QUOTES, quotes=quotes)


def _show_learning(findings: Sequence[Learning]) -> dict[str, Any]:
    charts = [draw_curves(each) for each in findings]
    return {"charts": tuple(chart for chart in charts if chart)}


def _show_matrix(findings: Sequence[Matrix]) -> dict[str, Any]:
    return {
        "maps": tuple(map(draw_matrix, findings)),
        "tables": tuple(tabulate(matrix.recognition, _RECOGNITION) for matrix in findings),
    }


def _show_attribution(findings: Sequence[AttributionFigures]) -> dict[str, Any]:
    return {"tables": (tabulate(findings),), "maps": tuple(map(draw_confusion, findings))}


def _show_table(findings: Sequence[object]) -> dict[str, Any]:
    return {"tables": (tabulate(findings),)}


_RECOGNITION = "How often the author's own voice is the best of all, so many messages at a time"
_OF_QUOTES = (
    "Each voice was asked for new messages; of several drawn, the one that sounds most like its "
    "person is kept. Nobody wrote them."
)
_BUILDERS: Mapping[type, Callable[[Sequence[Any]], dict[str, Any]]] = MappingProxyType(
    {
        EvaluationRow: lambda rows: {"tables": (tabulate_voices(rows),)},
        Learning: _show_learning,
        Matrix: _show_matrix,
        Replies: _show_table,
        AttributionFigures: _show_attribution,
        ImitationFigures: _show_table,
        Leaks: _show_table,
        ScarceFigures: _show_table,
    }
)
