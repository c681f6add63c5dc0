"""Does a voice expect what its person answered? The true next message, among nine others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corpus import NO_CONTEXT, Corpus, Part
from training.ensemble import Ensemble, Steps
from training.errors import TrainingError
from training.examinees import Examinee
from training.form import Form
from training.lockstep import run_together
from training.registration import pick_evenly
from training.scoring import score_bits, score_messages

Bits = NDArray[np.float64]

CHOICES = 10
MOST_CASES = 400
TOGETHER = 25  # cases


@dataclass(frozen=True)
class Replies:
    """How often a voice ranks what its person answered first.

    Attributes:
        cases: Messages that answer somebody else's; the voice reads that one first.
        choices: The true answer, and others drawn from all messages that nobody has learned.
        first: Share of the cases in which log p(answer | context) is the highest.
        first_by_gain: Likewise for log p(answer | context) - log p(answer): what the context adds.
            Short and common answers, which are likely after anything, gain nothing by that.
    """

    cases: int
    choices: int
    first: float
    first_by_gain: float


@dataclass(frozen=True)
class _Case:
    voice: int  # its place among the examinees
    context: str
    answers: tuple[str, ...]  # the true one first


def measure_replies(
    examinees: Sequence[Examinee], *, seed: int, on_progress: Callable[[float], None]
) -> Replies | None:
    """Let voices rank what was answered; None where nobody answered anybody.

    Args:
        examinees: People's, of one corpus; at least one.
        on_progress: Called with the share that is done.
    """
    cases = _find_cases(examinees, np.random.default_rng(seed))
    if not cases:
        return None
    known, alone = [], _score_alone(examinees, cases)
    for first in range(0, len(cases), TOGETHER):
        on_progress(first / len(cases))
        batch = cases[first : first + TOGETHER]
        for outcome in run_together([_answer(examinees[case.voice], case) for case in batch]):
            if isinstance(outcome, TrainingError):
                raise outcome
            known.append(outcome)
    on_progress(1.0)
    bits = np.stack(known)
    return Replies(
        cases=len(cases),
        choices=CHOICES,
        first=float(np.mean(bits.argmin(axis=1) == 0)),
        first_by_gain=float(np.mean((bits - alone).argmin(axis=1) == 0)),
    )


def _find_cases(examinees: Sequence[Examinee], rng: np.random.Generator) -> list[_Case]:
    places = [(voice, each) for voice in range(len(examinees)) for each in _find(examinees[voice])]
    cases = []
    for voice, index in pick_evenly(places, MOST_CASES):
        corpus = examinees[voice].corpus
        answers = _draw_answers(corpus, index, rng)
        if len(answers) == CHOICES:
            cases.append(_Case(voice, corpus.texts[corpus.contexts[index]], answers))
    return cases


def _find(examinee: Examinee) -> Iterator[int]:
    """Yield the places of messages that answer somebody else's."""
    corpus = examinee.corpus
    for index in examinee.subject.select(corpus, Part.TEST).tolist():
        context = corpus.contexts[index]
        if context != NO_CONTEXT and corpus.authors[context] != corpus.authors[index]:
            yield index


def _draw_answers(corpus: Corpus, index: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Return a message and others, all different; fewer where there are few."""
    others = rng.choice(corpus.select(Part.TEST), 5 * CHOICES).tolist()
    return tuple(dict.fromkeys(corpus.texts_of([index, *others])))[:CHOICES]


def _answer(examinee: Examinee, case: _Case) -> Steps[Bits]:
    """Return the bits of each answer after the context, which is somebody else's."""
    ensemble = Ensemble([(examinee.voice, 1.0)], with_bases=True)
    form = Form(ensemble.tokenizer, examinee.voice.stop)
    before, message = form.frame(case.context)
    with ensemble.listening():
        for token in [*before, *message]:
            yield ensemble, np.array([token], np.int64)
    for token in before:
        yield ensemble, np.array([token], np.int64)
    answers = [form.frame(answer)[1] for answer in case.answers]
    return (yield from score_messages(ensemble.without_bases(), answers))


def _score_alone(examinees: Sequence[Examinee], cases: Sequence[_Case]) -> Bits:
    """Return the bits of each answer after nothing, shape `(cases, choices)`."""
    bits = np.zeros((len(cases), CHOICES))
    for voice, examinee in enumerate(examinees):
        own = [place for place, case in enumerate(cases) if case.voice == voice]
        answers = [answer for place in own for answer in cases[place].answers]
        bits[own] = score_bits([(examinee.voice, 1.0)], answers).reshape(-1, CHOICES)
    return bits
