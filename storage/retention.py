"""How long messages are kept: what is older is not taken in, and what has become so is removed."""

import time
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from storage.database import Database
from storage.removals import Removed, write_removals
from storage.schema import messages

DAY_SECONDS = 86_400
BATCH = 1_000
NO_TEXT = dict.fromkeys(("author", "scrub_version", "raw_mac", "key_id", "sealed"))
COLUMNS = tuple(messages.c[name] for name in ("id", "author", "channel", "ts", "edited_ts"))


class Retention:
    """The room's door.

    Args:
        database: Where the messages are.
        days: How many days they are kept; None: for ever.
    """

    def __init__(self, database: Database, days: int | None = None) -> None:
        self._database = database
        self.days = days

    @property
    def oldest_ts(self) -> str:
        """What was written before is too old now; "" if nothing ever is."""
        if self.days is None:
            return ""
        return f"{max(time.time() - self.days * DAY_SECONDS, 0.0):017.6f}"

    def sweep(self, *, most: int = BATCH) -> int:
        """Remove the oldest messages that have expired, in one short transaction.

        Of one that had been edited a mark stays, so that its first edition does not come back
        should the time be made longer.

        Returns:
            How many were removed; none are left when these are fewer than `most`.
        """
        oldest_ts = self.oldest_ts
        if not oldest_ts:
            return 0
        query = select(*COLUMNS).where(messages.c.ts < oldest_ts, messages.c.author.is_not(None))
        with self._database.writing() as connection:
            rows = connection.execute(query.order_by(messages.c.ts).limit(most)).all()
            edited = messages.c.id.in_([row.id for row in rows if row.edited_ts])
            connection.execute(update(messages).where(edited).values(NO_TEXT))
            others = messages.c.id.in_([row.id for row in rows if not row.edited_ts])
            connection.execute(delete(messages).where(others))
            write_removals(connection, map(_describe, rows), "expired")
        return len(rows)

    def waiting(self) -> int:
        """Count the messages that have expired and are still here."""
        expired = (messages.c.ts < self.oldest_ts) & messages.c.author.is_not(None)
        query = select(func.count()).select_from(messages).where(expired)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def empty_log(self) -> bool:
        """Let nothing of what was removed stay in the database's log, unless somebody reads now.

        Returns:
            Whether it is empty.
        """
        return self._database.empty_log()


def _describe(row: Row[Any]) -> Removed:
    return Removed(row.author, row.channel, row.ts)
