"""How well scrubbing does on labeled text: what it hides of each kind, and what it hides wrongly.

A labeled message is one JSON object a line: {"pieces": [text, [label, text...], ...], "form": …}.
All its texts joined are the raw message; `form` says how what is labeled was written, "plain" or
in some disguise.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from storage.anonymization import Scrubber
from storage.drafts import MARK, PLACEHOLDERS, Draft
from storage.errors import MalformedLabels
from storage.mrkdwn import parse
from storage.people import read_person

LABELS = (
    *("user", "handle", "channel", "url", "email", "ip", "phone", "number", "address"),
    *("secret", "name", "stranger", "code"),
)
HALVES = ("locked", "tuning")
_PLACEHOLDER_OF = {"handle": "user", "stranger": "name"}
_NO_UTF8 = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a message as it was written: of what kind, from where to where."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Labeled:
    """A raw message in which somebody has marked what is personal.

    Args:
        text: The message without entities, as its spans count.
    """

    raw: str
    text: str
    form: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class KindFigures:
    """What became of one kind of thing.

    Args:
        items: How many were labeled, by form.
        hidden: How many of these are wholly hidden, by whatever placeholder.
        placeholders: How many placeholders of this kind were put; of strangers' names none are
            counted, since nothing tells them from other names.
        right: How many of them cover something of this kind.
        another: How many cover something of another kind alone.
    """

    kind: str
    items: Mapping[str, int]
    hidden: Mapping[str, int]
    placeholders: int
    right: int
    another: int

    def recall(self, form: str | None = None) -> float | None:
        """Return the share of what is labeled, of one form or of all, that is wholly hidden."""
        items = self.items.get(form, 0) if form else sum(self.items.values())
        hidden = self.hidden.get(form, 0) if form else sum(self.hidden.values())
        return hidden / items if items else None

    @property
    def precision(self) -> float | None:
        """The share of the placeholders that cover something of this kind."""
        return self.right / self.placeholders if self.placeholders else None


@dataclass(frozen=True, slots=True)
class ScrubFigures:
    """What became of a labeled set.

    Args:
        bytes: How long the messages are, in UTF-8.
        replaced: How many of the bytes placeholders stand for.
        labeled: How many of the bytes are labeled.
    """

    messages: int
    bytes: int
    replaced: int
    labeled: int
    kinds: tuple[KindFigures, ...]


def read_labeled(half: str) -> list[Labeled]:
    """Read one half of the labeled messages that come with this program.

    Raises:
        MalformedLabels: A line is none.
    """
    lines = (files("storage") / "labeled" / f"{half}.jsonl").read_text(encoding="utf-8").split("\n")
    return [parse_labeled(line, number) for number, line in enumerate(lines, start=1) if line]


def read_name_forms() -> frozenset[str]:
    """Return the names of those who are known where the labeled messages were written."""
    roster = json.loads((files("storage") / "labeled" / "roster.json").read_text(encoding="utf-8"))
    people = [person for entry in roster if (person := read_person(entry))]
    return frozenset(
        name for person in people if not person.is_bot for name in person.names.values()
    )


def parse_labeled(line: str, number: int = 1) -> Labeled:
    """Read a labeled message.

    Raises:
        MalformedLabels: The line is none, or its labels cut through markup.
    """
    try:
        row = json.loads(line)
        pieces = [_read_piece(piece) for piece in row["pieces"]]
        form = str(row["form"])
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise MalformedLabels(number) from error
    raw = "".join(text for _, text in pieces)
    spans: list[Span] = []
    end = 0
    for label, piece in pieces:
        start, end = end, end + len(_as_written(piece))
        if label:
            spans.append(Span(label, start, end))
    text = _as_written(raw)
    if len(text) != end:
        raise MalformedLabels(number)
    return Labeled(raw, text, form, tuple(spans))


def _read_piece(piece: object) -> tuple[str, str]:
    if isinstance(piece, str):
        return "", piece
    if not isinstance(piece, list) or len(piece) < 2 or piece[0] not in LABELS:
        raise ValueError(piece)
    return piece[0], "".join(piece[1:])


def _as_written(raw: str) -> str:
    return parse(_NO_UTF8.sub("\ufffd", raw), is_traced=True).restore()


def measure_scrubbing(messages: Sequence[Labeled], scrubber: Scrubber) -> ScrubFigures:
    """Scrub labeled messages and count what is hidden, and what should not be."""

    def find(message: Labeled) -> Iterator[Span]:
        return _find_placeholders(scrubber.draft(message.raw, is_traced=True))

    return measure_finding(messages, find)


def measure_finding(
    messages: Sequence[Labeled], find: Callable[[Labeled], Iterable[Span]]
) -> ScrubFigures:
    """Count what anything finds in labeled messages as if placeholders stood there.

    Args:
        find: Yields places in a message's `text`, in order, with the labels of their kinds.
    """
    tally = _Tally(Counter(), Counter(), Counter(), Counter(), Counter())
    for message in messages:
        tally.add(message, tuple(find(message)))
    kinds = tuple(tally.figures(label) for label in LABELS)
    sizes = tally.bytes
    return ScrubFigures(len(messages), sizes["all"], sizes["replaced"], sizes["labeled"], kinds)


def _find_placeholders(draft: Draft) -> Iterator[Span]:
    """Yield the placeholders by what they stand for; users in markup and typed ones apart."""
    position = 0
    for piece, mark, source in zip(
        draft.text.split(MARK), (*draft.marks, ""), (*(draft.sources or ()), ""), strict=True
    ):
        position += len(piece)
        if mark in PLACEHOLDERS:
            is_typed_user = mark == "<user>" and not source.startswith("<")
            kind = "handle" if is_typed_user else mark[1:-1]
            yield Span(kind, position, position + len(source))
        position += len(source)


@dataclass(frozen=True, slots=True)
class _Tally:
    items: Counter[tuple[str, str]]  # by label and form
    hidden: Counter[tuple[str, str]]
    placeholders: Counter[str]
    covering: Counter[tuple[str, bool]]  # by label; whether it covers such a thing, or another
    bytes: Counter[str]

    def add(self, message: Labeled, found: tuple[Span, ...]) -> None:
        """Count what became of one message."""
        covered = {place for span in found for place in range(span.start, span.end)}
        for item in message.spans:
            self.items[item.kind, message.form] += 1
            self.hidden[item.kind, message.form] += _is_hidden(message.text, item, covered)
            self.bytes["labeled"] += _measure(message.text, item)
        for span in found:
            self.placeholders[span.kind] += 1
            kinds = {
                item.kind
                for item in message.spans
                if item.start < span.end and span.start < item.end
            }
            if kinds:
                self.covering[span.kind, not kinds.isdisjoint(_kinds_of(span.kind))] += 1
            self.bytes["replaced"] += _measure(message.text, span)
        self.bytes["all"] += len(message.text.encode())

    def figures(self, label: str) -> KindFigures:
        """Return the figures of one label."""
        items = {form: n for (kind, form), n in self.items.items() if kind == label}
        hidden = {form: n for (kind, form), n in self.hidden.items() if kind == label}
        right, another = self.covering[label, True], self.covering[label, False]
        return KindFigures(label, items, hidden, self.placeholders[label], right, another)


def _kinds_of(placeholder: str) -> set[str]:
    """Return the labels that a placeholder may cover: a typed handle is a user, too."""
    name = _PLACEHOLDER_OF.get(placeholder, placeholder)
    return {label for label in LABELS if _PLACEHOLDER_OF.get(label, label) == name}


def _is_hidden(text: str, item: Span, covered: set[int]) -> bool:
    """Tell whether nothing is left of it but white space, and of a name but punctuation."""
    left = [text[place] for place in range(item.start, item.end) if place not in covered]
    if item.kind in ("name", "stranger"):
        return not any(map(str.isalnum, left))
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in left)


def _measure(text: str, span: Span) -> int:
    return len(text[span.start : span.end].encode())
