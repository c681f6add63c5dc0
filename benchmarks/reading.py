"""How fast stored messages are read for training: found, unsealed, told whose they are."""

import time
from collections.abc import Callable
from functools import partial

from benchmarks.contest import RUNS, Spread, alternate
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from storage.store import Store

_TEXT = """The workshop's database, {number:,} messages, read as a training reads them, in one
thread: all that may be learned, and what the member wrote who has written most."""


def measure_reading(workshop: Workshop, *, runs: int = RUNS) -> Table:
    """Read all messages and one voice's by turns."""
    with workshop.opened() as session:
        store = session.store
        author = max(store.members.list(), key=lambda member: member.messages).id
        ways: dict[str, Callable[[], float]] = {
            "all messages, messages/s": partial(_read, store),
            "one voice's, messages/s": partial(_read, store, author),
        }
        neighbors = Neighbors()
        found = alternate(ways, runs)
        text = _TEXT.format(number=store.messages.count())
    rows = [(what, f"{Spread.of(rates)}", "≥ 200,000") for what, rates in found.items()]
    return Table("Reading", text, ("what", "Mimic", "reach"), rows, neighbors.describe())


def _read(store: Store, author: int | None = None) -> float:
    """Return messages a second."""
    start = time.perf_counter()
    number = sum(1 for _ in store.messages.read(author=author))
    return number / (time.perf_counter() - start)
