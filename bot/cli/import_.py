"""`mimic import`: Slack exports and slackdump archives come in."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.housekeeping import keep_house
from bot.cli.options import Json
from bot.cli.reports import show_report

if TYPE_CHECKING:
    from bot.importing import ImportSummary, Progress
    from storage.ingestion import IngestReport
    from storage.sources import Source


def import_(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A zip, a folder, a slackdump archive.")
    ],
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
    """Store Slack exports, anonymized.

    PATH is an export (zip or folder), what slackdump has made (its SQLite file or its export), or
    a folder of several. Only messages of people who agreed come in. Doing it twice changes nothing.

    Example: mimic import export.zip --consent @ada,@bob
    """
    from bot.importing import ImportRequest, import_archives, parse_consent, parse_include
    from bot.session import open_session
    from storage.sources import open_sources

    request = ImportRequest(parse_consent(consent) if consent else (), parse_include(include), team)
    with ExitStack() as stack:
        archives = open_sources(path, on_problem=console.note)
        for archive in archives:
            stack.enter_context(archive)
        session = stack.enter_context(open_session())
        with _show_progress(archives) as on_progress:
            summary = import_archives(
                session.store, archives, request, on_progress=on_progress, on_problem=console.note
            )
        if as_json:
            console.print_json(summary.to_json())
        else:
            _show(summary)
        keep_house(session.store)
        _require_consent(summary)


@contextmanager
def _show_progress(archives: "Sequence[Source]") -> "Iterator[Progress | None]":
    with console.progress_bar("pace") as bar:
        if bar is None:
            yield None  # a pipe gets the summary alone
            return
        total = sum(archive.total_bytes for archive in archives)
        task = bar.add_task("messages", total=total, pace="")

        def show(report: "IngestReport") -> None:
            elapsed = bar.tasks[0].elapsed or 1.0
            read = sum(archive.bytes_read for archive in archives)
            left = console.format_seconds(elapsed * (1 / max(read / max(total, 1), 0.001) - 1))
            pace = f"{report.messages_read / elapsed:,.0f} messages/s, {left} left"
            bar.update(task, completed=read, pace=pace)

        yield show


def _show(summary: "ImportSummary") -> None:
    show_report(summary.report)
    console.note(
        f"{summary.members:,} members, {summary.channels:,} channels, {summary.seconds:.1f} s"
    )
    if summary.granted or summary.refused:
        console.note(
            f"{summary.granted:,} members agree; {summary.refused:,} had said no, or are paused, "
            "and keep to it"
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
