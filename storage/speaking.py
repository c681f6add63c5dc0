"""The versions that speak, looked at all together."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from storage.database import Database
from storage.schema import versions


class Speaking:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, folders: Iterable[str]) -> frozenset[str]:
        """Return those of some folders whose versions speak now."""
        own = versions.c.folder.in_(folders)
        query = select(versions.c.folder).where(own, versions.c.is_current)
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def count(self) -> tuple[int, datetime | None]:
        """Count the versions that speak; say when the oldest of them was made."""
        oldest = select(func.count(), func.min(versions.c.created_at)).where(versions.c.is_current)
        with self._database.reading() as connection:
            number, since = connection.execute(oldest).one()
        return number, since
