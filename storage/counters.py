"""Numbers by name: what has changed, seen cheaply by other processes, and how far work has come."""

from sqlalchemy import Connection, insert, select, update

from storage.schema import counters

NAMES = "names"
"""Grows when the names that members go by, or who of them is a bot, may have changed."""
DEPARTURES = "departures"
"""Grows when text or a voice of somebody who leaves has gone: what learned of it must be let go."""


def count_up(connection: Connection, name: str) -> None:
    """Let a counter grow, as part of the change that it stands for."""
    growth = update(counters).where(counters.c.name == name).values(number=counters.c.number + 1)
    if not connection.execute(growth).rowcount:
        connection.execute(insert(counters).values(name=name, number=1))


def write_counter(connection: Connection, name: str, number: int) -> None:
    """Set a number, as part of a change that is under way."""
    same = update(counters).where(counters.c.name == name)
    if not connection.execute(same.values(number=number)).rowcount:
        connection.execute(insert(counters).values(name=name, number=number))


def read_counter(connection: Connection, name: str) -> int:
    """Read a counter, as part of a transaction that is under way."""
    query = select(counters.c.number).where(counters.c.name == name)
    return connection.execute(query).scalar_one_or_none() or 0
