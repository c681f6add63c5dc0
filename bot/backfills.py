"""What a backfill is asked for, who watches it, and what comes of it."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.headway import Headway
from bot.pacing import REAL_TIME, Clock
from storage.ingestion import IngestReport

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BackfillRequest:
    """What to read.

    Args:
        channels: Slack ids or names of channels; empty means all that the bot is in.
        authors: Ids, usernames or display names of the people whom it is for; empty means all.
        since_ts: Read again from then on; "" for all that is missing.
    """

    channels: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since_ts: str = ""


@dataclass(frozen=True)
class Watch:
    """Who watches a backfill.

    Args:
        on_progress: Hears how far it is; also while it waits for another in the same process.
        stop: Ends it early.
        clock: Its time.
        say: Hears in a sentence why nothing happens.
    """

    on_progress: Callable[[Headway], None] = lambda _headway: None
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Clock = REAL_TIME
    say: Callable[[str], None] = _log.info


@dataclass(frozen=True)
class BackfillSummary:
    """What came of a backfill.

    Args:
        channels: How many were read.
        channels_skipped: How many could not or may not be, by a short code.
        threads_skipped: The same for threads.
        threads_asked_again: How many threads of before the look back were asked for late replies.
        agreed: How many members may be stored at all.
        is_stopped: It was ended early, and goes on when it is run again.
    """

    report: IngestReport
    members: int
    channels: int
    seconds: float
    channels_skipped: Mapping[str, int]
    threads_skipped: Mapping[str, int]
    threads_asked_again: int
    agreed: int
    is_stopped: bool

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `mimic backfill --json`: those of an import, and what was skipped."""
        return {
            **self.report.to_json(),
            "members": self.members,
            "channels": self.channels,
            "seconds": round(self.seconds, 3),
            "channels_skipped": dict(self.channels_skipped),
            "threads_skipped": dict(self.threads_skipped),
            "threads_asked_again": self.threads_asked_again,
        }
