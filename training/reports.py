"""What a training did for each voice, and for the run as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

NOTHING_DUE = "nothing was due"


@dataclass(frozen=True)
class TrainReport:
    """What training did for one voice; `version` is None where nothing was trained."""

    voice: str
    version: int | None
    promoted: bool
    reason: str
    bits_per_byte: float | None = None
    base_bits_per_byte: float | None = None
    tokens: int = 0
    seconds: float = 0.0

    @property
    def is_new(self) -> bool:
        """Whether a version came of it."""
        return self.tokens > 0


def summarize(reports: Sequence[TrainReport]) -> tuple[str, bool]:
    """Return how a run ended, in words that name nobody, and whether it came to nothing."""
    new = [report for report in reports if report.is_new]
    promoted = sum(report.promoted for report in new)
    untrained = [report for report in reports if report.version is None]
    if not new and untrained:
        return f"Nothing was trained: {untrained[0].reason}.", True
    if not new:
        return NOTHING_DUE, False
    words = f"{len(new)} trained, {promoted} of them promoted"
    if untrained:
        words += f"; {len(untrained)} not trained: {untrained[0].reason}"
    return words, False
