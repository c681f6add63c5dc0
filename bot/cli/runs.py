"""`mimic runs`: what was trained, is being trained, and waits to be."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import console
from bot.cli.options import Json

if TYPE_CHECKING:
    from storage.runs import RunRow
    from storage.store import Store

app = typer.Typer()

Run = Annotated[int, typer.Argument(metavar="ID", help="A run's number, as `mimic runs` lists it.")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List runs, the newest first; watch or cancel one, or read its log.

    Example: mimic runs
    """
    if context.invoked_subcommand is not None:
        return
    from bot.session import open_session

    with open_session() as session:
        found = [_to_json(session.store, run) for run in session.store.runs.list()]
    if as_json:
        for run in found:
            console.print_json(run)
    elif found:
        columns = ("run", "target", "state", "progress", "reason")
        console.print_table(columns, [_to_cells(run) for run in found])
    else:
        console.note("There are no runs yet: `mimic train` or `mimic schedule run` starts one.")


@app.command()
def watch(
    run: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]",
            help="Which; without it, the one under way or next in the queue.",
            show_default=False,
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show a run's progress until it ends; Ctrl-C only stops watching.

    Example: mimic runs watch 7
    """
    from bot.run_display import find_open, follow, show_run
    from bot.session import open_session

    with open_session() as session:
        store = session.store
        row = find_open(store) if run is None else store.runs.get(run)
        if row is None:
            console.note("No run is under way and none waits.")
            return
        if as_json:
            for view in follow(store, row.id):
                console.print_json(_to_json(store, view.run) | view.figures())
                row = view.run
        else:
            row = show_run(store, row)
    if row.state == "failed":
        console.fail(f"Run {row.id} failed: {row.reason}")
        raise typer.Exit(1)


@app.command()
def log(run: Run, *, as_json: Json = False) -> None:
    """Read what a run has measured so far.

    Example: mimic runs log 7
    """
    from bot.labels import show_target
    from bot.session import open_session

    with open_session() as session:
        store = session.store
        events = store.runs.events(store.runs.get(run).id)
        voices = {event.voice: show_target(store, event.voice) for event in events}
    rows = [
        {
            "run": run,
            "at": event.at.isoformat(timespec="seconds"),
            "voice": voices[event.voice],
            "fraction": round(event.fraction, 4),
            "tokens_per_second": round(event.tokens_per_second, 1),
            "bits_per_byte": event.bits_per_byte,
        }
        for event in events
    ]
    if as_json:
        for row in rows:
            console.print_json(row)
    elif rows:
        console.print_table(list(rows[0])[1:], [list(row.values())[1:] for row in rows])
    else:
        console.note(f"Run {run} has measured nothing.")


@app.command()
def cancel(run: Run, *, as_json: Json = False) -> None:
    """Cancel a run: what speaks now goes on speaking.

    One that waits is cancelled at once; the trainer ends one that is under way within seconds.

    Example: mimic runs cancel 7
    """
    from bot.session import open_session

    with open_session() as session:
        row = session.store.runs.cancel(run)
        facts = _to_json(session.store, row)
    if as_json:
        console.print_json(facts)
    elif row.state == "running":
        console.print_text(f"Run {run} ends within seconds.")
    elif row.state == "cancelled":
        console.print_text(f"Run {run} is cancelled.")
    else:
        console.print_text(f"Run {run} had {row.state} already.")


def _to_json(store: "Store", run: "RunRow") -> dict[str, Any]:
    from bot.labels import show_target

    return {
        "run": run.id,
        "target": show_target(store, run.target),
        "state": run.state,
        "progress": round(run.progress, 4),
        "reason": run.reason,
        "queued_at": run.queued_at.isoformat(timespec="seconds"),
        "started_at": run.started_at and run.started_at.isoformat(timespec="seconds"),
        "finished_at": run.finished_at and run.finished_at.isoformat(timespec="seconds"),
        "device": run.device,
        "tokens": run.tokens,
        "seconds": run.seconds,
        "cost": run.cost,
    }


def _to_cells(run: dict[str, Any]) -> list[object]:
    return [
        run["run"],
        run["target"],
        run["state"],
        f"{run['progress']:.0%}",
        run["reason"],
    ]
