"""Threads that are kept here: which of them were alive lately, though they began long ago."""

from dataclasses import dataclass

from sqlalchemy import func, select

from storage.database import Database
from storage.schema import messages


@dataclass(frozen=True)
class OldThread:
    """A thread of a channel: where it began, and its last reply that is kept."""

    root_ts: str
    last_ts: str


class Threads:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_old(self, channel: int, *, before_ts: str, active_since_ts: str) -> list[OldThread]:
        """List threads that began before a moment and in which something was said since another."""
        is_old = (messages.c.thread_ts < before_ts) & messages.c.author.is_not(None)
        own = (messages.c.channel == channel) & (messages.c.ts > active_since_ts)
        query = (
            select(messages.c.thread_ts, func.max(messages.c.ts))
            .where(own, is_old)
            .group_by(messages.c.thread_ts)
        )
        with self._database.reading() as connection:
            return [OldThread(root, last) for root, last in connection.execute(query)]
