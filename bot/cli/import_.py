"""`mimic import`: a Slack export comes in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.options import Json
from bot.cli.reports import show_report

if TYPE_CHECKING:
    from bot.importing import ImportSummary, Progress
    from storage.archive import Archive
    from storage.ingestion import IngestReport


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The export's zip or folder.")],
    *,
    consent: Annotated[
        str, typer.Option(help="Who has agreed elsewhere: all, or handles such as @ada,@bob.")
    ] = "",
    include: Annotated[
        str, typer.Option(help="What else may come in: any of private,dms,connect,guests.")
    ] = "",
    team: Annotated[
        str | None, typer.Option(help="Slack's id of the workspace, if the export lacks it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Store a Slack export, anonymized.

    Only messages of people who agreed come in. Doing it twice changes nothing.

    Example: mimic import export.zip --consent @ada,@bob
    """
    from bot.importing import ImportRequest, import_archive, parse_consent, parse_include
    from bot.session import open_session
    from storage.archive import Archive

    request = ImportRequest(parse_consent(consent) if consent else (), parse_include(include), team)
    with Archive.open(path) as archive, open_session() as session:
        with _show_progress(archive) as on_progress:
            summary = import_archive(
                session.store, archive, request, on_progress=on_progress, on_problem=console.note
            )
        if as_json:
            console.print_json(summary.to_json())
        else:
            _show(summary)
        _require_consent(summary)


@contextmanager
def _show_progress(archive: "Archive") -> "Iterator[Progress | None]":
    with console.progress_bar("pace") as bar:
        if bar is None:
            yield None  # a pipe gets the summary alone
            return
        task = bar.add_task("messages", total=archive.total_bytes, pace="")

        def show(report: "IngestReport") -> None:
            elapsed = bar.tasks[0].elapsed or 1.0
            done = archive.bytes_read / max(archive.total_bytes, 1)
            left = console.format_seconds(elapsed * (1 / max(done, 0.001) - 1))
            pace = f"{report.messages_read / elapsed:,.0f} messages/s, {left} left"
            bar.update(task, completed=archive.bytes_read, pace=pace)

        yield show


def _show(summary: "ImportSummary") -> None:
    show_report(summary.report)
    console.note(
        f"{summary.members:,} members, {summary.channels:,} channels, {summary.seconds:.1f} s"
    )
    if summary.granted or summary.refused:
        console.note(
            f"{summary.granted:,} members agree; {summary.refused:,} had said no and keep to it"
        )


def _require_consent(summary: "ImportSummary") -> None:
    from bot.errors import NobodyAgreed

    report = summary.report
    is_nothing_here = not report.messages_stored and not report.messages_unchanged
    if is_nothing_here and report.messages_dropped.get("no_consent"):
        raise NobodyAgreed(
            "Nothing was stored, because none of the authors has agreed: name those who have "
            "with --consent @ada,@bob, or --consent all if everybody has."
        )
