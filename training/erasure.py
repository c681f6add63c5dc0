"""What a departure takes off the disk: folders, unfinished runs, and what killed processes left."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from secrets import token_hex

from training.artifacts import STAGING_PREFIX
from training.voices import RUNS, VoiceRegistry

HOUR_SECONDS = 3_600  # far longer than any folder waits for its row


def erase(registry: VoiceRegistry, folders: Iterable[str]) -> int:
    """Remove version folders, all checkpoints, and folders that no row has known for an hour.

    Returns:
        How many checkpoints there were.
    """
    registry.let_go()
    checkpoints = _drop_checkpoints(registry)
    registry.remove_folders(folders)
    registry.sweep(older_than_seconds=HOUR_SECONDS)
    return checkpoints


def _drop_checkpoints(registry: VoiceRegistry) -> int:
    """Take away where unfinished runs stand, for good.

    Each may have begun from what somebody wrote who leaves. Whoever works on one saves nothing any
    more. Moved first, so that nothing is written into what is being removed.
    """
    dropped = 0
    for path in list((registry.folder / RUNS).glob("*")):
        doomed = registry.folder / f"{STAGING_PREFIX}{token_hex(8)}"  # swept, should this be killed
        with suppress(FileNotFoundError):
            path.rename(doomed)
            dropped += any(doomed.iterdir())
            shutil.rmtree(doomed, ignore_errors=True)
    return dropped
