"""Texts to learn from: a plain file, or one column of a CSV."""

import csv
import io
from pathlib import Path

from bot.errors import UnreadableFile

_MAX_CELL = 10_000_000


def read_document(file: Path, *, column: str | None) -> str:
    """Return a file's text, or one column of a CSV, a line per row.

    Raises:
        UnreadableFile: It cannot be read, is no UTF-8, is empty, or lacks the column.
    """
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{file} is not UTF-8 text.") from error
    if column is not None:
        text = "\n".join(_read_column(text, file, column))
    if not text.strip():
        raise UnreadableFile(f"{file} has no text to learn from.")
    return text


def _read_column(text: str, file: Path, column: str) -> list[str]:
    csv.field_size_limit(_MAX_CELL)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if column not in (reader.fieldnames or ()):
            raise UnreadableFile(f"{file} has no column {column} in its first line.")
        return [row[column] for row in reader if row[column]]
    except csv.Error as error:
        raise UnreadableFile(f"{file} is no CSV from line {reader.line_num} on.") from error
