"""`mimic key`: the master key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bot import console
from bot.cli.options import Json, Yes

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_WARNING = (
    "Backups and exported voices made so far open only with the present key. "
    "Have you kept a copy of it?"
)
_AFTERWARDS = (
    "Keep a copy of the new key, away from the rest, and make a new backup: backups and exported "
    "voices from before open only with the former key. A bot that was running ends by itself; "
    "systemd starts it again."
)

_KINDS = {"voices": "version folders", "rows": "rows"}

app = typer.Typer()


@app.callback()
def _key() -> None:
    """Look after the master key.

    Example: mimic key rotate
    """


@app.command()
def rotate(*, yes: Yes = False, as_json: Json = False) -> None:
    """Change the master key: everything that is sealed is sealed under a new one.

    Cut short at any moment, it changes everything or nothing; run it again. Nothing can be
    trained meanwhile.

    Example: mimic key rotate
    """
    from bot.rotation import rotate_key
    from bot.session import open_session

    if console.is_conversation() and not yes:
        typer.confirm(_WARNING, abort=True, err=True)
    with open_session() as session, _show_progress() as show:
        receipt = rotate_key(session, show)
    if as_json:
        console.print_json(receipt.to_json())
    else:
        for line in receipt.lines:
            console.print_text(line)
    console.note(_AFTERWARDS)


@contextmanager
def _show_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give what to call with what is being done: a bar a kind, or a line once each is over."""
    with console.progress_bar("figures") as bar:
        yield _write_line if bar is None else _Bars(bar).show


def _write_line(work: str, done: int, total: int) -> None:
    if done == total and work in _KINDS:
        console.note(f"{_KINDS[work]}: {total:,} done")


class _Bars:
    """What takes time has a bar; the rest is over in a moment."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def show(self, work: str, done: int, total: int) -> None:
        """Move a bar."""
        if work not in _KINDS:
            return
        if work not in self._tasks:
            self._tasks[work] = self._progress.add_task(_KINDS[work], total=total, figures="")
        self._progress.update(
            self._tasks[work], total=total, completed=done, figures=f"{done:,} of {total:,}"
        )
