"""Who has left is left out by the next night: one run of everything for all who left in a day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.labels import EVERYTHING
from storage.run_rows import OPEN
from storage.runs import RunRow
from storage.schedules import ScheduleRow
from storage.store import Store

GATHERING_HOUR = 3  # UTC


def queue_retraining(store: Store, now: datetime) -> RunRow | None:
    """Queue a run of all that is due, if voices speak that somebody has left.

    It waits for the next 03:00 UTC, so that there is one run for all who leave in a day. Nothing
    is queued where a run of everything is open, where a schedule of everything comes before the
    voices have to be silent, or where such a run has done what could be done since they left. One
    that failed is followed by another the next night.
    """
    left = [since for voice, since in store.voices.stale() if voice.kind != "text"]
    gathered = find_gathering(now)
    if not left or min(left) >= gathered:
        return None
    from training.voices import STALE_SECONDS  # here, because it brings ONNX Runtime along

    silent_at = min(left) + timedelta(seconds=STALE_SECONDS)
    if _is_seen_to(store.schedules.list(), max(silent_at, now)):
        return None
    lately = store.runs.list_since(min(max(left), gathered))
    runs = [run for run in lately if EVERYTHING in run.target.split()]
    if any(_is_enough(run, max(left), gathered) for run in runs):
        return None
    return store.runs.queue(EVERYTHING, is_forced=False)


def find_gathering(now: datetime) -> datetime:
    """Return the last 03:00 UTC that has come."""
    today = now.astimezone(UTC).replace(hour=GATHERING_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def _is_seen_to(schedules: Iterable[ScheduleRow], silent_at: datetime) -> bool:
    """Say whether a schedule trains everything in time."""
    return any(
        row.is_enabled and row.next_run_at is not None and row.next_run_at <= silent_at
        for row in schedules
        if EVERYTHING in row.target.split()
    )


def _is_enough(run: RunRow, last_left: datetime, gathered: datetime) -> bool:
    """Say whether a run sees to it, saw to it, or was tonight's attempt."""
    is_after = run.queued_at >= last_left
    return run.state in OPEN or run.queued_at >= gathered or (is_after and run.state == "succeeded")
