"""What has to be done each night though nobody asks: old messages go, new names are scrubbed."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.cron import find_next
from storage.errors import VersionInUse
from storage.leases import TRAINER
from storage.records import VoiceRow
from storage.store import Store
from training.config import MINIMUM_MESSAGES
from training.duty import is_free

NIGHTLY = "30 2 * * *"  # UTC; before voices learn, so that they learn nothing that is too old
PAUSE_SECONDS = 0.05  # between two batches, for whoever else writes
LONGEST_RUN = timedelta(days=1)  # no version that is registered later was begun before
LONGEST_CARRIED = timedelta(days=8)  # that a voice may know what is gone: a week, and a night
_RETRY = timedelta(minutes=10)

_log = logging.getLogger(__name__)


class Upkeep:
    """Does it once at the start and once a night, in a thread of its own.

    Args:
        store: What is looked after.
        folder: Where the voices are.
        pause_seconds: Between two batches.
    """

    def __init__(self, store: Store, folder: Path, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._store = store
        self._folder = folder
        self._pause_seconds = pause_seconds
        self._due = datetime.min.replace(tzinfo=UTC)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self, now: datetime) -> None:
        """Begin if it is time; returns at once."""
        if now < self._due or self._stop.is_set() or (self._thread and self._thread.is_alive()):
            return
        self._due = find_next(NIGHTLY, now)
        self._thread = threading.Thread(target=self._work, name="upkeep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave off after the batch at hand; the next start goes on."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _work(self) -> None:
        try:
            self._do_all()
        except Exception as error:  # noqa: BLE001 - what is left undone is done a little later
            _log.warning("The upkeep broke off (%s); it is tried again.", type(error).__name__)
            self._due = datetime.now(UTC) + _RETRY

    def _do_all(self) -> None:
        store, stop = self._store, self._stop
        removed = sweep(store, stop=stop, pause_seconds=self._pause_seconds)
        scrubbed = rescrub(store, stop=stop, pause_seconds=self._pause_seconds)
        if stop.is_set():
            return
        voices = remove_outlived(store, self._folder)
        pruned = prune_removals(store)
        store.retention.empty_log()
        _log.info(
            "Upkeep: %d messages had expired, %d were scrubbed again, %d voices had outlived their "
            "messages, %d notes of removals were let go.",
            *(removed, scrubbed, voices, pruned),
        )


def sweep(
    store: Store,
    *,
    stop: threading.Event | None = None,
    pause_seconds: float = PAUSE_SECONDS,
) -> int:
    """Remove what is too old, batch by batch; return how many messages that were."""
    stop, total = stop or threading.Event(), 0
    while not stop.is_set() and (removed := store.retention.sweep()):
        total += removed
        stop.wait(pause_seconds)
    return total


def rescrub(
    store: Store,
    *,
    stop: threading.Event | None = None,
    pause_seconds: float = PAUSE_SECONDS,
) -> int:
    """Scrub again what new names or a new scrubber ask for; return how many were looked at."""
    stop, total = stop or threading.Event(), 0
    while not stop.is_set() and (looked_at := store.rescrubbing.advance()):
        total += looked_at
        stop.wait(pause_seconds)
    return total


def prune_removals(store: Store) -> int:
    """Let go of notes that no version needs; none while a training may be about to register one."""
    if not is_free(store, TRAINER):
        return 0
    return store.removals.prune(before=datetime.now(UTC) - LONGEST_RUN)


def remove_outlived(store: Store, folder: Path) -> int:
    """Remove voices that cannot forget messages that are gone: too few are left to learn from.

    Returns:
        How many were removed.
    """
    outlived = [voice for voice in store.voices.list() if _is_outlived(store, voice)]
    if not outlived:
        return 0
    from training.voices import VoiceRegistry  # here, because it brings ONNX Runtime along

    registry, removed = VoiceRegistry(store, folder), 0
    for voice in reversed(outlived):  # the base last: the others stand on it
        try:
            registry.remove(voice)
        except VersionInUse:
            continue
        removed += 1
    return removed


def _is_outlived(store: Store, voice: VoiceRow) -> bool:
    if voice.kind == "text" or _count_left(store, voice) >= MINIMUM_MESSAGES:
        return False
    version = store.voices.promoted(voice.id)
    since = store.removals.carried(version.id).since if version else None
    return since is not None and datetime.now(UTC) - since > LONGEST_CARRIED


def _count_left(store: Store, voice: VoiceRow) -> int:
    """Count what a voice could learn from; all that is kept of somebody who is on pause.

    A person's voice learns from what they wrote in public.
    """
    if voice.subject is None:
        return store.messages.count()
    if voice.kind == "channel":
        return store.messages.count(channel=voice.subject)
    if store.consent.allows(voice.subject):
        return store.messages.count(author=voice.subject)
    return store.members.get(voice.subject).messages
