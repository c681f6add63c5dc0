"""After messages have come in: what is too old goes, and what is stored is rid of new names."""

from typing import TYPE_CHECKING

from bot import console

if TYPE_CHECKING:
    from storage.store import Store


def keep_house(store: "Store") -> None:
    """Do at once what the scheduler does each night; what Ctrl-C leaves undone is done then."""
    from bot.upkeep import rescrub, sweep

    removed = sweep(store, pause_seconds=0)
    if removed:
        console.note(f"{removed:,} messages are older than MIMIC_RETENTION_DAYS and were removed.")
    waiting = store.rescrubbing.waiting()
    if waiting:
        console.note(
            f"{waiting:,} messages from before are scrubbed again, for names that are new."
        )
        rescrub(store, pause_seconds=0)
    if removed or waiting:
        store.retention.empty_log()
