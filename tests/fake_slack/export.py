"""Read a Slack export, a folder or a zip, for the fake to serve as its workspace."""

import json
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """Its members, and its public channels with their messages."""

    users: list[Record]
    channels: list[tuple[Record, list[Record]]]


def read_export(path: Path) -> Export:
    """Read `users.json`, `channels.json` and every day of every channel."""
    files = _read_zip(path) if path.is_file() else _read_folder(path)
    days: dict[str, list[Record]] = defaultdict(list)
    for name in sorted(files):
        folder, slash, _ = name.rpartition("/")
        if slash:
            days[folder].extend(files[name])
    channels = [(channel, days[channel["name"]]) for channel in files["channels.json"]]
    return Export(files["users.json"], channels)


def _read_zip(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        return {name: json.loads(archive.read(name)) for name in names}


def _read_folder(path: Path) -> dict[str, Any]:
    return {
        file.relative_to(path).as_posix(): json.loads(file.read_text("utf-8"))
        for file in path.rglob("*.json")
    }
