"""How surely a store keeps its changes."""

from sqlalchemy import event

from storage.store import Store

DURABLE = 2  # outlasts a power cut
BRIEFLY = 1


def list_flushes(store: Store) -> list[int]:
    """Return a list that grows with each change from now on, by how surely it is kept."""
    levels: list[int] = []

    def note(connection):
        levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    event.listen(store._database._engine, "commit", note)
    return levels
