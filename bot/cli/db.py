"""`mimic db`: the database's tables."""

import typer

from bot import console

app = typer.Typer()


@app.callback()
def _db() -> None:
    """Look after the database's tables.

    Example: mimic db upgrade
    """


@app.command()
def upgrade() -> None:
    """Bring the tables of an older version up to this one.

    Make a copy of the database before.

    Example: mimic db upgrade
    """
    from bot.session import read_settings
    from storage.store import upgrade as upgrade_tables

    settings = read_settings()
    settings.make_home()
    console.print_text(f"The tables are at {upgrade_tables(settings.database)}.")
