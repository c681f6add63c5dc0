"""A person who joins the workshop's team after its base was trained, with 1,000 messages."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from benchmarks.workshop import YEARS, Workshop
from bot.sample import write_sample_workspace

MESSAGES = 1_000
NAME = "newcomer"
_ID = "U0NEWCOMER"

Files = dict[str, list[dict[str, Any]]]


@contextmanager
def joined(workshop: Workshop) -> Iterator[Workshop]:
    """Give a copy of the workshop that the newcomer's messages have come into."""
    with TemporaryDirectory(dir=workshop.folder) as folder:
        copy = Workshop(Path(folder))
        shutil.copytree(workshop.home, copy.home)
        export = copy.folder / "newcomer.zip"
        _write_export(export)
        copy.run("import", str(export), "--consent", f"@{NAME}")
        yield copy


def _write_export(file: Path) -> None:
    """Write as the newcomer's what the busiest writes in two more years of the sample."""
    years = [_read_year(file, YEARS + number) for number in (1, 2)]
    users = years[0]["users.json"]
    told = [(day, message) for year in years for day, message in _read_messages(year)]
    ((model, _),) = Counter(message["user"] for _, message in told).most_common(1)
    days: Files = defaultdict(list)
    for day, message in islice((each for each in told if each[1]["user"] == model), MESSAGES):
        own = {"type": "message", "ts": message["ts"], "text": message["text"], "user": _ID}
        days[day].append(own)
    with ZipFile(file, "w") as target:
        target.writestr("users.json", json.dumps([*users, _introduce(users[0])]))
        target.writestr("channels.json", json.dumps(years[0]["channels.json"]))
        for day, messages in days.items():
            target.writestr(day, json.dumps(messages))


def _read_year(beside: Path, seed: int) -> Files:
    year = beside.with_name(f"year-{seed}.zip")
    write_sample_workspace(year, seed=seed)
    with ZipFile(year) as source:
        return {name: json.loads(source.read(name)) for name in source.namelist()}


def _introduce(user: dict[str, Any]) -> dict[str, Any]:
    profile = {"real_name": "New Comer", "display_name": NAME}
    return {**user, "id": _ID, "name": NAME, "real_name": "New Comer", "profile": profile}


def _read_messages(year: Files) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what people wrote, each with the name of its day's file."""
    for day in sorted(name for name in year if "/" in name):
        for message in year[day]:
            if "subtype" not in message and "user" in message and message["text"]:
                yield day, message
