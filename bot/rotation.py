"""The master key is changed for another: first the voices, then the rows, then the key's file."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from bot.opening import tell_waiting
from bot.session import Session
from storage.errors import VersionsChanged
from storage.keys import next_key_file
from storage.leases import TRAINER
from training.duty import LEASE_SECONDS, RENEWAL_SECONDS, hold_lease
from training.errors import TrainerBusy
from training.rekeying import Rekeying

Progress = Callable[[str, int, int], None]

MOST_SURPRISES = 2  # by first voices, which come without a lease


@dataclass(frozen=True)
class Receipt:
    """What was changed.

    Attributes:
        rows: Rows of the database that were sealed or named anew.
        folders: Versions' folders that were sealed anew.
        dropped: Versions that were damaged and are gone.
        is_wiped: Whether the database file was rewritten without what was under the former key.
        waiting_file: Where the new key waits to be put into `MIMIC_KEY`; None where it is in place.
    """

    rows: int
    folders: int
    dropped: int
    seconds: float
    is_wiped: bool
    waiting_file: Path | None

    def to_json(self) -> dict[str, Any]:
        """Return the receipt for `mimic key rotate --json`."""
        return {
            "rows": self.rows,
            "folders": self.folders,
            "dropped": self.dropped,
            "seconds": round(self.seconds, 3),
            "wiped": self.is_wiped,
            "waiting_file": self.waiting_file and str(self.waiting_file),
        }

    @property
    def lines(self) -> list[str]:
        """The receipt for a reader."""
        found = [
            f"Sealed {self.rows:,} rows and {self.folders:,} version folders under a new key, in "
            f"{self.seconds:.1f} seconds."
        ]
        if self.dropped:
            found.append(f"{self.dropped:,} versions were damaged, spoke no more, and are gone.")
        if self.waiting_file:
            found.append(tell_waiting(self.waiting_file))
        if not self.is_wiped:
            found.append(
                "Remains under the former key may stay in the database file until Mimic next opens "
                "it with enough room."
            )
        return found


def rotate_key(
    session: Session,
    on_progress: Progress,
    *,
    patience_seconds: float = LEASE_SECONDS + RENEWAL_SECONDS,
) -> Receipt:
    """Put everything under a new key; killed at any moment, all is under the one or the other.

    The session's store can only be closed afterwards.

    Args:
        session: What to change the key of.
        on_progress: Told what is being done, how much of it is done, and of how much.
        patience_seconds: How long to wait for a training to end.

    Raises:
        TrainerBusy: Something is being trained.
        InvalidKey: The new key cannot be written.
        DamagedArtifact: A voice that speaks is damaged.
        StorageError: The database cannot be written; everything is under the former key.
        UnwritableFolder: There is no room for the voices' copies; so it is, too.
    """
    began, store, key_file = monotonic(), session.store, session.settings.key_file
    lost = threading.Event()
    with hold_lease(store, TRAINER, on_lost=lost.set, patience_seconds=patience_seconds):
        new = store.rotation.prepare(key_file)
        on_progress("key", 1, 1)
        rekeying = Rekeying(session.registry, new)
        rows = _switch(session, rekeying, on_progress, lost)
        on_progress("switch", 1, 1)
        if not session.settings.mimic_key:
            store.rotation.adopt(key_file)
            on_progress("file", 1, 1)
        rekeying.remove_former()
        rekeying.discard()  # of whoever was forgotten while the voices were copied
        on_progress("folders", 1, 1)
        is_wiped = store.rotation.finish()
    return Receipt(
        rows=rows,
        folders=len(rekeying.folders) - rekeying.dropped,
        dropped=rekeying.dropped,
        seconds=monotonic() - began,
        is_wiped=is_wiped,
        waiting_file=next_key_file(key_file) if session.settings.mimic_key else None,
    )


def _switch(
    session: Session, rekeying: Rekeying, on_progress: Progress, lost: threading.Event
) -> int:
    """Copy the voices and change the database; copies that do not come into force are removed."""

    def attempt() -> int:
        rekeying.copy_all(partial(on_progress, "voices"))
        if lost.is_set():
            raise TrainerBusy("Another process began to train meanwhile: run this again.")
        rows = partial(on_progress, "rows")
        return session.store.rotation.switch(rekeying.new, rekeying.folders, rows)

    try:
        for _ in range(MOST_SURPRISES):
            with suppress(VersionsChanged):
                return attempt()
        return attempt()
    except BaseException:
        rekeying.discard()
        raise
