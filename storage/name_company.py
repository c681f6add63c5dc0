"""What the names beside it tell about a word, and what else belongs to a name.

Will is somebody in "Ada and Will", and the next line's "hope: docs" is about somebody if this one
is "ada: tests". Initials go with the name: "J. Lovelace", "Lovelace, A.".
"""

import re
from collections.abc import Iterable, Iterator, Sequence

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
    r"[ \t]+(?:are|were|have|will|can|both|should|please|pls|agree\w*|said|did|do)\b"
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
    known, left = list(found), list(doubtful)
    new: list[Finding] = []
    while left:
        taken = [word for word in left if any(_are_company(text, name, word) for name in known)]
        if not taken:
            break
        new += taken
        known = taken
        left = [word for word in left if word not in taken]
    return new


def _are_company(text: str, name: Finding, word: Finding) -> bool:
    return _are_joined(text, name, word) or _begin_lines(text, name, word)


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
    begins = text[: first.start].rpartition("\n")[2].strip(_BULLETS) == ""
    return begins and bool(_DONE_TOGETHER.match(text.lower(), second.end))


def _begin_lines(text: str, name: Finding, word: Finding) -> bool:
    """Tell whether both stand before the same mark at the beginnings of lines."""
    mark = _LINE_MARK.match(text, word.end)
    other = _LINE_MARK.match(text, name.end)
    if not mark or not other or mark[1] != other[1] or "\n" not in text:
        return False
    return all(
        text[: place.start].rpartition("\n")[2].strip(_BULLETS) == "" for place in (name, word)
    )


def _find_listed(text: str, names: Sequence[Finding]) -> list[Finding]:
    """Return full names that nobody knows, which stand in a list with a full name."""
    listed: list[Finding] = []
    for name in names:
        if " " in text[name.start : name.end]:
            listed += _walk(text, name)
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
