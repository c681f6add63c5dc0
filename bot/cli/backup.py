"""`mimic backup`: everything but the key, in one file."""

from bot import console
from bot.cli.options import Json, OutFile


def backup(file: OutFile, *, as_json: Json = False) -> None:
    """Write a copy of database and voices to one file; all else may go on meanwhile.

    The key is not in it, and it is nothing without the key: keep both, apart.

    Example: mimic backup mimic-2026-11-22.zip
    """
    from bot.session import open_session

    with open_session() as session:
        from bot.backup import make_backup

        report = make_backup(session, file)
    if as_json:
        console.print_json(report.to_json())
        return
    console.print_text(
        f"{report.file}: {report.messages:,} messages, {report.voices} voices, "
        f"{report.bytes / 1e6:.1f} MB."
    )
    console.note("The key is not in it: keep a copy of that elsewhere.")
    if report.damaged:
        console.note(f"{report.damaged} versions are left out, because their folders are damaged.")
