"""A run's row, what its target may be, and the changes that are part of larger ones."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.errors import UnknownRun
from storage.schema import run_events, runs

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]

LABEL = r"(?:all|base|person:\d+|channel:\d+|text:[a-z][a-z0-9_-]*)"
TARGET = re.compile(rf"{LABEL}(?: {LABEL})*")
BASE = "base"
OPEN: tuple[RunState, ...] = ("queued", "running")
DEPARTURE = "The person left."


@dataclass(frozen=True)
class RunRow:
    """One run.

    Args:
        target: Labels of the voices it trains, with a space between.
        progress: From 0 to 1.
        reason: Why it ended as it did; one sentence that names nobody.
        folder: Keeps what it needs to go on after a crash.
        requested_by: The member to tell when it ends.
        is_forced: Train even what is not due.
        minutes: How long it may take.
        is_cancel_wanted: Somebody asked the trainer to stop it.
        device: What it was trained on.
        cost: Of the machine, in whatever money its price was given in.
    """

    id: int
    target: str
    state: RunState
    progress: float
    reason: str | None
    folder: str | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    requested_by: int | None
    is_forced: bool
    minutes: float | None
    is_cancel_wanted: bool
    device: str | None
    tokens: int
    seconds: float
    cost: float | None


@dataclass(frozen=True)
class RunEvent:
    """One line of a run's log: figures alone.

    Args:
        voice: A voice's label, as in `person:3`.
        fraction: How far that voice is, from 0 to 1.
        bits_per_byte: On held-out text, where it was measured.
    """

    at: datetime
    voice: str
    fraction: float
    tokens_per_second: float
    bits_per_byte: float | None


COLUMNS = tuple(runs.c[name] for name in RunRow.__dataclass_fields__)


def check_target(target: str) -> str:
    """Return a target as it is.

    Raises:
        ValueError: It is not made of voices' labels, so it could name somebody.
    """
    if not TARGET.fullmatch(target):
        raise ValueError("a run's target is made of voices' labels, as in person:3")
    return target


def queue_run(
    connection: Connection,
    target: str,
    *,
    requested_by: int | None = None,
    is_forced: bool,
    minutes: float | None = None,
) -> RunRow:
    """Add a run that waits, or join the one that does, as part of a change that is under way."""
    same = (runs.c.target == check_target(target)) & (runs.c.state == "queued")
    row = connection.execute(select(*COLUMNS).where(same)).first()
    if row is None:
        wishes = {"requested_by": requested_by, "is_forced": is_forced, "minutes": minutes}
        return add_run(connection, target, state="queued", queued_at=datetime.now(UTC), **wishes)
    asker = requested_by if row.requested_by is None else row.requested_by
    change_run(connection, row.id, requested_by=asker, is_forced=row.is_forced or is_forced)
    return read_run(connection, row.id)


def cancel_run(connection: Connection, row: RunRow, *, reason: str | None = None) -> None:
    """Cancel a run as far as it can be, as part of a change that is under way."""
    if row.state == "queued":
        over = {"state": "cancelled", "reason": reason, "finished_at": datetime.now(UTC)}
        change_run(connection, row.id, **over)
    elif row.state == "running":
        change_run(connection, row.id, is_cancel_wanted=True)


def withdraw_from_runs(connection: Connection, member: int, label: str) -> int:
    """Take somebody who leaves out of all runs: as a voice, and as one to be told.

    Of past runs only what else they trained stays, and none of the person's figures.

    Returns:
        How many runs had to do with the person.
    """
    own = runs.c.requested_by == member
    touched = set(connection.execute(select(runs.c.id).where(own)).scalars())
    connection.execute(update(runs).where(own).values(requested_by=None))
    connection.execute(delete(run_events).where(run_events.c.voice == label))
    for row in map(to_run, connection.execute(select(*COLUMNS)).all()):
        if label in row.target.split(" "):
            touched.add(row.id)
            (_withdraw if row.state in OPEN else _purge)(connection, row, label)
    return len(touched)


def _withdraw(connection: Connection, row: RunRow, label: str) -> None:
    rest = leave_out(row.target, label)
    if not rest:
        cancel_run(connection, row, reason=DEPARTURE)
    elif row.state == "queued":
        change_run(connection, row.id, target=rest)


def _purge(connection: Connection, row: RunRow, label: str) -> None:
    rest = " ".join(each for each in row.target.split(" ") if each != label)
    if rest:
        change_run(connection, row.id, target=rest)
    else:
        connection.execute(delete(runs).where(runs.c.id == row.id))


def leave_out(target: str, label: str) -> str:
    """Return a target without one voice; "" where at most the base would be left of it."""
    labels = target.split(" ")
    rest = [each for each in labels if each != label]
    return target if rest == labels else "" if rest in ([], [BASE]) else " ".join(rest)


def add_run(connection: Connection, target: str, **values: Any) -> RunRow:
    """Add a run of which at least the state and when it was queued are known."""
    unsaid = {
        "progress": 0.0,
        "is_forced": True,
        "is_cancel_wanted": False,
        "tokens": 0,
        "seconds": 0.0,
        "is_told": False,
    }
    addition = insert(runs).values({"target": target, **unsaid, **values}).returning(*COLUMNS)
    return to_run(connection.execute(addition).one())


def change_run(connection: Connection, run: int, **values: Any) -> None:
    """Change columns of a run."""
    connection.execute(update(runs).where(runs.c.id == run).values(**values))


def read_run(connection: Connection, run: int) -> RunRow:
    """Read one run.

    Raises:
        UnknownRun: There is no such run.
    """
    row = connection.execute(select(*COLUMNS).where(runs.c.id == run)).one_or_none()
    if row is None:
        raise UnknownRun("There is no such run: `mimic runs` lists all.")
    return to_run(row)


def to_run(row: Row[Any]) -> RunRow:
    """Turn a row of the table, `COLUMNS` of it, into a value."""
    return RunRow(**row._mapping)
