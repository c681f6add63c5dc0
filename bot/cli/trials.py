"""What `mimic evaluate` trains afresh, to judge it by what it has not learned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.cli.findings import Finding
    from bot.session import Session
    from bot.targets import Reference
    from storage.records import VoiceRow
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


def try_out(session: "Session", plan: Plan) -> "Iterator[Finding]":
    """Try one thing after the other, showing progress; Ctrl-C ends it early."""
    from bot.cli.supervising import supervise

    voices = _find_voices(session, plan.references) if plan.test else []
    with supervise() as supervision:
        for work in _start_works(session, plan, voices, supervision):
            if supervision.stop.is_set():
                return
            yield from work


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
