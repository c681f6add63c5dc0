"""A day after somebody left, what still knows them is removed, as their receipt has promised."""

from datetime import datetime, timedelta
from pathlib import Path

from storage.store import Store


def remove_expired(store: Store, folder: Path, now: datetime) -> bool:
    """Remove versions that somebody has left for too long, with all that stands on them.

    Args:
        store: Knows them.
        folder: Where the voices are.
        now: What time it is.

    Returns:
        Whether there were any.
    """
    left = [since for _, since in store.voices.stale()]
    if not left:
        return False
    from training.voices import STALE_SECONDS, VoiceRegistry  # brings ONNX Runtime along

    if now - min(left) <= timedelta(seconds=STALE_SECONDS):
        return False
    VoiceRegistry(store, folder).sweep()
    return True
