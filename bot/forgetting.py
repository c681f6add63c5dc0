"""Somebody leaves: rows, folders, and a receipt that says when the rest is gone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.session import Session
from training.voices import STALE_SECONDS


@dataclass(frozen=True)
class Receipt:
    """What was removed.

    Attributes:
        shared_versions: Versions of shared voices that had learned from the person.
        shared_until: When these stop at the latest; None where there are none.
        is_wiped: Whether the database file was rewritten without what was deleted.
    """

    messages: int
    voices: int
    shared_versions: int
    shared_until: datetime | None
    is_wiped: bool

    def to_json(self) -> dict[str, Any]:
        """Return the receipt for `mimic forget --json`."""
        until = self.shared_until and self.shared_until.isoformat(timespec="seconds")
        return {
            "messages": self.messages,
            "voices": self.voices,
            "shared_versions": self.shared_versions,
            "shared_until": until,
            "wiped": self.is_wiped,
        }

    @property
    def lines(self) -> list[str]:
        """The receipt for a reader."""
        found = [
            f"Removed: {self.messages:,} messages, {self.voices} voices with all their versions, "
            "and the names. Nothing of this person is stored again."
        ]
        if self.shared_until:
            found.append(
                f"{self.shared_versions} shared versions had learned from them; these speak until "
                f"{self.shared_until:%Y-%m-%d %H:%M} UTC at most, or until `mimic train` has made "
                "new ones without them."
            )
        if not self.is_wiped:
            found.append(
                "Sealed remains may stay in the database file until it is next rewritten: close "
                "what else uses it, make room, and forget again."
            )
        return found


def forget_member(
    session: Session,
    member: int,
    *,
    state: Literal["declined", "left"] = "left",
    actor: str = "operator",
    by_subject: bool = False,
) -> Receipt:
    """Remove a member's messages, names and voice.

    Args:
        session: What to remove it from.
        member: Whose.
        state: What is noted: they do not want this, or they have left it.
        actor: A short code for who did it.
        by_subject: The person said so.

    Raises:
        StorageError: There is no such member, or the database cannot be written.
    """
    done = session.store.forget(member, state=state, actor=actor, by_subject=by_subject)
    session.registry.remove_folders(done.folders)
    until = datetime.now(UTC) + timedelta(seconds=STALE_SECONDS) if done.stale_versions else None
    return Receipt(done.messages, done.voices, done.stale_versions, until, done.is_wiped)
