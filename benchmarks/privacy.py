"""What is hidden of labeled messages, beside what other programs of the kind find in them."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from benchmarks.contest import Spread, alternate
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from storage.anonymization import Scrubber
from storage.scrub_figures import (
    LABELS,
    KindFigures,
    Labeled,
    ScrubFigures,
    Span,
    measure_finding,
    measure_scrubbing,
    read_labeled,
    read_name_forms,
)

PEERS = ("presidio_analyzer", "scrubadub")
_HALF = "locked"
_LEAST_SCORE = 0.4  # below, Presidio calls every number a bank account
_TEXT = """Share of the labeled things that are wholly hidden (recall) and of what was found that
is one of its kind (precision), on the half of the labeled messages that no rule was tuned on:
{messages:,} messages, plain and disguised. Presidio {presidio} with its pattern recognizers for
English, results from a score of {score} on, without a language model, hence without names;
scrubadub {scrubadub} with its default detectors. Mimic knows the names of the workspace's members
and how Slack marks links; the others were given the text as it is written."""
_KINDS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "URL": "url",
    "IP_ADDRESS": "ip",
    "email": "email",
    "phone": "phone",
    "url": "url",
    "twitter": "handle",
    "credential": "secret",
}  # all else that they find is a number
_MARKUP = ("user", "channel", "code")  # is Slack's, and no other program knows it

Find = Callable[[Labeled], Iterable[Span]]


def has_peers() -> bool:
    """Return whether the other programs are installed: they are no part of the lock."""
    return all(find_spec(peer) for peer in PEERS)


def measure_privacy(_: Workshop, *, runs: int) -> Table | None:
    """Let all of them look at the same messages; None where the others are not installed."""
    if not has_peers():
        return None
    messages, neighbors = read_labeled(_HALF), Neighbors()
    scrubber = Scrubber(read_name_forms())
    finders = {"Presidio": _open_presidio(), "scrubadub": _open_scrubadub()}
    rates = alternate(
        {
            "Mimic": lambda: _rate(lambda message: scrubber.scrub(message.raw), messages),
            **{name: partial(_rate_finder, find, messages) for name, find in finders.items()},
        },
        runs,
    )
    figures = {
        "Mimic": measure_scrubbing(messages, scrubber),
        **{name: measure_finding(messages, find) for name, find in finders.items()},
    }
    rows = [_Row(name, figures[name], Spread.of(rates[name])) for name in figures]
    head = ("kind", *(f"{row.name}, {what}" for row in rows for what in ("recall", "precision")))
    table = [
        [label, *(cell for row in rows for cell in row.cells(label))]
        for label in LABELS
        if label not in _MARKUP
    ]
    speed = ["messages/s", *(cell for row in rows for cell in (str(row.rate), ""))]
    return Table("Privacy", _describe(len(messages)), head, [*table, speed], neighbors.describe())


@dataclass(frozen=True)
class _Row:
    name: str
    figures: ScrubFigures
    rate: Spread

    def kind(self, label: str) -> KindFigures:
        return self.figures.kinds[LABELS.index(label)]

    def cells(self, label: str) -> Iterator[str]:
        kind = self.kind(label)
        for share in (kind.recall(), kind.precision):
            yield "" if share is None else f"{share:.3f}"


def _rate_finder(find: Find, messages: Sequence[Labeled]) -> float:
    return _rate(lambda message: tuple(find(message)), messages)


def _rate(look: Callable[[Labeled], object], messages: Sequence[Labeled]) -> float:
    """Return the messages a second."""
    start = time.perf_counter()
    for message in messages:
        look(message)
    return len(messages) / (time.perf_counter() - start)


def _open_presidio() -> Find:
    suffixes: Any = import_module("tldextract")
    suffixes.extract = suffixes.TLDExtract(suffix_list_urls=())  # the list it has: no network
    registry: Any = import_module("presidio_analyzer").RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognizers = [r for r in registry.recognizers if "PERSON" not in r.supported_entities]

    def find(message: Labeled) -> Iterator[Span]:
        for recognizer in recognizers:
            entities = recognizer.supported_entities
            for found in recognizer.analyze(message.text, entities, None) or ():
                if found.score >= _LEAST_SCORE and found.entity_type != "DATE_TIME":
                    yield Span(_name_kind(found.entity_type), found.start, found.end)

    return find


def _open_scrubadub() -> Find:
    scrubber: Any = import_module("scrubadub").Scrubber()

    def find(message: Labeled) -> Iterator[Span]:
        for found in scrubber.iter_filth(message.text):
            yield Span(_name_kind(found.detector_name), found.beg, found.end)

    return find


def _name_kind(name: str) -> str:
    """Return our label for what another program calls it."""
    return _KINDS.get(name, "number")


def _describe(messages: int) -> str:
    versions = {peer.partition("_")[0]: version(peer.replace("_", "-")) for peer in PEERS}
    return _TEXT.format(messages=messages, score=_LEAST_SCORE, **versions)
