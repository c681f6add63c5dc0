"""Schedules are rows: what is trained again and when; one that is due only queues a run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.database import Database
from storage.errors import UnknownSchedule
from storage.run_rows import RunRow, check_target, leave_out, queue_run
from storage.schema import schedules


@dataclass(frozen=True)
class ScheduleRow:
    """One schedule.

    Args:
        target: As a run's: labels of voices, or `all`.
        cron: When, in cron's five fields, UTC.
        is_default: It came from the settings, not from a person.
        next_run_at: When it is due next; `None` until a scheduler has seen it.
    """

    id: int
    target: str
    cron: str
    is_enabled: bool
    is_default: bool
    next_run_at: datetime | None
    created_at: datetime


COLUMNS = tuple(schedules.c[name] for name in ScheduleRow.__dataclass_fields__)


class Schedules:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(
        self, target: str, cron: str, *, next_run_at: datetime | None, is_default: bool = False
    ) -> ScheduleRow:
        """Add the schedule of a target, or change it.

        Args:
            target: As `Runs.start` wants it.
            cron: A sound line of cron; it is not looked at here.
            next_run_at: When it is due next.
            is_default: It comes from the settings, not from a person.

        Raises:
            ValueError: `target` could name somebody.
        """
        values = {"cron": cron, "next_run_at": next_run_at, "is_default": is_default}
        values["is_enabled"] = True
        key = {"target": check_target(target), "created_at": datetime.now(UTC)}
        change = update(schedules).where(schedules.c.target == target).values(values)
        with self._database.writing() as connection:
            if not connection.execute(change).rowcount:
                connection.execute(insert(schedules).values({**key, **values}))
            query = select(*COLUMNS).where(schedules.c.target == target)
            return _schedule(connection.execute(query).one())

    def remove(self, schedule: int) -> None:
        """Remove a schedule.

        Raises:
            UnknownSchedule: There is no such schedule.
        """
        with self._database.writing() as connection:
            removal = delete(schedules).where(schedules.c.id == schedule)
            if not connection.execute(removal).rowcount:
                raise _unknown()

    def find(self, target: str) -> ScheduleRow | None:
        """Find the schedule of a target."""
        query = select(*COLUMNS).where(schedules.c.target == target)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return _schedule(row) if row else None

    def get(self, schedule: int) -> ScheduleRow:
        """Read one schedule.

        Raises:
            UnknownSchedule: There is no such schedule.
        """
        query = select(*COLUMNS).where(schedules.c.id == schedule)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise _unknown()
        return _schedule(row)

    def fire(self, schedule: int, *, due: datetime, next_run_at: datetime | None) -> RunRow | None:
        """Queue the run of a schedule that is due, and say when it is due again.

        Args:
            schedule: Which.
            due: The `next_run_at` that has come; it has to be the schedule's still.
            next_run_at: When it is due after that.

        Returns:
            The run that waits now; `None` if another scheduler was first, or the schedule was
            changed or removed meanwhile.
        """
        is_still_due = (
            (schedules.c.id == schedule) & (schedules.c.next_run_at == due) & schedules.c.is_enabled
        )
        change = update(schedules).where(is_still_due).values(next_run_at=next_run_at)
        with self._database.writing() as connection:
            target = connection.execute(change.returning(schedules.c.target)).scalar_one_or_none()
            return None if target is None else queue_run(connection, target, is_forced=False)

    def list(self) -> tuple[ScheduleRow, ...]:
        """List all schedules."""
        query = select(*COLUMNS).order_by(schedules.c.id)
        with self._database.reading() as connection:
            return tuple(map(_schedule, connection.execute(query)))


def withdraw_from_schedules(connection: Connection, label: str) -> int:
    """Take a voice out of all schedules, as part of a departure; return of how many."""
    query = select(schedules.c.id, schedules.c.target)
    targets = {row.id: row.target for row in connection.execute(query)}
    touched = 0
    for schedule, target in targets.items():
        rest = leave_out(target, label)
        if rest == target:
            continue
        touched += 1
        same = schedules.c.id == schedule
        if not rest or rest in targets.values():
            connection.execute(delete(schedules).where(same))
        else:
            connection.execute(update(schedules).where(same).values(target=rest))
    return touched


def _unknown() -> UnknownSchedule:
    return UnknownSchedule("There is no such schedule: `mimic schedule list` lists all.")


def _schedule(row: Row[Any]) -> ScheduleRow:
    return ScheduleRow(**row._mapping)
