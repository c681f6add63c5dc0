"""Somebody leaves: rows, folders, and a receipt that says what is gone, and when the rest is."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from bot import backup, switchover
from bot.session import Session
from bot.views.blocks import count
from storage.backups import BackupRow
from training.erasure import HOUR_SECONDS, erase
from training.voices import STALE_SECONDS


@dataclass(frozen=True)
class Receipt:
    """What was removed, and what is left until when.

    Attributes:
        versions: Of the person's own voice.
        checkpoints: Of unfinished runs, which may have learned from the person.
        runs: Runs, past or to come, that they were taken out of.
        schedules: Schedules that they were taken out of.
        shared_versions: Versions of shared voices that had learned from the person.
        shared_until: When these are gone at the latest; None where there are none.
        backups: Copies from before, which may still hold text of the person.
        is_wiped: Whether the database file was rewritten without what was deleted.
    """

    messages: int
    voices: int
    versions: int
    checkpoints: int
    runs: int
    schedules: int
    shared_versions: int
    shared_until: datetime | None
    backups: tuple[BackupRow, ...]
    is_wiped: bool

    def to_json(self) -> dict[str, Any]:
        """Return the receipt for `mimic forget --json`."""
        until = self.shared_until and self.shared_until.isoformat(timespec="seconds")
        return {
            "messages": self.messages,
            "voices": self.voices,
            "versions": self.versions,
            "checkpoints": self.checkpoints,
            "runs": self.runs,
            "schedules": self.schedules,
            "shared_versions": self.shared_versions,
            "shared_until": until,
            "backups": [
                {"made_at": row.made_at.isoformat(timespec="seconds"), "file": row.name}
                for row in self.backups
            ],
            "wiped": self.is_wiped,
        }

    @property
    def lines(self) -> list[str]:
        """The receipt for the operator, who may know where copies are."""
        found = [
            f"Removed: {count(self.messages, 'message')}, {count(self.voices, 'voice')} with "
            f"{count(self.versions, 'version')}, and the names. Nothing of this person is stored "
            "again.",
            *self._list_side_effects(),
        ]
        if self.shared_until:
            found.append(
                f"{count(self.shared_versions, 'shared version')} had learned from them: silent "
                f"from {self.shared_until:%Y-%m-%d %H:%M} UTC on, or as soon as `mimic train` has "
                "made new ones without them, and then removed. Learn texts among them again."
            )
        if self.backups:
            found.append(
                f"{count(len(self.backups), 'backup')} from before may still hold their text. "
                "Delete what is listed; whoever restores one forgets this person again:"
            )
            found += [_name(row) for row in self.backups]
        if not self.is_wiped:
            found.append(
                "Sealed remains may stay in the database file until it is next rewritten: close "
                "what else uses it, make room, and forget again."
            )
        return found

    def _list_side_effects(self) -> Iterator[str]:
        if self.checkpoints:
            yield f"{count(self.checkpoints, 'unfinished training')} may know them and had to go."
        if self.runs or self.schedules:
            runs, schedules = count(self.runs, "run"), count(self.schedules, "schedule")
            yield f"They were taken out of {runs} and {schedules}."


def forget_member(
    session: Session,
    member: int,
    *,
    state: Literal["declined", "left"] = "left",
    actor: str = "operator",
    by_subject: bool = False,
) -> Receipt:
    """Remove a member's messages, names and voice, and what was made of them.

    Doing it again removes what a killed process or a busy database has left.

    Args:
        session: What to remove it from.
        member: Whose.
        state: What is noted: they do not want this, or they have left it.
        actor: A short code for who did it.
        by_subject: The person said so.

    Raises:
        StorageError: There is no such member, or the database cannot be written.
    """
    store = session.store
    done = store.forget(member, state=state, actor=actor, by_subject=by_subject)
    checkpoints = erase(session.registry, done.folders)
    backups = store.backups.holding(member)
    _remove_leftovers(session, backups)
    until = done.stale_since and done.stale_since + timedelta(seconds=STALE_SECONDS)
    return Receipt(
        messages=done.messages,
        voices=done.voices,
        versions=done.versions,
        checkpoints=checkpoints,
        runs=done.runs,
        schedules=done.schedules,
        shared_versions=done.stale_versions,
        shared_until=until,
        backups=backups,
        is_wiped=done.is_wiped,
    )


def _remove_leftovers(session: Session, backups: Iterable[BackupRow]) -> None:
    """Remove the copies that a backup or a restore has left unfinished when it was killed."""
    with suppress(OSError):
        switchover.remove_leftovers(session.settings, older_than_seconds=HOUR_SECONDS)
    for row in backups:
        if row.name is not None:
            with suppress(OSError):
                backup.remove_leftovers(Path(row.name), older_than_seconds=HOUR_SECONDS)


def _name(row: BackupRow) -> str:
    file = row.name or f"its name was sealed with the key {row.key_id}"
    is_there = row.name is None or Path(row.name).exists()
    note = "" if is_there else " (not there any more: moved, or deleted)"
    return f"  {row.made_at:%Y-%m-%d %H:%M} UTC: {file}{note}"
