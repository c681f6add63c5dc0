"""Files of messages given on the command line: JSON objects with a text, or plain lines."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.errors import UnreadableFile

STANDARD_INPUT = "-"


def read_lines(name: str) -> Iterator[str]:
    """Yield the lines of a file, or of standard input for `-`, without their ends.

    Raises:
        UnreadableFile: It cannot be read, or a line is no UTF-8; the line's number is named.
    """
    try:
        if name == STANDARD_INPUT:
            yield from _decode(sys.stdin.buffer)
            return
        with Path(name).open("rb") as stream:
            yield from _decode(stream)
    except OSError as error:
        raise UnreadableFile(f"{name} cannot be read: {error.strerror}.") from error


def read_raw_texts(name: str) -> Iterator[str]:
    """Yield the text of each `{"text": …}` line; blank lines are passed over.

    Raises:
        UnreadableFile: A line is no such object; its number is named.
    """
    for number, line in enumerate(read_lines(name), start=1):
        if line.strip():
            text = find_text(line)
            if text is None:
                raise UnreadableFile(f'Line {number} of {name} is not {{"text": "…"}} in JSON.')
            yield text


def read_messages(name: str) -> Iterator[str]:
    """Yield the text of each line, plain or `{"text": …}`; blank ones are passed over.

    Raises:
        UnreadableFile: The file cannot be read, or a line is no UTF-8.
    """
    for line in read_lines(name):
        text = find_text(line)
        text = line if text is None else text
        if text.strip():
            yield text


def find_text(line: str) -> str | None:
    """Return the text of a `{"text": …}` line, or None when the line is something else."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    text = value.get("text") if isinstance(value, dict) else None
    return text if isinstance(text, str) else None


def _decode(lines: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"Line {number} is not UTF-8 text.") from error
