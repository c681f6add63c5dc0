"""The whole way in a few minutes: an invented workspace, its voices, and a first conversation."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bot.importing import ImportRequest, ImportSummary, import_archive
from bot.manifest import COMMAND
from bot.mimicry import Said
from bot.planning import find_prospects
from bot.sample import write_sample_workspace
from bot.session import Session
from bot.settings import Settings
from bot.targets import Part, Reference, Target, parse_target, split_prompt
from storage.archive import Archive
from storage.records import VoiceRow
from storage.store import upgrade
from training.generation import Request


def bring_up_to_date(settings: Settings) -> None:
    """Upgrade the tables of an earlier demo: all in them is invented, so nobody has to be asked."""
    if settings.database_file.exists():
        upgrade(settings.database)


def import_sample(
    session: Session, folder: Path, *, on_problem: Callable[[str], None]
) -> ImportSummary:
    """Write the sample workspace and import what is missing of it."""
    is_first = not any(session.store.messages.read())
    export = folder / "sample-export.zip"
    write_sample_workspace(export)
    with Archive.open(export) as archive:
        request = ImportRequest(consent=("all",) if is_first else ())
        return import_archive(session.store, archive, request, on_problem=on_problem)


def find_teammates(session: Session) -> list[VoiceRow]:
    """Return the voice of everybody with enough messages for one, trained or not."""
    people = [
        prospect
        for prospect in find_prospects(session.store)
        if prospect.kind == "person" and not prospect.obstacle
    ]
    people.sort(key=lambda prospect: prospect.label)
    return [session.store.voices.ensure("person", subject=one.subject) for one in people]


def find_untrained(session: Session, rows: list[VoiceRow]) -> list[VoiceRow]:
    """Return the voices that cannot speak yet."""
    return [row for row in rows if session.store.voices.promoted(row.id) is None]


def say_some(session: Session, row: VoiceRow, *, count: int, seed: int) -> Iterator[Said]:
    """Yield new messages of one teammate."""
    name = session.registry.label(row)
    speaker = session.mimicry.open(Target((Part(1.0, Reference("person", name)),)))
    rng = np.random.default_rng(seed)
    yield from speaker.say(Request(), speaker.sampling, rng=rng, count=count)


def answer(session: Session, line: str, rng: np.random.Generator) -> Said:
    """Answer `/mimic TARGET [how it begins]` as Slack would.

    Raises:
        InvalidTarget: The target is none.
        NoSuchVoice: It has no voice.
    """
    target, prompt = split_prompt(line.removeprefix(COMMAND))
    speaker = session.mimicry.open(parse_target(target))
    return next(speaker.say(Request(prompt=prompt), speaker.sampling, rng=rng))
