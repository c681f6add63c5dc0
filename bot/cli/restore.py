"""`mimic restore`: a backup comes back."""

from typing import Annotated

import typer

from bot import console
from bot.cli.options import InFile, Json


def restore(
    file: InFile,
    *,
    without_ledger: Annotated[
        bool,
        typer.Option(
            "--without-ledger",
            help="Restore although what is here cannot say who has left since.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a backup take the place of what is here; that is put aside, not deleted.

    Whoever has left, said no or paused since the backup stays so. Nothing else may be at work.

    Example: mimic restore mimic-2026-11-22.zip
    """
    from bot.restore import restore as restore_backup
    from bot.session import read_settings

    report = restore_backup(read_settings(), file, needs_ledger=not without_ledger)
    if as_json:
        console.print_json(report.to_json())
        return
    for line in report.lines:
        console.print_text(line)
