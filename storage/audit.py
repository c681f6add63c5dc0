"""The log of what was done about whom: rows are added, never changed or deleted."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from storage.database import Database
from storage.schema import audit

Details = Mapping[str, int | float | str]
CODE = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class AuditRow:
    """One thing that was done; `details` holds numbers and short codes, never text."""

    member: int | None
    event: str
    at: datetime
    details: Details


class Audit:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, event: str, *, member: int | None = None, **details: int | float | str
    ) -> None:
        """Add one row."""
        with self._database.writing() as connection:
            write_audit(connection, event, [member], details)

    def read(
        self,
        member: int | None = None,
        *,
        by: int | None = None,
        event: str | None = None,
        since: datetime | None = None,
    ) -> list[AuditRow]:
        """List what was done about a member, or about everybody, oldest first.

        Args:
            member: About whom.
            by: Only what this member did.
            event: Only this.
            since: Only from then on.
        """
        query = select(audit).order_by(audit.c.id)
        if member is not None:
            query = query.where(audit.c.member == member)
        if by is not None:
            query = query.where(audit.c.details["by"].as_integer() == by)
        if event is not None:
            query = query.where(audit.c.event == event)
        if since is not None:
            query = query.where(audit.c.at >= since)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [AuditRow(row.member, row.event, row.at, row.details) for row in rows]


def write_audit(
    connection: Connection, event: str, members: Iterable[int | None], details: Details
) -> None:
    """Add one row for each member, as part of a change that is under way.

    Raises:
        ValueError: A text among the details is no short code: it could be somebody's words.
    """
    for code in (event, *(value for value in details.values() if isinstance(value, str))):
        check_code(code)
    rows = [
        {"member": member, "event": event, "details": dict(details), "at": datetime.now(UTC)}
        for member in members
    ]
    if rows:
        connection.execute(insert(audit), rows)


def check_code(code: str) -> str:
    """Return a short code as it is.

    Raises:
        ValueError: It is not lower-case letters, digits, `_` and `-`, 32 at most.
    """
    if not CODE.fullmatch(code):
        raise ValueError("a code has lower-case letters, digits, _ and -, 32 at most")
    return code
