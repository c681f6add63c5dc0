"""Write the sample workspace: one call, the same bytes for the same seed."""

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bot.sample.conversations import compose_year
from bot.sample.export import export_files
from bot.sample.team import load_team

_ZIP_DATE = (2026, 1, 1, 0, 0, 0)  # fixed, as the bytes must not depend on the day


def write_sample_workspace(path: Path, *, seed: int = 1) -> None:
    """Write a year of an invented team as a Slack export.

    Args:
        path: A zip when it ends in `.zip`, else a folder; folders are made as needed.
        seed: Another seed composes another year of the same people.
    """
    team = load_team()
    rng = random.Random(seed)  # noqa: S311  (composes text, guards nothing)
    files = export_files(team, compose_year(team, rng), rng)
    if path.suffix == ".zip":
        _write_zip(path, files)
    else:
        _write_folder(path, files)


def _write_zip(path: Path, files: Iterator[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files:
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)


def _write_folder(path: Path, files: Iterator[tuple[str, str]]) -> None:
    for name, text in files:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
