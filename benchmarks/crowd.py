"""A home with a thousand voices: those of the workshop, lent to people who are made up."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.workshop import Workshop
from bot.session import Session
from storage.records import VersionRow, VoiceRow
from training.artifacts import ATTRIBUTOR, READING_GRAPH, settle, staging

VOICES, TALES = 1_000, 5
_OF_A_BASE = (READING_GRAPH, ATTRIBUTOR)  # what a text's own model has not
_FACTS = ("messages", "bits_per_byte", "base_bits_per_byte", "tokens", "seconds", "base")


@dataclass(frozen=True)
class Crowd(Workshop):
    """The folder of the home, made once of another's.

    Args:
        lender: Has a base, and voices of people on it.
    """

    lender: Workshop

    @property
    def export(self) -> Path:
        """The lender's people, as an export; the crowd is in none."""
        return self.lender.export

    def gather(self) -> None:
        """Let a thousand voices speak, unless that is done."""
        if self.home.is_dir():
            return
        unfinished = self.folder / "gathering"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(self.lender.home, unfinished / "home")
        with Workshop(unfinished).opened() as session:
            _add_people(session, self.lender.find_voices(session))
            _add_tales(session)
        (unfinished / "home").rename(self.home)


def name_person(number: int) -> str:
    """Return Slack's id of somebody who is made up."""
    return f"U0CROWD{number:04d}"


def name_tale(number: int) -> str:
    """Return the name of a text voice."""
    return f"tale{number}"


def _add_people(session: Session, lenders: list[VoiceRow]) -> None:
    """Lend the voices that stand on the base, by turns; each lent one is a folder of its own."""
    store = session.store
    people = [
        {"id": name_person(number), "name": f"crowd{number}", "real_name": f"Crowd No. {number}"}
        for number in range(VOICES - TALES - len(store.voices.list()))
    ]
    members = store.members.register(people, team_id=store.team_ids()[0])
    store.consent.grant(members, actor="operator")
    known = cycle([session.registry.promoted(each) for each in lenders])
    for member, version in zip(members, known, strict=False):
        _lend(session, version, store.voices.ensure("person", subject=member))


def _add_tales(session: Session) -> None:
    """Let texts speak with models of their own, each of the base's size."""
    base = session.registry.promoted(session.store.voices.ensure("base"))
    for number in range(TALES):
        tale = session.store.voices.ensure("text", name=name_tale(number))
        _lend(session, base, tale, without=_OF_A_BASE)


def _lend(
    session: Session, version: VersionRow, voice: VoiceRow, *, without: Collection[str] = ()
) -> None:
    """Let a voice speak with another's version; the disk holds what both say once."""
    artifact = session.registry.artifact(version)
    with staging(session.registry.folder) as staged:
        checksums = artifact.metadata["checksums"]
        kept = {name: checksums[name] for name in checksums if name not in without}
        for name in kept:
            staged.link(name, artifact.path / name)
        lent = settle(staged, {**artifact.metadata, "checksums": kept})
    facts: dict[str, Any] = {name: getattr(version, name) for name in _FACTS}
    added = session.store.voices.add_version(voice.id, folder=lent.folder, learned_from=(), **facts)
    session.store.voices.promote([added.id])
