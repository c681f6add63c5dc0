"""What the names beside it tell about a word, and what else belongs to a name.

Will is somebody in "Ada and Will", and the next line's "hope: docs" is about somebody if this one
is "ada: tests". Initials go with the name: "J. Lovelace", "Lovelace, A.".
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from storage.drafts import Finding
from storage.given_names import means_more
from storage.ordinary_words import COMMON_WORDS, read_lexicon

_SYMBOL = r"[ \t]*(?:[&+/|]|->|\u2192)[ \t]*"
_AND = r"(?:and|or|und|oder|y|e|o|et|ou|og|och|eller|en|of|i|plus)"
_JOINT = re.compile(
    rf"(?:['\u2019]s)?(?:{_SYMBOL}|[ \t]+{_AND}[ \t]+|[,;][ \t]*(?:{_AND}[ \t]+)?)", re.IGNORECASE
)
_TIGHT_JOINT = re.compile(_SYMBOL)
_LONGEST_JOINT = 10
_LIST_GOES_ON = re.compile(rf"[ \t]*(?:$|[,;:|&+/?!.)\n\u2192-]|{_AND}\b|both\b|['\u2019]s\b)")
_DONE_TOGETHER = re.compile(
    r"[ \t]+(?:are|were|have|will|can|both|should|please|pls|agree\w*|said|did|do)\b",
    re.IGNORECASE,
)
_LINE_MARK = re.compile(r"[ \t*_]*([:|=]|->|\u2192|[\u2013\u2014-](?=[ \t]))")
_BULLETS = " \t*_-\u2022>\u2013.)0123456789"
_CAPITAL = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff]"
_INITIALS_BEFORE = re.compile(
    rf"(?<![\w.'\u2019@-])(?:{_CAPITAL}\.[ -]?){{1,3}}(?:(?:v\.?d\.?|v/d) )?$"
)
_PARTICLE_BEFORE = re.compile(r"(?<!\w)(?:v\.?d\.?|v/d) $")
_INITIALS_AFTER = re.compile(
    rf",[ ](?:{_CAPITAL}\.[ -]?){{1,3}}(?=[ \t]*(?:$|[,;:)\n]|(?:and|&)[ ]))"
    rf"|[ ](?:{_CAPITAL}\.[ -]?){{0,2}}"
    rf"(?:{_CAPITAL}\.(?![ ]?\w)|(?!I)[A-Z](?![\w'\u2019+/&#.-]|[ ][A-Z\d]))"
)
_FULL_NAME = rf"{_CAPITAL}[^\W\d_]+(?:[ '\u2019-]{_CAPITAL}[^\W\d_]+){{1,2}}"
_NEXT = re.compile(rf"(?:,| and| &|;)[ ]({_FULL_NAME})(?=[ \t]*(?:$|[,;:.)\n]|and\b|&))")
_PREVIOUS = re.compile(rf"(?:^|[,:;(\n][ \t]?)({_FULL_NAME})(?:,| and| &|;)[ ]$")
_LAST_BEFORE = re.compile(
    rf"(?:^|[;:\n])[ \t*\u2022-]*({_CAPITAL}[^\W\d_]+(?:-{_CAPITAL}[^\W\d_]+)?),[ ]$"
)
_NAME_ENDS = re.compile(r"[ \t]*(?:$|[;(|\n]|[\u2013\u2014-][ ])")
_LONGEST = 60


def complete(text: str, found: Sequence[Finding], doubtful: Sequence[Finding]) -> Iterator[Finding]:
    """Yield names with all that belongs to them, and the doubtful ones that they vouch for."""
    names = [finding for finding in found if finding.kind == "name"]
    yield from (finding for finding in found if finding.kind != "name")
    names += _vouch(text, found, doubtful)
    names += _find_listed(text, names)
    yield from _keep_apart(_widen(text, name) for name in names)


def _keep_apart(names: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what lies in what was found before it, and join what only overlaps."""
    last: Finding | None = None
    for name in sorted(names):
        if last is None or name.start >= last.end:
            if last:
                yield last
            last = name
        else:
            last = Finding(last.start, max(last.end, name.end), "name")
    if last:
        yield last


def _vouch(text: str, found: Sequence[Finding], doubtful: Sequence[Finding]) -> list[Finding]:
    """Return those words that are names since names stand beside them, from one to the next."""
    if not doubtful:
        return []
    neighbors = _Neighbors(text, doubtful)
    new: set[Finding] = set()
    known = list(found)
    while known:
        taken = set(neighbors.of(known.pop())) - new
        new |= taken
        known += taken
    return sorted(new)


class _Neighbors:
    """Words that may be names, by where they stand: a text may have thousands."""

    def __init__(self, text: str, doubtful: Iterable[Finding]) -> None:
        self._text = text
        self._words = sorted(set(doubtful))
        self._starts = [word.start for word in self._words]
        self._ends = [word.end for word in self._words]
        self._by_mark: dict[str, list[Finding]] = {}
        for word in self._words:
            if mark := _find_line_mark(text, word):
                self._by_mark.setdefault(mark, []).append(word)

    def of(self, name: Finding) -> Iterator[Finding]:
        """Yield those that a name vouches for; those before its mark on other lines only once."""
        before = slice(
            bisect_left(self._ends, name.start - _LONGEST_JOINT),
            bisect_left(self._ends, name.start),
        )
        after = slice(
            bisect_right(self._starts, name.end),
            bisect_right(self._starts, name.end + _LONGEST_JOINT),
        )
        for word in chain(self._words[before], self._words[after]):
            if _are_joined(self._text, name, word):
                yield word
        yield from self._by_mark.pop(_find_line_mark(self._text, name), ())


def _are_joined(text: str, name: Finding, word: Finding) -> bool:
    """Tell whether a list or an "and" puts a word beside a name."""
    first, second = sorted((name, word))
    if not 0 < second.start - first.end <= _LONGEST_JOINT:
        return False
    joint = text[first.end : second.start]
    if _TIGHT_JOINT.fullmatch(joint):
        return True
    if not _JOINT.fullmatch(joint):
        return False
    written = text[word.start : word.end]
    if written[0].isupper() and (not written.isupper() or text[name.start : name.end].isupper()):
        return "," not in joint or first is word or bool(_LIST_GOES_ON.match(text, word.end))
    return _do_together(text, first, second) and "," not in joint


def _do_together(text: str, first: Finding, second: Finding) -> bool:
    """Tell by "may and bob are out" that a line begins with two people."""
    return _begins_line(text, first) and bool(_DONE_TOGETHER.match(text, second.end))


def _find_line_mark(text: str, place: Finding) -> str:
    """Return the mark that a word stands before at the beginning of one of several lines."""
    mark = _LINE_MARK.match(text, place.end)
    return mark[1] if mark and "\n" in text and _begins_line(text, place) else ""


def _begins_line(text: str, place: Finding) -> bool:
    return not text[text.rfind("\n", 0, place.start) + 1 : place.start].strip(_BULLETS)


def _find_listed(text: str, names: Sequence[Finding]) -> list[Finding]:
    """Return full names that nobody knows, which stand in a list with a full name.

    Of names in one list the first finds all the others.
    """
    listed: list[Finding] = []
    reached = 0
    for name in sorted(names):
        if name.start >= reached and " " in text[name.start : name.end]:
            listed += (others := tuple(_walk(text, name)))
            reached = max((other.end for other in others), default=name.end)
    return listed


def _walk(text: str, name: Finding) -> Iterator[Finding]:
    end, start = name.end, name.start
    while (match := _NEXT.match(text, end)) and _may_be_name(match[1]):
        yield Finding(*match.span(1), "name")
        end = match.end(1)
    while match := _PREVIOUS.search(text[max(0, start - _LONGEST) : start]):
        if not _may_be_name(match[1]):
            break
        begin = max(0, start - _LONGEST)
        start = begin + match.start(1)
        yield Finding(start, begin + match.end(1), "name")


def _may_be_name(full_name: str) -> bool:
    words = re.split(r"[ '\u2019-]", full_name.lower())
    return not all(map(means_more, words)) and COMMON_WORDS.isdisjoint(words)


def _widen(text: str, name: Finding) -> Finding:
    """Take in initials on either side, and the last name that stands first."""
    start, end = name.start, name.end
    before = text[max(0, start - _LONGEST) : start]
    if match := _INITIALS_BEFORE.search(before) or _PARTICLE_BEFORE.search(before):
        start -= len(before) - match.start()
    elif (match := _LAST_BEFORE.search(before)) and _NAME_ENDS.match(text, end):
        word = match[1].lower()
        if not means_more(word) and word not in read_lexicon("foreign"):
            start -= len(before) - match.start(1)
    if match := _INITIALS_AFTER.match(text, end):
        end += len(match[0].rstrip())
    return Finding(start, end, "name")
