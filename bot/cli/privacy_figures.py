"""What scrubbing hides of the labeled messages, as a table or as JSON."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot import console

if TYPE_CHECKING:
    from bot.page.page import Page
    from storage.anonymization import Scrubber
    from storage.scrub_figures import KindFigures, Labeled, ScrubFigures

_ROUNDS = 3  # of which the fastest counts


def show_privacy(half: str, report: Path | None = None, *, as_json: bool) -> None:
    """Measure one half of the labeled messages and print the figures; `report` is for a page."""
    from storage.anonymization import Scrubber
    from storage.scrub_figures import measure_scrubbing, read_labeled, read_name_forms

    page = _claim(report, half) if report else None
    messages = read_labeled(half)
    scrubber = Scrubber(read_name_forms())
    figures = measure_scrubbing(messages, scrubber)
    rate = _measure_rate(messages, scrubber)
    if as_json:
        _print_json(figures, rate)
    else:
        _print_table(figures, rate)
    if page:
        from bot.page.privacy import build_section

        page.write([build_section(figures, _list_forms(figures), rate)])
        console.note(f"\nThe page is {page.path}.")


def _claim(report: Path, half: str) -> "Page":
    from bot.page.page import Page

    return Page(report, {"What": "what is hidden of labeled messages", "Half of them": half})


def _measure_rate(messages: "Sequence[Labeled]", scrubber: "Scrubber") -> float:
    """Return how many messages are scrubbed in a second."""
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for message in messages:
            scrubber.scrub(message.raw)
        best = min(best, time.perf_counter() - start)
    return len(messages) / best


def _print_json(figures: "ScrubFigures", rate: float) -> None:
    for kind in figures.kinds:
        console.print_json(
            {
                "kind": kind.kind,
                "items": sum(kind.items.values()),
                "hidden": sum(kind.hidden.values()),
                "recall": kind.recall(),
                "placeholders": kind.placeholders,
                "right": kind.right,
                "another_kind": kind.another,
                "precision": kind.precision,
                "recall_by_form": {form: kind.recall(form) for form in sorted(kind.items)},
            }
        )
    console.print_json(
        {
            "kind": "all",
            "messages": figures.messages,
            "messages_per_second": rate,
            "bytes": figures.bytes,
            "bytes_replaced": figures.replaced,
            "bytes_labeled": figures.labeled,
        }
    )


def _print_table(figures: "ScrubFigures", rate: float) -> None:
    forms = _list_forms(figures)
    head = ("kind", "labeled", "recall", "precision", *forms)
    console.print_table(head, [_list_cells(kind, forms) for kind in figures.kinds])
    console.print_text(
        f"{figures.messages:,} messages, {rate:,.0f} a second; "
        f"{figures.replaced / figures.bytes:.1%} of their bytes are replaced, "
        f"{figures.labeled / figures.bytes:.1%} are labeled."
    )


def _list_forms(figures: "ScrubFigures") -> tuple[str, ...]:
    """Return how things were written: plainly, and then in what disguises."""
    return ("plain", *sorted({form for kind in figures.kinds for form in kind.items} - {"plain"}))


def _list_cells(kind: "KindFigures", forms: Sequence[str]) -> list[str]:
    shares = [kind.recall(), kind.precision, *map(kind.recall, forms)]
    return [kind.kind, f"{sum(kind.items.values()):,}", *map(_show, shares)]


def _show(share: float | None) -> str:
    return "" if share is None else f"{share:.3f}"
