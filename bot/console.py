"""What the terminal shows: results on stdout; notes, tables' prose and progress on stderr."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def use_safe_streams() -> None:
    """Write what a terminal's encoding lacks as an escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def clean(text: str) -> str:
    """Drop what could steer a terminal from a text."""
    return text.translate(_CONTROLS)


def format_seconds(seconds: float) -> str:
    """Return a duration as minutes and seconds, such as `2:05`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def is_terminal() -> bool:
    """Whether a person watches progress."""
    return sys.stderr.isatty()


def is_conversation() -> bool:
    """Whether a person reads the results and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def print_text(text: str) -> None:
    """Write one result; generated text cannot steer the terminal."""
    sys.stdout.write(clean(text) + "\n")
    sys.stdout.flush()


def print_json(value: Mapping[str, Any]) -> None:
    """Write one JSON object on a line of its own."""
    is_utf8 = sys.stdout.encoding.lower() in ("utf-8", "utf8")  # other encodings need escapes
    sys.stdout.write(json.dumps(value, ensure_ascii=not is_utf8) + "\n")
    sys.stdout.flush()


def print_json_with(value: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object whose last field is a list that need not fit into memory."""
    is_utf8 = sys.stdout.encoding.lower() in ("utf-8", "utf8")
    sys.stdout.write(f"{json.dumps(value, ensure_ascii=not is_utf8)[:-1]}, {json.dumps(name)}: [")
    for number, row in enumerate(rows):
        separator = ", " if number else ""
        sys.stdout.write(separator + json.dumps(row, ensure_ascii=not is_utf8))
    sys.stdout.write("]}\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under headings: a Rich table for a person, tab-separated lines for a pipe."""
    cells = [[_format_cell(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in (columns, *cells):
            print_text("\t".join(cell.replace("\t", " ") for cell in line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for line in cells:
        table.add_row(*map(Text, line))  # Text: a name such as [red] is no markup
    Console().print(table)


def _format_cell(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.3f}" if isinstance(cell, float) else clean(str(cell))


def note(text: str) -> None:
    """Tell the person something that is no result."""
    sys.stderr.write(clean(text) + "\n")
    sys.stderr.flush()


def fail(sentence: str) -> None:
    """Say in one sentence what went wrong."""
    note(f"mimic: {' '.join(sentence.split())}")


@contextmanager
def muted() -> Iterator[None]:
    """Drop what libraries write to stderr on their own while they load; exceptions still pass."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def progress_bar(figures: str) -> "Iterator[Progress | None]":
    """Give a Rich bar on stderr with a task field beside it, or None where nobody watches."""
    if not is_terminal():
        yield None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[{figures}]}}"),
        console=_stderr(),
        transient=True,
    ) as progress:
        yield progress


def _stderr() -> "Console":
    from rich.console import Console

    return Console(stderr=True)
