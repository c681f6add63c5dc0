"""How voices fare while few people have agreed, or have written little."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.corpus import TESTING, Corpus, build_corpus
from training.evaluation import EvaluationRow, Yardstick, average
from training.examinees import Pupil
from training.subject import Subject
from training.subsets import count_learned, narrow, rank_authors
from training.supervision import announce

if TYPE_CHECKING:
    from training.trial import Trial

PEOPLE = (1, 3, 8, None)  # None is everybody
MESSAGES = (100, 300, 1_000, 3_000)  # of each of them, at most
JUDGED = 8  # people, those who wrote most


@dataclass(frozen=True)
class ScarceFigures:
    """Means over the voices that were judged, in bits per byte; see `EvaluationRow`.

    Attributes:
        people: Who have agreed, with `messages` each.
        voices: Of those who wrote most among them; judged by the same messages in every case.
    """

    people: int
    messages: int
    voices: int
    own_6gram: float
    workspace_6gram: float
    mixed_ngrams: float
    base: float
    network: float
    voice_bits: float


def measure_scarcity(trial: "Trial", *, minutes: float | None) -> Iterator[ScarceFigures]:
    """Learn the workspace anew for each number of people and of messages.

    Cases that there are not enough people or messages for are left out, and those whose turn has
    not come when the run is stopped.

    Args:
        minutes: For each case; None for as long as it helps.

    Raises:
        TrainingFailed: The loss ran away, or the run was stopped before it had any figures.
    """
    corpus = build_corpus(trial.registry.store.messages.read(), TESTING)
    ranked = rank_authors(corpus)
    cases = list(_find_cases(corpus, ranked))
    tell = announce(trial.supervision, "little consent")
    for done, (people, messages) in enumerate(cases):
        tell(done / len(cases))
        if trial.supervision.stop.is_set():
            return
        judged = ranked[: min(people, JUDGED)]
        few = narrow(corpus, ranked[:people], messages=messages, judged=judged)
        rows = _judge(trial, few, judged, minutes)
        yield ScarceFigures(people, messages, len(rows), **average(rows))


def _find_cases(corpus: Corpus, ranked: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield numbers of people and of messages that whoever is judged has written."""
    counts = {people or len(ranked) for people in PEOPLE}
    for people in sorted(counts & {*range(1, len(ranked) + 1)}):
        last = ranked[min(people, JUDGED) - 1]
        for messages in MESSAGES:
            if messages <= count_learned(corpus, last):
                yield people, messages


def _judge(
    trial: "Trial", corpus: Corpus, judged: Sequence[int], minutes: float | None
) -> list[EvaluationRow]:
    yardstick = Yardstick(corpus)
    pupils = [
        Pupil(f"voice {number}", "person", Subject(author=author), corpus)
        for number, author in enumerate(judged, start=1)
    ]
    with trial.teach(corpus, pupils, minutes=minutes) as examinees:
        return [yardstick.measure(examinee) for examinee in examinees]
