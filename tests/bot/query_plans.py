"""What the database does for a piece of work: every statement, and how SQLite goes about it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage.store import Store

# of few rows, however large a workspace is; SQLite calls a SELECT without a table CONSTANT
SMALL = frozenset({"keys", "teams", "counters", "leases", "schedules", "CONSTANT"})
SCAN = re.compile(r"SCAN (\w+)")


class Watch:
    """Notes the statements of a store, each once, and how many were asked in all."""

    def __init__(self) -> None:
        self.statements: dict[str, tuple[Any, ...]] = {}
        self.asked = 0

    def note(
        self, _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any,
        is_many: bool,
    ) -> None:  # fmt: skip
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            self.asked += 1
            self.statements.setdefault(statement, parameters[0] if is_many else parameters)


@contextmanager
def watching(store: Store) -> Iterator[Watch]:
    """Note what is asked of a store meanwhile."""
    watch, engine = Watch(), store._database._engine
    event.listen(engine, "before_cursor_execute", watch.note)
    try:
        yield watch
    finally:
        event.remove(engine, "before_cursor_execute", watch.note)


def find_scans(store: Store, watch: Watch) -> dict[str, list[str]]:
    """Return the statements that look at every row of a table that grows, and the steps that do."""
    with sqlite3.connect(store._database.file) as file:
        found = {
            statement: [step for step in _explain(file, statement, values) if _is_scan(step)]
            for statement, values in watch.statements.items()
        }
    file.close()
    return {" ".join(statement.split()): steps for statement, steps in found.items() if steps}


def _explain(file: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> list[str]:
    plan = file.execute(f"EXPLAIN QUERY PLAN {statement}", values)
    return [str(step) for *_, step in plan]


def _is_scan(step: str) -> bool:
    found = SCAN.match(step)
    is_given = "VIRTUAL TABLE" in step  # the values of the statement itself, as a table
    return found is not None and not is_given and found[1] not in SMALL
