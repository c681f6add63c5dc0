"""Findings on the terminal as they come, and on a page where one is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot import console
from bot.cli.findings import show_findings
from bot.cli.trials import find_all
from bot.session import open_session

if TYPE_CHECKING:
    from bot.cli.trials import Plan
    from bot.page.record import Record


def show_and_keep(plan: "Plan", report: Path | None, *, with_samples: bool, as_json: bool) -> None:
    """Carry a plan out; that a page can be written is known before anything is trained.

    Args:
        report: Where the page goes, if there is to be one.
        with_samples: Whether messages that voices wrote stand on it.
    """
    if report is None:
        with open_session() as session:
            show_findings(find_all(session, plan), as_json=as_json)
        return
    with _keeping(plan, report, with_samples=with_samples) as record, open_session() as session:
        found = find_all(session, plan, on_stop=record.break_off)
        show_findings(record.follow(found), as_json=as_json)


@contextmanager
def _keeping(plan: "Plan", report: Path, *, with_samples: bool) -> "Iterator[Record]":
    """Give what keeps findings, and say at the end, however it comes, what there is of them."""
    from bot.page.page import Page
    from bot.page.record import Record

    record = Record(Page(report, plan.describe()), with_samples=with_samples)
    try:
        yield record
    finally:
        if record.is_kept:
            ending = "; it is partial" if record.is_partial else ""
            console.note(f"\nThe page is {record.page.path}{ending}.")
        if record.has_messages:
            console.note("It holds text in people's styles: show it only to who may see that.")
