"""A page in a few figures: the first that anybody looks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.measures import find_mean
from bot.page.columns import write_share
from training.evaluation import EvaluationRow
from training.imitation import RANKED, REAL, ImitationFigures
from training.leaks import Leaks
from training.matrix import Matrix


@dataclass(frozen=True)
class Headline:
    """A figure, what it says, and what to compare it with."""

    figure: str
    words: str
    beside: str


def find_headlines(findings: Sequence[object]) -> Iterator[Headline]:
    """Yield one for each kind of finding that has one."""
    for kind, build in _BUILDERS.items():
        alike = [finding for finding in findings if type(finding) is kind]
        if alike:
            yield from build(alike)


def _tell_bits(rows: Sequence[EvaluationRow]) -> Iterator[Headline]:
    mean = find_mean(rows) or rows[0]
    base = "" if mean.base is None else f"base {mean.base:.3f}, "
    yield Headline(
        f"{mean.voice_bits:.3f}",
        "bits per byte, mean of the voices" if len(rows) > 1 else "bits per byte",
        f"{base}workspace 6-gram {mean.workspace_6gram:.3f}; lower is better",
    )


def _tell_recognition(matrices: Sequence[Matrix]) -> Iterator[Headline]:
    several = [each for each in matrices[0].recognition if each.messages > 1]
    if len(matrices[0].voices) > 1 and several:
        yield Headline(
            write_share(several[0].share),
            f"own voice fits best, {several[0].messages} messages at a time",
            f"guessing {write_share(several[0].chance)}; higher is better",
        )


def _tell_imitation(figures: Sequence[ImitationFigures]) -> Iterator[Headline]:
    kinds = {each.kind: each for each in figures}
    if RANKED in kinds and REAL in kinds:
        yield Headline(
            write_share(kinds[RANKED].tens.value),
            "written messages taken for the right person's, ten at a time",
            f"people's own {write_share(kinds[REAL].tens.value)}; higher is better",
        )


def _tell_leaks(leaks: Sequence[Leaks]) -> Iterator[Headline]:
    yield Headline(
        f"{leaks[0].found_guarded} of {leaks[0].planted}",
        "planted secrets given away",
        f"without the guard {leaks[0].found}; lower is better",
    )


_BUILDERS: Mapping[type, Callable[[Sequence[Any]], Iterator[Headline]]] = MappingProxyType(
    {
        EvaluationRow: _tell_bits,
        Matrix: _tell_recognition,
        ImitationFigures: _tell_imitation,
        Leaks: _tell_leaks,
    }
)
