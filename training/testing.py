"""All that a test finds: voices learned afresh, judged by each author's newest tenth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import VoiceRow
from training.corpus import TESTING, build_corpus
from training.evaluation import EvaluationRow, Yardstick
from training.examinees import Examinee, History
from training.imitation import ImitationReport, measure_generated
from training.matrix import Matrix, measure_matrix
from training.recognition import AttributionFigures, compare_attributors, find_people
from training.replies import Replies, measure_replies
from training.supervision import announce

if TYPE_CHECKING:
    from training.trial import Trial


@dataclass(frozen=True)
class Learning:
    """How a voice, or the base, got better while it learned; by its held-out messages."""

    voice: str
    history: History


Finding = EvaluationRow | Learning | Matrix | Replies | AttributionFigures | ImitationReport


def run_test(
    trial: "Trial", voices: Sequence[VoiceRow], *, minutes: float | None, seed: int
) -> Iterator[Finding]:
    """Train on each author's oldest 80%, stop by the next 10%, judge the newest 10%.

    Each voice's figures come as soon as it has learned, then those of all together. The n-grams
    beside it are trained on all but the newest 10%.

    Args:
        minutes: For the training; None for as long as it helps.
        seed: Of all that is drawn to judge by.

    Raises:
        TrainingFailed: The loss ran away, or the run was stopped before it had any figures.
        TooLittleText: Too few messages of people who agreed stand in public channels, or of a
            voice's own.
        UnwritableFolder: The disk is full, or the voices' folder may not be written to.
    """
    corpus = build_corpus(trial.registry.store.messages.read(), TESTING)
    pupils = trial.enroll(corpus, voices)
    yardstick = Yardstick(corpus)
    judged: list[Examinee] = []
    with trial.teach(corpus, pupils, minutes=minutes) as examinees:
        for examinee in examinees:
            if not judged:
                yield Learning("base", examinee.base_history)
            yield Learning(examinee.label, examinee.history)
            yield yardstick.measure(examinee)
            judged.append(examinee)
        for finding in _compare(trial, judged, seed):
            yield finding
            if trial.supervision.stop.is_set():
                return


def _compare(trial: "Trial", judged: Sequence[Examinee], seed: int) -> Iterator[Finding]:
    """Judge all people's voices beside each other; some of it takes two."""
    people = [examinee for examinee in judged if examinee.subject.author is not None]
    if not people or trial.supervision.stop.is_set():
        return

    def tell(work: str) -> Callable[[float], None]:
        return announce(trial.supervision, work)

    yield measure_matrix(people, seed=seed, on_progress=tell("matrix"))
    replies = measure_replies(people, seed=seed, on_progress=tell("replies"))
    if replies is not None:
        yield replies
    if len(find_people(people)) > 1:
        yield from compare_attributors(people, seed=seed, on_progress=tell("attributors"))
        yield measure_generated(people, seed=seed, on_progress=tell("imitation"))
