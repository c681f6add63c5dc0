"""Runs are rows, seen by all processes alike; a lease lets one trainer at a time work."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, or_, select, update

from storage.database import Database
from storage.schema import leases, runs

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]

LABEL = r"(?:all|base|person:\d+|channel:\d+|text:[a-z][a-z0-9_-]*)"
TARGET = re.compile(rf"{LABEL}(?: {LABEL})*")
TRAINER = "trainer"


@dataclass(frozen=True)
class RunRow:
    """One run; `folder` keeps what it needs to go on after a crash."""

    id: int
    target: str
    state: RunState
    progress: float
    reason: str | None
    folder: str | None
    started_at: datetime
    finished_at: datetime | None


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
        if not TARGET.fullmatch(target):
            raise ValueError("a run's target is made of voices' labels, as in person:3")
        values = {"target": target, "folder": folder, "started_at": datetime.now(UTC)}
        addition = insert(runs).values(state="running", progress=0.0, **values).returning(*runs.c)
        with self._database.writing() as connection:
            return _run(connection.execute(addition).one())

    def progress(self, run: int, fraction: float) -> None:
        """Say how far a run is, from 0 to 1."""
        self._change(run, progress=min(max(fraction, 0.0), 1.0))

    def finish(
        self,
        run: int,
        state: Literal["succeeded", "failed", "cancelled"],
        *,
        reason: str | None = None,
    ) -> None:
        """Close a run; the reason is one sentence that names nobody."""
        self._change(run, state=state, reason=reason, finished_at=datetime.now(UTC))

    def _change(self, run: int, **values: Any) -> None:
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(**values))

    def unfinished(self, target: str) -> RunRow | None:
        """Find the newest run of a target that never came to an end.

        Whoever holds the lease may take it up: its process is dead.
        """
        is_open = runs.c.state.in_(["queued", "running"])
        query = select(runs).where(runs.c.target == target, is_open).order_by(runs.c.id.desc())
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).one_or_none()
        return _run(row) if row else None

    def lease(self, holder: str, seconds: int = 60) -> bool:
        """Take the trainer's lease if nobody else has it.

        Args:
            holder: A random name of the process.
            seconds: How long it lasts unless renewed.

        Returns:
            Whether `holder` has it now.
        """
        now = time.time()
        mine = {"holder": holder, "expires_at": now + seconds}
        is_free = or_(leases.c.expires_at <= now, leases.c.holder == holder)
        same = leases.c.name == TRAINER
        with self._database.writing() as connection:
            if connection.execute(update(leases).where(same, is_free).values(mine)).rowcount:
                return True
            if connection.execute(select(leases.c.name).where(same)).one_or_none():
                return False
            connection.execute(insert(leases).values(name=TRAINER, **mine))
            return True

    def holder(self) -> str | None:
        """Say who holds the lease, if anybody does."""
        query = select(leases.c.holder).where(leases.c.name == TRAINER)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def renew(self, holder: str, seconds: int = 60) -> bool:
        """Keep the lease; `False` means that it ran out and another process took it."""
        return self.lease(holder, seconds)

    def release(self, holder: str) -> None:
        """Give the lease back."""
        with self._database.writing() as connection:
            own = (leases.c.name == TRAINER) & (leases.c.holder == holder)
            connection.execute(delete(leases).where(own))

    def list(self) -> tuple[RunRow, ...]:
        """List all runs, newest first."""
        with self._database.reading() as connection:
            return tuple(map(_run, connection.execute(select(runs).order_by(runs.c.id.desc()))))


def _run(row: Row[Any]) -> RunRow:
    return RunRow(**row._mapping)
