"""A text on its way to storage: each placeholder is one mark until all detectors have looked."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple, get_args

Kind = Literal[
    "user",
    "channel",
    "url",
    "email",
    "phone",
    "name",
    "address",
    "secret",
    "number",
    "ip",
    "code",
]

PLACEHOLDERS: tuple[str, ...] = tuple(f"<{kind}>" for kind in get_args(Kind))

MARK = "\ufffc"  # U+FFFC, "object replacement character": stands for what is no text


class Finding(NamedTuple):
    """What a detector found in a draft's text: `text[start:end]`."""

    start: int
    end: int
    kind: Kind


Detector = Callable[[str], Iterable[Finding]]
"""Finds one kind of thing, or a few. It must never match a text of nothing but `MARK`s."""


def scan(
    text: str, pattern: re.Pattern[str], is_right: Callable[[str], object]
) -> Iterator[re.Match[str]]:
    """Yield the matches that are right.

    Unlike `finditer`, look again behind the first character of one that is not: a card number
    may begin amid what looked like one.
    """
    position = 0
    while match := pattern.search(text, position):
        if is_right(match[0]):
            yield match
            position = match.end()
        else:
            position = match.start() + 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A text in which the n-th `MARK` stands for `marks[n]`.

    Detectors see the marks, and so cannot find anything in a placeholder, nor across one.

    Args:
        text: What is left of the message, unescaped.
        marks: Placeholders, and what is to be left alone: those that a person typed.
        sources: What was written where each mark stands, or nothing if that is not wanted.
    """

    text: str
    marks: tuple[str, ...] = ()
    sources: tuple[str, ...] | None = None

    def replace(self, findings: Iterable[Finding]) -> "Draft":
        """Put a placeholder for each finding; of two that overlap the first, longer one counts."""
        kept: list[Finding] = []
        for finding in sorted(findings, key=lambda found: (found.start, -found.end)):
            if not kept or finding.start >= kept[-1].end:
                kept.append(finding)
        pieces: list[str] = []
        marks: list[str] = []
        old, end = iter(self.marks), 0
        for finding in kept:
            pieces.append(self.text[end : finding.start])
            marks.extend(islice(old, pieces[-1].count(MARK)))
            marks.append(f"<{finding.kind}>")
            end = finding.end
            for _ in islice(old, self.text.count(MARK, finding.start, end)):
                pass
        text = MARK.join([*pieces, self.text[end:]])
        return Draft(text, (*marks, *old), self._trace(kept) if self.sources is not None else None)

    def _trace(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        """Return the sources as they are with these placeholders."""
        sources: list[str] = []
        old, end = iter(self.sources or ()), 0
        for finding in findings:
            sources.extend(islice(old, self.text.count(MARK, end, finding.start)))
            end = finding.end
            sources.append(_fill(self.text[finding.start : end], old))
        return (*sources, *old)

    def render(self) -> str:
        """Return the text with its placeholders written out."""
        return _fill(self.text, iter(self.marks)) if self.marks else self.text

    def restore(self) -> str:
        """Return the text as it was written, if sources were wanted."""
        return _fill(self.text, iter(self.sources or ()))

    def kinds(self) -> dict[str, int]:
        """Count the placeholders by kind."""
        counts: dict[str, int] = {}
        for mark in self.marks:
            if mark in PLACEHOLDERS:
                counts[mark[1:-1]] = counts.get(mark[1:-1], 0) + 1
        return counts


def _fill(text: str, values: Iterator[str]) -> str:
    """Put the next value for each mark in a text."""
    first, *rest = text.split(MARK)
    return first + "".join(value + piece for piece, value in zip(rest, values, strict=False))
