"""`mimic doctor`: is everything in order?"""

from dataclasses import asdict
from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json


def doctor(
    *,
    train: Annotated[
        bool, typer.Option("--train", help="Also load TensorFlow and compute with it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that everything is in order, and say what to do.

    Example: mimic doctor --train
    """
    from bot.diagnosis import diagnose
    from bot.session import read_settings

    problems = 0
    for finding in diagnose(read_settings(), is_training=train):
        problems += not finding.is_ok
        if as_json:
            console.print_json(asdict(finding))
        else:
            state = "ok     " if finding.is_ok else "problem"
            console.print_text(f"{state}  {finding.subject}: {finding.detail}")
    if problems:
        console.fail(f"{problems} of these checks found a problem.")
        raise typer.Exit(1)
