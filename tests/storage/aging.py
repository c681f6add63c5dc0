"""Days pass in a test: what happened so far happened longer ago."""

from datetime import timedelta

from sqlalchemy import select, update

from storage.schema import removals, versions
from storage.store import Store


def let_days_pass(store: Store, days: float) -> None:
    """Move removals, and what versions have read, back in time."""
    moments = (removals.c.at, versions.c.read_at, versions.c.created_at, versions.c.stale_since)
    with store._database.writing() as connection:
        for column in moments:
            table = column.table
            known = connection.execute(select(table.c.id, column).where(column.is_not(None))).all()
            for row, moment in known:
                values = {column.name: moment - timedelta(days=days)}
                connection.execute(update(table).where(table.c.id == row).values(values))
