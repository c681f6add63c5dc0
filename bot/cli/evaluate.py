"""`mimic evaluate`: held-out figures of voices beside their baselines, and of anonymization."""

from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.options import Json, Targets

if TYPE_CHECKING:
    from bot.session import Session
    from storage.records import VoiceRow
    from training.evaluation import EvaluationRow


class Half(StrEnum):
    """The halves of the labeled messages."""

    LOCKED = "locked"
    TUNING = "tuning"


def evaluate(
    targets: Targets = None,
    *,
    test: Annotated[
        bool,
        typer.Option("--test", help="Train afresh without the newest tenth, and judge by that."),
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0.05, help="With --test: time for the training.")
    ] = None,
    privacy: Annotated[
        bool,
        typer.Option("--privacy", help="Measure what is hidden of labeled messages instead."),
    ] = False,
    half: Annotated[
        Half | None,
        typer.Option(help="With --privacy: which half of them; rules are tuned on the other one."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure voices on text they have not learned.

    Beside each stand the base and character 6-grams, on the same text, in bits per byte. Without
    TARGET, every trained voice of a member or channel is measured.

    With --privacy: of each kind of personal thing, how much is wholly hidden (recall), and how
    many of its placeholders hide such a thing (precision), on messages that come with Mimic.

    Example: mimic evaluate @ada
    """
    from bot.errors import Misused
    from bot.roster import find_voice
    from bot.session import open_session
    from bot.targets import parse_reference

    if minutes is not None and not test:
        raise Misused("--minutes is for --test: without it nothing is trained.")
    if privacy and (targets or test):
        raise Misused("--privacy measures no voice: give it no TARGET and no --test.")
    if half and not privacy:
        raise Misused("--half is for --privacy.")
    if privacy:
        from bot.cli.privacy_figures import show_privacy

        show_privacy(half or Half.LOCKED, as_json=as_json)
        return
    references = [parse_reference(target) for target in targets or ()]
    with open_session() as session:
        rows = [find_voice(session.store, reference) for reference in references]
        rows = rows or _find_trained(session)
        found = _try_out(session, rows, minutes) if test else _judge(session, rows)
        _show([asdict(row) for row in found], as_json=as_json)


def _judge(session: "Session", rows: "list[VoiceRow]") -> "Iterator[EvaluationRow]":
    from training.evaluation import evaluate as evaluate_voices

    return evaluate_voices(session.registry, rows)


def _try_out(
    session: "Session", rows: "list[VoiceRow]", minutes: float | None
) -> "Iterator[EvaluationRow]":
    from bot.cli.supervising import supervise

    with supervise() as supervision:
        from training.trial import run_trial

        yield from run_trial(session.registry, rows, supervision, minutes=minutes)


def _show(table: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        for row in table:
            console.print_json(row)
        return
    console.print_table(list(table[0]), [list(row.values()) for row in table])


def _find_trained(session: "Session") -> "list[VoiceRow]":
    from bot.errors import NoSuchVoice

    voices = session.store.voices
    rows = [
        row
        for row in voices.list()
        if row.kind in ("person", "channel") and voices.promoted(row.id) is not None
    ]
    if not rows:
        raise NoSuchVoice(
            "There are no voices of members or channels yet: `mimic train` makes them."
        )
    return rows
