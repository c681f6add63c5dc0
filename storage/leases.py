"""Leases: of several processes on one database, one at a time does a thing that only one may do."""

import time

from sqlalchemy import delete, insert, or_, select, update

from storage.database import Database
from storage.schema import leases

TRAINER = "trainer"
SCHEDULER = "scheduler"
BACKFILL = "backfill"


class Leases:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, holder: str, seconds: int = 60) -> bool:
        """Take a lease if nobody else has it, or keep one's own for longer.

        Args:
            name: What for: `TRAINER`, `SCHEDULER` or `BACKFILL`.
            holder: A random name of the process.
            seconds: How long it lasts unless it is taken again.

        Returns:
            Whether `holder` has it now; `False` to a former holder means that it ran out and
            another took it.
        """
        now = time.time()
        mine = {"holder": holder, "expires_at": now + seconds}
        same = leases.c.name == name
        is_free = or_(leases.c.expires_at <= now, leases.c.holder == holder)
        with self._database.writing() as connection:
            if connection.execute(update(leases).where(same, is_free).values(mine)).rowcount:
                return True
            if connection.execute(select(leases.c.name).where(same)).one_or_none():
                return False
            connection.execute(insert(leases).values(name=name, **mine))
            return True

    def holder(self, name: str) -> str | None:
        """Say who holds a lease, if anybody does."""
        is_held = (leases.c.name == name) & (leases.c.expires_at > time.time())
        with self._database.reading() as connection:
            return connection.execute(select(leases.c.holder).where(is_held)).scalar_one_or_none()

    def release(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens to somebody else's."""
        own = (leases.c.name == name) & (leases.c.holder == holder)
        with self._database.writing() as connection:
            connection.execute(delete(leases).where(own))
