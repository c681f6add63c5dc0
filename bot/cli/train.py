"""`mimic train`: the base and the voices learn."""

from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.options import Json, Minutes, Targets

if TYPE_CHECKING:
    from bot.session import Session
    from storage.records import VoiceRow
    from training.reports import TrainReport


def train(
    targets: Targets = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Everybody and every channel with enough messages.")
    ] = False,
    minutes: Minutes = None,
    as_json: Json = False,
) -> None:
    """Train the base if it is due, then each TARGET.

    Without TARGET and --all it trains nothing and says what --all would train. Ctrl-C keeps the
    best so far.

    Example: mimic train @ada channel:random --minutes 20
    """
    from bot.errors import Misused
    from bot.session import open_session
    from bot.targets import parse_reference

    started = monotonic()
    references = [parse_reference(target) for target in targets or ()]
    if references and everything:
        raise Misused("Name targets, or say --all, not both.")
    with open_session() as session:
        if not references and not everything:
            _show_plan(session, as_json=as_json)
            return
        from bot.roster import ensure_voice

        rows = [ensure_voice(session.store, reference) for reference in references]
        rows = rows or _find_ready(session)
        deadline = None if minutes is None else started + 60 * minutes
        for report in run_training(session, rows, deadline=deadline):
            _show(report, as_json=as_json)


def run_training(
    session: "Session", rows: "list[VoiceRow]", *, deadline: float | None
) -> "list[TrainReport]":
    """Train, showing progress, until a moment of the monotonic clock."""
    from bot.cli.supervising import supervise

    subjects = [row for row in rows if row.kind != "base"]  # the base is seen to in any case
    with supervise(gpu_price_per_hour=session.settings.gpu_price_per_hour) as supervision:
        from training.pipeline import train as train_voices

        minutes = None if deadline is None else max(deadline - monotonic(), 1.0) / 60
        return train_voices(session.registry, subjects, supervision, minutes=minutes)


def _find_ready(session: "Session") -> "list[VoiceRow]":
    from bot.errors import NoSuchVoice
    from bot.planning import find_prospects

    ready = [one for one in find_prospects(session.store) if not one.obstacle]
    if not ready:
        raise NoSuchVoice(
            "Nobody has enough messages yet: `mimic train` says how many are missing."
        )
    return [session.store.voices.ensure(one.kind, subject=one.subject) for one in ready]


def _show_plan(session: "Session", *, as_json: bool) -> None:
    from bot.planning import find_prospects

    prospects = find_prospects(session.store)
    ready = sum(not one.obstacle for one in prospects)
    if as_json:
        for one in prospects:
            facts = {"voice": one.label, "messages": one.messages}
            console.print_json({**facts, "ready": not one.obstacle, "reason": one.obstacle or ""})
    elif prospects:
        rows = [(one.label, f"{one.messages:,}", one.obstacle or "ready") for one in prospects]
        console.print_table(("voice", "messages", "state"), rows)
    console.note(
        f"Nothing was trained. `mimic train --all` would train the {ready} that are ready, and "
        "before them the base if it is due."
    )


def _show(report: "TrainReport", *, as_json: bool) -> None:
    if as_json:
        console.print_json(asdict(report))
        return
    if report.version is None:
        console.print_text(f"{report.voice}: not trained, {report.reason}")
        return
    bits = "" if report.bits_per_byte is None else f", {report.bits_per_byte:.3f} bits per byte"
    base = report.base_bits_per_byte
    beside = "" if base is None or report.voice == "base" else f" (the base: {base:.3f})"
    state = "" if report.promoted else " not promoted"
    console.print_text(
        f"{report.voice}: version {report.version}{state}, {report.reason}{bits}{beside}, "
        f"{report.tokens:,} tokens in {report.seconds:.0f} s"
    )
