"""What `mimic evaluate` judges: voices as they are, or trained afresh."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.measures import Finding
    from bot.session import Session
    from bot.targets import Reference
    from storage.records import VoiceRow
    from training.evaluation import EvaluationRow
    from training.supervision import Supervision


@dataclass(frozen=True)
class Plan:
    """What to try.

    Attributes:
        references: Whose voices to test; everybody's without any.
        minutes: For each training; None for as long as it helps.
        seed: Of what is drawn to judge by.
    """

    references: "Sequence[Reference]"
    test: bool
    canaries: bool
    little_consent: bool
    minutes: float | None
    seed: int

    @property
    def trains(self) -> bool:
        """Whether there is anything to train afresh."""
        return self.test or self.canaries or self.little_consent

    def describe(self) -> dict[str, str]:
        """Return what is tried and how, for people to read."""
        works = {
            "voices trained afresh, by what they have not learned": self.test,
            "planted secrets": self.canaries,
            "little consent": self.little_consent,
        }
        asked = ", ".join(name for name, is_asked in works.items() if is_asked)
        facts = {"What": asked or "voices as they are, by what training held out"}
        if self.test or not self.trains:
            named = f"{len(self.references)} that were named"
            facts["Whose"] = named if self.references else "everybody's"
        if self.trains:
            minutes = "as long as it helps" if self.minutes is None else f"{self.minutes:g}"
            facts |= {"Minutes for each training": minutes, "Seed": str(self.seed)}
        return facts


def find_all(
    session: "Session", plan: Plan, *, on_stop: Callable[[], None] = lambda: None
) -> "Iterator[Finding]":
    """Yield what there is to find.

    Args:
        on_stop: Called if Ctrl-C ends a trial early, so that not all was found.
    """
    if plan.trains:
        return _try_out(session, plan, on_stop)
    return _judge(session, plan.references)


def _judge(session: "Session", references: "Sequence[Reference]") -> "Iterator[EvaluationRow]":
    from bot.errors import NoSuchVoice
    from bot.roster import find_trained, find_voice
    from training.evaluation import evaluate

    voices = [find_voice(session.store, reference) for reference in references]
    voices = voices or find_trained(session.store)
    if not voices:
        raise NoSuchVoice(
            "There are no voices of members or channels yet: `mimic train` makes them."
        )
    return evaluate(session.registry, voices)


def _try_out(session: "Session", plan: Plan, on_stop: Callable[[], None]) -> "Iterator[Finding]":
    """Try one thing after the other, showing progress."""
    from bot.cli.supervising import supervise

    voices = _find_voices(session, plan.references) if plan.test else []
    with supervise() as supervision:
        for work in _start_works(session, plan, voices, supervision):
            yield from work
            if supervision.stop.is_set():
                on_stop()
                return


def _start_works(
    session: "Session", plan: Plan, voices: "list[VoiceRow]", supervision: "Supervision"
) -> "Iterator[Iterator[Finding]]":
    from training.leaks import measure_leaks
    from training.scarcity import measure_scarcity
    from training.testing import run_test
    from training.trial import Trial

    trial = Trial(session.registry, supervision)
    if plan.test:
        yield run_test(trial, voices, minutes=plan.minutes, seed=plan.seed)
    if plan.canaries:
        yield measure_leaks(trial, minutes=plan.minutes, seed=plan.seed)
    if plan.little_consent:
        yield measure_scarcity(trial, minutes=plan.minutes)


def _find_voices(session: "Session", references: "Sequence[Reference]") -> "list[VoiceRow]":
    """Return those named, else those trained before, else all that could be trained."""
    from bot.roster import find_trained, propose_voice

    named = [propose_voice(session.store, reference) for reference in references]
    return named or find_trained(session.store) or _find_ready(session)


def _find_ready(session: "Session") -> "list[VoiceRow]":
    from bot.errors import NoSuchVoice
    from bot.planning import find_prospects
    from storage.records import VoiceRow

    ready = [one for one in find_prospects(session.store) if not one.obstacle]
    if not ready:
        raise NoSuchVoice(
            "Nobody has enough messages yet: `mimic train` says how many are missing."
        )
    return [VoiceRow(0, one.kind, one.subject, None) for one in ready]
