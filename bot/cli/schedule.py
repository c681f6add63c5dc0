"""`mimic schedule`: when voices learn anew."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import console
from bot.cli.options import Json

if TYPE_CHECKING:
    from bot.session import Session
    from storage.schedules import ScheduleRow
    from storage.store import Store

app = typer.Typer(no_args_is_help=False)

What = Annotated[
    str, typer.Argument(metavar="TARGET", help="all, base, @handle, #channel or channel:name.")
]
Which = Annotated[
    str, typer.Argument(metavar="SCHEDULE", help="Its number or its TARGET, as the list has them.")
]


@app.callback()
def _schedule() -> None:
    """See and set when voices learn anew; times are UTC.

    Example: mimic schedule list
    """


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the schedules.

    Example: mimic schedule list
    """
    from bot.session import open_session

    with open_session() as session:
        found = [_to_json(session.store, row) for row in session.store.schedules.list()]
    if as_json:
        for row in found:
            console.print_json(row)
    elif found:
        console.print_table(list(found[0]), [list(row.values()) for row in found])
    else:
        console.note("Nothing is scheduled: `mimic schedule add all nightly` would change that.")


@app.command()
def add(
    target: What,
    cron: Annotated[
        str,
        typer.Argument(
            metavar="CRON",
            help="nightly, weekly, or five fields in quotes, such as '0 3 * * 1-5'.",
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Let TARGET learn anew whenever the time comes and it is due; another CRON replaces the last.

    Example: mimic schedule add @ada nightly
    """
    from datetime import UTC, datetime

    from bot.cron import find_next, parse_cron
    from bot.labels import read_target
    from bot.session import open_session

    line = parse_cron(cron)
    with open_session() as session:
        store = session.store
        due = find_next(line, datetime.now(UTC))
        row = store.schedules.set(read_target(store, target), line, next_run_at=due)
        facts = _to_json(store, row)
    if as_json:
        console.print_json(facts)
    else:
        console.print_text(f"{facts['target']} learns next at {facts['next_run']}.")


@app.command()
def remove(schedule: Which, *, as_json: Json = False) -> None:
    """Remove a schedule; RETRAIN_CRON=off keeps the one for all from coming back.

    Example: mimic schedule remove @ada
    """
    from bot.session import open_session

    with open_session() as session:
        row = _find(session, schedule)
        facts = _to_json(session.store, row)
        session.store.schedules.remove(row.id)
    if as_json:
        console.print_json(facts)
    else:
        console.print_text(f"{facts['target']} is not scheduled any more.")


@app.command()
def run(
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="What to train: a TARGET or a schedule's number."),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Queue a run now, for a running `mimic serve` or `mimic worker`.

    It trains what is asked for even if little is new.

    Example: mimic schedule run @ada
    """
    from bot.labels import read_target, show_target
    from bot.session import open_session

    with open_session() as session:
        store = session.store
        row = store.schedules.get(int(target)) if target.isdigit() else None
        label = row.target if row else read_target(store, target)
        queued = store.runs.queue(label)
        row = row or store.schedules.find(label)
        name = show_target(store, label)
    if as_json:
        moment = row and row.next_run_at and row.next_run_at.isoformat(timespec="seconds")
        facts = {"schedule": row and row.id, "target": name, "cron": row and row.cron}
        console.print_json({**facts, "next_run": moment, "run": queued.id, "state": queued.state})
    else:
        console.print_text(f"Run {queued.id} ({name}) waits: `mimic runs watch {queued.id}`.")


def _find(session: "Session", text: str) -> "ScheduleRow":
    from bot.labels import read_target
    from storage.errors import UnknownSchedule

    schedules = session.store.schedules
    if text.isdigit():
        return schedules.get(int(text))
    row = schedules.find(read_target(session.store, text))
    if row is None:
        raise UnknownSchedule("This TARGET has no schedule: `mimic schedule list` lists all.")
    return row


def _to_json(store: "Store", row: "ScheduleRow") -> dict[str, Any]:
    from bot.labels import show_target

    due = row.next_run_at
    return {
        "schedule": row.id,
        "target": show_target(store, row.target),
        "cron": row.cron,
        "next_run": due and due.isoformat(timespec="seconds"),
    }
