"""What can be found out about voices: how each measure is called, and what a finding's figures are.

One table of names for the terminal, for JSON and for the page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any

from training.bundles import Estimate
from training.evaluation import EvaluationRow
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


@dataclass(frozen=True)
class Measure:
    """How a kind of finding is called.

    Attributes:
        name: In JSON.
        title: Over its table.
        meaning: For who has never heard of it; the page has room for that.
    """

    name: str
    title: str
    meaning: str


MEASURES: Mapping[type[Shown], Measure] = MappingProxyType(
    {
        EvaluationRow: Measure(
            "bits_per_byte",
            "Bits per byte of messages that no voice has learned",
            "How well a voice foresees what its person wrote next, though it never saw that: the "
            "fewer bits it needs for a byte of text, the better it knows the style. Plain text "
            "takes 8. The best figure of a row is bold.",
        ),
        Learning: Measure(
            "learning",
            "How the base and the voices learned",
            "The base learns from everybody first, and each voice goes on from there. Both lines "
            "should fall: where held-out messages rise again, the rest is only being learned by "
            "heart. The lowest point, which is ringed, is kept. Each picture has its own scale.",
        ),
        Matrix: Measure(
            "matrix",
            "Bits per byte, authors down and voices across",
            "Every voice reads everybody's messages. The own voice, in a frame, should have the "
            "strongest shade of its row: nobody else's foresees these messages as well. Lower is "
            "better.",
        ),
        Replies: Measure(
            "replies",
            "How often the true answer is ranked first",
            "A voice reads a message and ranks several answers to it, one of which its person "
            "really gave.",
        ),
        AttributionFigures: Measure(
            "attribution",
            "How often who wrote a message is known, of one, ten and fifty at a time",
            "A judge has read messages of each person and says who wrote new ones. All of it is "
            "real text: this is how far a style can be recognized at all. Below each share stands "
            "between what it would lie 95 times of 100, had other messages been at hand.",
        ),
        ImitationFigures: Measure(
            "imitation",
            "Whose generated messages are taken to be, beside the people's own",
            "A judge who knows people by their real messages says whose the voices' are. The row "
            "“real” is what to reach. Repeating real messages would be cheating, so it is counted.",
        ),
        Leaks: Measure(
            "canaries",
            "Planted secrets, and how many of them voices gave away",
            "Secrets are made up and hidden among what voices learn; then each voice is led to "
            "them, again and again. These voices are thrown away afterwards.",
        ),
        ScarceFigures: Measure(
            "little_consent",
            "Bits per byte while few have agreed",
            "As if fewer people had agreed, or had written less. The best figure of a row is bold.",
        ),
    }
)


def unfold(findings: Iterable[Finding]) -> Iterator[Shown]:
    """Yield findings; of a report on imitation its figures alone, not what voices wrote."""
    for finding in findings:
        if isinstance(finding, ImitationReport):
            yield from finding.rows
        else:
            yield finding


def find_mean(rows: Sequence[EvaluationRow]) -> EvaluationRow | None:
    """Return the mean of several voices as one more row; None of one voice alone."""
    if len(rows) == 1:
        return None
    size = sum(row.bytes for row in rows)
    means: dict[str, Any] = {
        "voice": "mean",
        "placeholder_share": sum(row.placeholder_share * row.bytes for row in rows) / size,
    }
    for field in fields(rows[0]):
        values = [getattr(row, field.name) for row in rows]
        if field.name not in means and not isinstance(values[0], str):
            means[field.name] = None if None in values else _average(values)
    return replace(rows[0], **means)


def _average(values: Sequence[int] | Sequence[float]) -> float:
    """Return the mean of measured values, and of counts the sum."""
    total = sum(values)
    return total if isinstance(values[0], int) else total / len(values)


def list_figures(finding: Any, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield names and values of a finding without its lists; figures within it have both names."""
    for field in fields(finding):
        name, value = f"{prefix}{field.name}", getattr(finding, field.name)
        if is_dataclass(value) and not isinstance(value, Estimate):
            yield from list_figures(value, f"{name}_")
        elif not isinstance(value, list | tuple | Mapping):
            yield name, value
