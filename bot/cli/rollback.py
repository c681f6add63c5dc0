"""`mimic rollback`: an earlier version of a voice serves again."""

from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json, Voice


def rollback(
    target: Voice,
    version: Annotated[
        int | None,
        typer.Argument(min=1, help="Which; without it, the one before.", show_default=False),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Let an earlier version of a voice serve again.

    Example: mimic rollback @ada 3
    """
    from bot.roster import find_voice
    from bot.session import open_session
    from bot.targets import parse_reference

    reference = parse_reference(target)
    with open_session() as session:
        voice = find_voice(session.store, reference)
        row, label = session.registry.rollback(voice, version), session.registry.label(voice)
    if as_json:
        console.print_json({"voice": label, "version": row.number, "promoted": True})
    else:
        console.print_text(f"{label} speaks with version {row.number} again.")
