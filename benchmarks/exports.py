"""Exports of any size: years of the sample workspace, repeated with other words and times."""

import json
import random
import zipfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from bot.sample import write_sample_workspace

YEARS = 5  # of the invented team, each from a seed of its own, one before the other
_APART = 7  # seconds between a message and its next repetition
_YEAR = 366 * 86_400

Message = dict[str, Any]


def write_export(file: Path, *, times: int) -> int:
    """Write five years of a team that says so many times as much; return the number of messages.

    The days stay what they are: a larger export is that of a larger team. Of each repeated text
    one word is another of the workspace's, and its numbers are other ones, so that no text is
    scrubbed twice.
    """
    unfinished = file.with_suffix(".part")
    number = 0
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as export:
        for year in range(1, YEARS + 1):
            number += _add_year(export, file.with_name(f"export-{year}.zip"), year, times)
    unfinished.rename(file)
    return number


def _add_year(export: zipfile.ZipFile, year_file: Path, year: int, times: int) -> int:
    if not year_file.exists():
        write_sample_workspace(year_file, seed=year)
    repetition, number = _Repetition(year, times), 0
    with zipfile.ZipFile(year_file) as sample:
        for name in sample.namelist():
            day = PurePosixPath(name)
            if day.parent.name:
                messages = list(repetition.repeat(json.loads(sample.read(name))))
                number += len(messages)
                place = f"{day.parent.name}/{int(day.name[:4]) - year}{day.name[4:]}"
                export.writestr(place, json.dumps(messages))
            elif name not in export.NameToInfo:
                export.writestr(name, sample.read(name))
    return number


class _Repetition:
    """Says again, otherwise, what was said in a year."""

    def __init__(self, year: int, times: int) -> None:
        self._shift = -year * _YEAR
        self._times = times
        self._rng = random.Random(year)  # noqa: S311  (composes text, guards nothing)
        self._words = ["again"]
        self._numbers = count(1)

    def repeat(self, messages: Sequence[Message]) -> Iterator[Message]:
        """Yield the messages of a day as often as asked."""
        for message in messages:
            self._words += str(message.get("text", "")).split()[:3]
        for time in range(self._times):
            for message in messages:
                yield self._repeat(message, time) if time else self._shifted(message, 0)

    def _repeat(self, message: Message, time: int) -> Message:
        words = str(message.get("text", "")).split(" ")
        words[self._rng.randrange(len(words))] = self._rng.choice(self._words)
        words = [f"{next(self._numbers)}" if word.isdecimal() else word for word in words]
        return {**self._shifted(message, time), "text": " ".join(words)}

    def _shifted(self, message: Message, time: int) -> Message:
        stamps = {key: message[key] for key in ("ts", "thread_ts") if key in message}
        return {**message, **{key: self._shift_ts(ts, time) for key, ts in stamps.items()}}

    def _shift_ts(self, ts: str, time: int) -> str:
        seconds, _, rest = ts.partition(".")
        return f"{int(seconds) + self._shift + _APART * time}.{rest}"
