"""Questions asked before something goes that cannot come back."""

import typer

from bot import console
from bot.errors import Misused


def require_yes(question: str, is_given: bool) -> None:
    """Go on only if the person says yes, or said so beforehand with `--yes`.

    Raises:
        Misused: There is nobody to ask.
        typer.Abort: The answer is no.
    """
    if is_given:
        return
    if not console.is_conversation():
        raise Misused("This cannot be undone and there is nobody to ask: add --yes.")
    typer.confirm(question, abort=True, err=True)
