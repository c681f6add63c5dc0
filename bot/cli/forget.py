"""`mimic forget`: all that is known of a person goes away."""

from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json, Yes


def forget(
    member: Annotated[str, typer.Argument(metavar="@USER", help="Whom, e.g. @ada or a Slack id.")],
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete all that is known of a person.

    Messages and voices go, and nothing of theirs is stored again.

    Example: mimic forget @ada
    """
    from bot.cli.questions import require_yes
    from bot.forgetting import forget_member
    from bot.session import open_session

    with open_session() as session:
        found = session.store.members.find(member)
        require_yes(f"Forget {member}: {found.messages:,} messages and every voice of theirs?", yes)
        receipt = forget_member(session, found.id)
    if as_json:
        console.print_json(receipt.to_json())
        return
    for line in receipt.lines:
        console.print_text(line)
