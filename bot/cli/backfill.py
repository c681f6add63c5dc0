"""`mimic backfill`: Slack's history comes in through its Web API."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import console
from bot.cli.housekeeping import keep_house
from bot.cli.options import Json, Targets
from bot.cli.reports import show_report

if TYPE_CHECKING:
    from bot.headway import Headway
    from bot.history import BackfillRequest, BackfillSummary
    from bot.outlook import Prospect
    from bot.session import Session
    from bot.slack import Slack

_FIRST_DAY = 1_000_000_000.0  # before Slack, and the first that has all ten digits of a ts
_STOPPING = "Stopping: what has come so far is kept. Ctrl-C again stops at once."
_ISO = "%Y-%m-%dT%H:%M:%S+00:00"
_WHY_SKIPPED = {
    "connect": "shared with other workspaces (MIMIC_INCLUDE)",
    "not_in_channel": "the bot is not in it",
    "channel_not_found": "Slack does not find it",
    "missing_scope": "the app lacks a scope (`mimic init` says which)",
    "thread_not_found": "Slack does not find it",
    "server_error": "Slack fails at it",
    "late_limit": "too many old threads to ask them all for late replies",
}


def backfill(
    targets: Targets = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every channel that the bot is in.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Read again from this day on (YYYY-MM-DD, UTC), for late changes."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read Slack's history of those who agreed, anonymized.

    Without TARGET and --all it reads nothing: it shows from when to when each channel is complete,
    and says what --all would read. Ctrl-C ends it at any time; run it again to go on. While another
    process reads, it waits for its turn.

    Example: mimic backfill channel:random @ada --since 2026-01-01
    """
    from bot.errors import Misused
    from bot.session import open_session, read_settings
    from bot.slack import Slack
    from bot.slack_client import build_client

    request = _build_request(targets or [], since)
    is_named = bool(request.channels or request.authors)
    if is_named and everything:
        raise Misused("Name targets, or say --all, not both.")
    settings = read_settings()
    slack = Slack(build_client(settings))
    with open_session(settings) as session:
        if is_named or everything:
            _run(session, slack, request, as_json=as_json)
        else:
            _look_ahead(session, slack, as_json=as_json)


def _build_request(targets: list[str], since: str | None) -> "BackfillRequest":
    from bot.errors import Misused
    from bot.history import BackfillRequest
    from bot.targets import parse_reference

    references = [parse_reference(target) for target in targets]
    if any(reference.kind == "text" for reference in references):
        raise Misused("Only members and channels have a history: write @handle or channel:name.")
    return BackfillRequest(
        channels=tuple(each.name for each in references if each.kind == "channel"),
        authors=tuple(each.name for each in references if each.kind == "person"),
        since_ts=_parse_day(since) if since else "",
    )


def _parse_day(text: str) -> str:
    from bot.errors import Misused

    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Misused(f"--since must be a day such as 2026-01-31. Received: {text}") from None
    return f"{max(day.timestamp(), _FIRST_DAY):.6f}"


def _run(session: "Session", slack: "Slack", request: "BackfillRequest", *, as_json: bool) -> None:
    from bot.history import Watch, backfill
    from bot.stopping import stop_on_signal

    include = frozenset(session.settings.mimic_include)
    with stop_on_signal(_STOPPING) as stop, _show_progress() as on_progress:
        watch = Watch(on_progress, stop, say=console.note)
        summary = backfill(session.store, slack, request, include=include, watch=watch)
    if as_json:
        console.print_json(summary.to_json())
    else:
        _show(summary)
    if not summary.is_stopped:
        keep_house(session.store)
    _require_success(summary)


@contextmanager
def _show_progress() -> "Iterator[Callable[[Headway], None]]":
    from bot.headway import SlowNotice

    with console.progress_bar("pace") as bar:
        if bar is None:  # a pipe gets the summary alone, but is told when it will take days
            yield SlowNotice(console.note).show
            return
        slow = SlowNotice(bar.console.print)
        task = bar.add_task("history", total=1.0, pace="")

        def show(headway: "Headway") -> None:
            slow.show(headway)
            pace = (
                f"{headway.messages_per_second:,.0f} messages/s, "
                f"{headway.channels_done} of {headway.channels} channels"
            )
            if headway.seconds_left is not None:
                pace += f", {console.format_seconds(headway.seconds_left)} left"
            bar.update(task, completed=headway.fraction, pace=pace)

        yield show


def _show(summary: "BackfillSummary") -> None:
    show_report(summary.report)
    _show_skipped("channels", summary.channels_skipped)
    _show_skipped("threads", summary.threads_skipped)
    if summary.threads_asked_again:
        console.note(f"{summary.threads_asked_again:,} old threads asked for late replies")
    console.note(
        f"{summary.members:,} members, {summary.channels:,} channels, {summary.seconds:.1f} s"
    )


def _show_skipped(what: str, skipped: "Mapping[str, int]") -> None:
    for code, number in skipped.items():
        console.note(f"{number:,} {what} skipped: {_WHY_SKIPPED.get(code, code)}")


def _require_success(summary: "BackfillSummary") -> None:
    from bot.errors import BotError, NobodyAgreed

    if summary.is_stopped:
        raise BotError("Stopped before the end: run the same command again to go on.")
    if not summary.agreed:
        raise NobodyAgreed(
            "Nothing was read, because nobody has agreed yet: people agree with `/mimic optin` in "
            "Slack, and `mimic consent grant @ada` notes who has agreed elsewhere."
        )


def _look_ahead(session: "Session", slack: "Slack", *, as_json: bool) -> None:
    from bot.outlook import look_ahead

    include = frozenset(session.settings.mimic_include)
    outlook = look_ahead(session.store, slack, include=include)
    if as_json:
        for one in outlook.channels:
            console.print_json(_to_json(one))
    elif outlook.channels:
        columns = ("channel", "complete from (UTC)", "to", "gaps", "problem")
        console.print_table(columns, map(_to_row, outlook.channels))
    _show_skipped("channels", outlook.skipped)
    number = len(outlook.channels)
    console.note(
        f"Nothing was read. `mimic backfill --all` would read {number:,} channels for the "
        f"{outlook.agreed:,} members who agreed; {outlook.new:,} of them were never read for."
    )


def _to_json(one: "Prospect") -> dict[str, Any]:
    return {
        "channel": one.name,
        "read_until": _format_ts(one.read_until, _ISO),
        "complete_from": _format_ts(one.stretches[0][0], _ISO) if one.stretches else None,
        "complete_to": _format_ts(one.stretches[-1][1], _ISO) if one.stretches else None,
        "gaps": [[_format_ts(ts, _ISO) for ts in gap] for gap in one.gaps],
        "problem": one.problem,
    }


def _to_row(one: "Prospect") -> tuple[object, ...]:
    if not one.stretches:
        return one.name, "not read yet", None, None, one.problem
    gaps = "; ".join(f"{_format_ts(since)} to {_format_ts(until)}" for since, until in one.gaps)
    begin = _format_ts(one.stretches[0][0]) or "its beginning"
    return one.name, begin, _format_ts(one.stretches[-1][1]), gaps or None, one.problem


def _format_ts(ts: str, form: str = "%Y-%m-%d %H:%M") -> str | None:
    return datetime.fromtimestamp(float(ts), UTC).strftime(form) if ts else None
