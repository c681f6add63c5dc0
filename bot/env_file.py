"""The file `.env`: some of its variables are set, all else in it stays as it is."""

import re
from collections.abc import Mapping
from pathlib import Path

from bot.errors import UnreadableFile
from bot.replacing import replace_file

_PLAIN = re.compile(r"[A-Za-z0-9_.,:/@-]+")  # values that need no quotes


def set_variables(path: Path, values: Mapping[str, str]) -> None:
    """Set variables in a `.env`, which is then for its owner alone to read.

    A variable that is set already keeps its line, a new one stands after the line that only
    mentions it (`#NAME=`), or at the end. The file is changed whole or not at all.

    Raises:
        UnreadableFile: It is no text.
        OSError: It cannot be written.
    """
    path = path.resolve()  # a link stays one
    lines = _read_lines(path)
    for name, value in values.items():
        if not _PLAIN.fullmatch(value):
            raise ValueError(f"{name} must be plain")
        lines = _set(lines, name, value)
    replace_file(path, "".join(f"{line}\n" for line in lines))


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file .env is no UTF-8 text: move it away.") from error


def _set(lines: list[str], name: str, value: str) -> list[str]:
    is_set = re.compile(rf"\s*(?:export\s+)?{name}\s*=", re.IGNORECASE).match
    is_mentioned = re.compile(rf"\s*#\s*{name}\s*=", re.IGNORECASE).match
    line = f"{name}={value}"
    places = [place for place, old in enumerate(lines) if is_set(old)]
    if places:
        kept = [old for place, old in enumerate(lines) if place not in places[1:]]
        kept[places[0]] = line
        return kept
    mentions = [place for place, old in enumerate(lines) if is_mentioned(old)]
    end = mentions[-1] + 1 if mentions else len(lines)
    return [*lines[:end], line, *lines[end:]]
