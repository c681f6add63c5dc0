"""`mimic export-my-data`: all that is held about a person, for that person to read."""

from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json


def export_my_data(
    member: Annotated[
        str, typer.Argument(metavar="@USER", help="About whom, e.g. @ada or a Slack id.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Print everything that is held about a person: text, names, voices, and who used them.

    Whoever has left has no name here any more: give their Slack id.

    Example: mimic export-my-data @ada > ada.md
    """
    from bot.disclosure import Disclosure
    from bot.session import open_session

    with open_session() as session:
        store = session.store
        disclosure = Disclosure(store, store.members.find(member))
        if as_json:
            console.print_json_with(disclosure.gather(), "messages", disclosure.messages())
            return
        for line in disclosure.write():
            console.print_text(line)
