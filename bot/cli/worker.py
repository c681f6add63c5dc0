"""`mimic worker`: a trainer by itself."""

import os
import re
from functools import partial
from typing import Annotated

import typer

from bot import console
from bot.errors import Misused

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")


def worker(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Work on one run, if one waits, and end.")
    ] = False,
    until_idle: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="End when nothing has waited for so long: 30s, 5m, 1h, or 0 for at once.",
            show_default=False,
        ),
    ] = None,
    nice: Annotated[
        int, typer.Option(min=0, max=19, help="How far to stand back behind other programs.")
    ] = 10,
) -> None:
    """Train what waits in the queue, one run at a time, until Ctrl-C or SIGTERM.

    `mimic serve` does so too; this is for a second machine, or one with a GPU. A signal sets the
    run aside that is under way: whoever trains next goes on where it stood.

    Example: mimic worker --until-idle 5m
    """
    from bot.logs import note_crashed_threads
    from bot.session import open_session
    from bot.working import Worker, require_training, work_until_signal

    if once and until_idle is not None:
        raise Misused("Say --once or --until-idle, not both.")
    idle_seconds = None if until_idle is None else _parse_duration(until_idle)
    require_training()
    os.nice(nice)
    with open_session() as session:
        note_crashed_threads()
        trainer = Worker(session)
        work = trainer.take_turn if once else partial(trainer.work, idle_seconds=idle_seconds)
        turn = work_until_signal(trainer, work)
    if turn == "busy":
        console.note("Another trainer is at work on this database.")
    elif once and turn == "idle":
        console.note("No run waits.")


def _parse_duration(text: str) -> float:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise Misused(f"--until-idle must be a time such as 30s, 5m or 1h. Received: {text}")
    return float(match[1]) * _UNITS[match[2]]
