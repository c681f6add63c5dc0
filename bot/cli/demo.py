"""`mimic demo`: see it work before anything is set up."""

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.failures import describe

if TYPE_CHECKING:
    from bot.session import Session
    from storage.records import VoiceRow


def demo(
    *,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where it keeps its files; by default, demo under MIMIC_HOME."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many messages of each teammate.")] = 4,
    minutes: Annotated[float, typer.Option(min=0.05, help="How long the training may take.")] = 4.4,
    seed: Annotated[int, typer.Option(min=0, help="Another number says other things.")] = 1,
) -> None:
    """See it all work on an invented workspace, in five minutes.

    The workspace is imported, its voices are trained and speak. All of it has a folder, a
    database and a key of its own; another time the demo reuses them. On a terminal it then takes
    /mimic @name … typed by hand.

    Example: mimic demo
    """
    from bot.demo import bring_up_to_date
    from bot.session import open_session, read_settings
    from bot.settings import Settings

    folder = folder or read_settings().mimic_home / "demo"
    settings = Settings.alone(folder)
    bring_up_to_date(settings)
    with open_session(settings) as session:
        rows = _prepare(session, folder, minutes)
        _say_some(session, rows, count=count, seed=seed)
        if console.is_conversation():
            _converse(session, seed)


def _prepare(session: "Session", folder: Path, minutes: float) -> "list[VoiceRow]":
    from bot import demo as steps
    from bot.cli.train import run_training

    summary = steps.import_sample(session, folder, on_problem=console.note)
    if summary.report.messages_stored:
        console.note(
            f"Imported {summary.report.messages_stored:,} messages of an invented workspace, "
            f"anonymized, in {summary.seconds:.1f} s."
        )
    rows = steps.find_teammates(session)
    if untrained := steps.find_untrained(session, rows):
        console.note(f"Training {len(untrained)} voices, for {minutes:g} minutes at most …")
        run_training(session, untrained, deadline=monotonic() + 60 * minutes)
    return rows


def _say_some(session: "Session", rows: "list[VoiceRow]", *, count: int, seed: int) -> None:
    from bot import demo as steps

    console.note("New messages, written by none of them:\n")
    for row in rows:
        for said in steps.say_some(session, row, count=count, seed=seed):
            console.print_text(f"{said.voice}: {said.text}")
        console.print_text("")


def _converse(session: "Session", seed: int) -> None:
    import numpy as np

    from bot import demo as steps
    from bot.manifest import COMMAND

    rng = np.random.default_rng(seed)
    console.note(f"Try `{COMMAND} @name how it begins`; an empty line ends it.")
    while (line := _ask()) not in ("", "exit"):
        try:
            said = steps.answer(session, line, rng)
        except Exception as error:  # noqa: BLE001 - whatever was typed, the conversation goes on
            console.fail(describe(error))
        else:
            console.print_text(f"{said.voice}: {said.text}")


def _ask() -> str:
    """Return the line that was typed; Ctrl-D and Ctrl-C are as good as an empty one."""
    try:
        typed: str = typer.prompt("", default="", show_default=False, prompt_suffix="> ")
    except typer.Abort:
        return ""
    return typed.strip()
