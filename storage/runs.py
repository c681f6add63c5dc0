"""Runs are rows, seen by all processes alike: queued, under way with their log, or finished."""

from datetime import UTC, datetime
from typing import Any, Literal, TypedDict, Unpack

from sqlalchemy import Select, func, insert, select, update

from storage.database import Database
from storage.run_rows import (
    COLUMNS,
    OPEN,
    RunEvent,
    RunRow,
    RunState,
    add_run,
    cancel_run,
    change_run,
    check_target,
    queue_run,
    read_run,
    to_run,
)
from storage.schema import run_events, runs

_IS_OPEN = runs.c.state.in_(OPEN)

__all__ = ["OPEN", "RunEvent", "RunFigures", "RunRow", "RunState", "Runs"]


class RunFigures(TypedDict, total=False):
    """What a trainer says of a run that is over; the names are `RunRow`'s."""

    device: str | None
    tokens: int
    seconds: float
    cost: float | None


class Runs:
    """The room's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, target: str, *, folder: str | None = None) -> RunRow:
        """Add a run that is under way.

        Args:
            target: What it trains: labels of voices (`VoiceRow.label`) with a space between, or
                `all`; never a name or a Slack id.
            folder: Where it keeps its checkpoint.

        Raises:
            ValueError: `target` could name somebody.
        """
        now = datetime.now(UTC)
        moments = {"queued_at": now, "started_at": now}
        with self._database.writing() as connection:
            return add_run(
                connection, check_target(target), state="running", folder=folder, **moments
            )

    def queue(
        self,
        target: str,
        *,
        requested_by: int | None = None,
        is_forced: bool = True,
        minutes: float | None = None,
    ) -> RunRow:
        """Add a run for the trainer to take; one that waits with this target already serves.

        Args:
            target: As `start` wants it.
            requested_by: The member to tell when it ends.
            is_forced: Train even what is not due.
            minutes: How long it may take; what waits already keeps its own.

        Raises:
            ValueError: `target` could name somebody.
        """
        with self._database.writing() as connection:
            return queue_run(
                connection,
                target,
                requested_by=requested_by,
                is_forced=is_forced,
                minutes=minutes,
            )

    def take(self) -> RunRow | None:
        """Give the run to work on next; only the holder of the trainer's lease may call this.

        A run that is under way already comes first: its process is dead, and it goes on where it
        stood. If somebody wanted it cancelled meanwhile, it ends here.
        """
        now = datetime.now(UTC)
        is_running = runs.c.state == "running"
        unwanted = update(runs).where(is_running, runs.c.is_cancel_wanted)
        waiting = select(runs).where(runs.c.state.in_(OPEN))
        oldest = waiting.order_by(runs.c.state != "running", runs.c.id).limit(1)
        with self._database.writing() as connection:
            connection.execute(unwanted.values(state="cancelled", finished_at=now))
            row = connection.execute(oldest).one_or_none()
            if row is None:
                return None
            change_run(connection, row.id, state="running", started_at=row.started_at or now)
            return read_run(connection, row.id)

    def has_work(self) -> bool:
        """Say whether a run waits for a trainer, or has lost the one it had."""
        query = select(runs.c.id).where(runs.c.state.in_(OPEN)).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).one_or_none() is not None

    def progress(self, run: int, fraction: float) -> None:
        """Say how far a run is, from 0 to 1."""
        with self._database.writing() as connection:
            change_run(connection, run, progress=min(max(fraction, 0.0), 1.0))

    def note(self, run: int, event: RunEvent) -> None:
        """Add a line to a run's log.

        Raises:
            ValueError: The voice is no label.
        """
        values = {"run": run, **vars(event), "voice": check_target(event.voice)}
        with self._database.writing() as connection:
            connection.execute(insert(run_events).values(values))

    def events(self, run: int) -> tuple[RunEvent, ...]:
        """Read a run's log, oldest first."""
        columns = (run_events.c[name] for name in RunEvent.__dataclass_fields__)
        query = select(*columns).where(run_events.c.run == run).order_by(run_events.c.id)
        with self._database.reading() as connection:
            return tuple(RunEvent(**row._mapping) for row in connection.execute(query))

    def requeue(self, run: int) -> None:
        """Set a run aside, to go on from its checkpoint; one to be cancelled ends instead."""
        with self._database.writing() as connection:
            row = read_run(connection, run)
            if row.state != "running":
                return
            if row.is_cancel_wanted:
                change_run(connection, run, state="cancelled", finished_at=datetime.now(UTC))
            else:
                change_run(connection, run, state="queued")

    def cancel(self, run: int) -> RunRow:
        """End a run that waits; ask the trainer to stop one that is under way.

        Raises:
            UnknownRun: There is no such run.
        """
        with self._database.writing() as connection:
            cancel_run(connection, read_run(connection, run))
            return read_run(connection, run)

    def finish(
        self,
        run: int,
        state: Literal["succeeded", "failed", "cancelled"],
        *,
        reason: str | None = None,
        **figures: Unpack[RunFigures],
    ) -> None:
        """Close a run; the reason is one sentence that names nobody."""
        over = {"state": state, "reason": reason, "finished_at": datetime.now(UTC)}
        with self._database.writing() as connection:
            change_run(connection, run, **over, **figures)

    def get(self, run: int) -> RunRow:
        """Read one run.

        Raises:
            UnknownRun: There is no such run.
        """
        with self._database.reading() as connection:
            return read_run(connection, run)

    def unfinished(self, target: str) -> RunRow | None:
        """Find the newest run of a target that is under way.

        Whoever holds the lease may take it up: its process is dead.
        """
        is_open = (runs.c.target == target) & (runs.c.state == "running")
        query = select(*COLUMNS).where(is_open).order_by(runs.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return to_run(row) if row else None

    def untold(self) -> tuple[RunRow, ...]:
        """List the finished runs whose end somebody waits to hear of, oldest first."""
        is_over = runs.c.state.not_in(OPEN) & runs.c.requested_by.is_not(None)
        query = select(*COLUMNS).where(is_over, runs.c.is_told.is_(False)).order_by(runs.c.id)
        return self._read(query)

    def tell(self, run: int) -> bool:
        """Note that a run's end is told; `False` means that somebody told it before."""
        is_untold = (runs.c.id == run) & runs.c.is_told.is_(False)
        with self._database.writing() as connection:
            change = update(runs).where(is_untold).values(is_told=True)
            return bool(connection.execute(change).rowcount)

    def list(self, most: int | None = None) -> tuple[RunRow, ...]:
        """List all runs or the last few, newest first."""
        return self._read(select(*COLUMNS).order_by(runs.c.id.desc()).limit(most))

    def list_open(self) -> tuple[RunRow, ...]:
        """List the runs that wait or are under way, newest first."""
        return self._read(select(*COLUMNS).where(_IS_OPEN).order_by(runs.c.id.desc()))

    def list_since(self, moment: datetime) -> tuple[RunRow, ...]:
        """List the runs that are not over yet, or were queued at a moment or later."""
        return self._read(select(*COLUMNS).where(_IS_OPEN | (runs.c.queued_at >= moment)))

    def count_states(self) -> dict[str, int]:
        """Count the runs in each state that any is in."""
        query = select(runs.c.state, func.count().label("number")).group_by(runs.c.state)
        with self._database.reading() as connection:
            return {row.state: row.number for row in connection.execute(query)}

    def _read(self, query: Select[Any]) -> tuple[RunRow, ...]:
        with self._database.reading() as connection:
            return tuple(map(to_run, connection.execute(query)))
