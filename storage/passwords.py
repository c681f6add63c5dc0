"""Passwords, keys and one-time codes: told by the words before them, in several languages."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from storage.cues import compile_cues
from storage.drafts import Finding
from storage.password_rows import CODE_CUES, ROWS, Row

# what is before, in, around a secret that has no digits
_SIGNS = re.compile(r"[:=\uff1a`\"\u201c\u201e\u00ab@$%^*#+~]")
_QUOTE = re.compile(r"\s['\u2018]")
_INSIDE = re.compile(r"[!&?](?<=\w.)(?=\w)|-(?=\w{4,12}-\w{4,12}(?!\w))")  # in a password
_IN_CODE = re.compile(r"\d{3}|(?i:[A-Z]\d|\d[A-Z])")


def _has_signs(text: str) -> bool:
    """Ask in the order of what is cheap."""
    if _SIGNS.search(text):
        return True
    if ("'" in text or "\u2018" in text) and _QUOTE.search(text):
        return True
    return ("-" in text or "!" in text or "&" in text) and bool(_INSIDE.search(text))


def _list_cues(*, with_digits: bool) -> re.Pattern[str]:
    """Return what finds the cues that count in a text without digits, or in one with digits."""
    cues = {cue for row in ROWS if with_digits or not row.needs_digits for cue in row.cues}
    return compile_cues(cues)


_CUES = _list_cues(with_digits=False)
_CUES_BESIDE_DIGITS = _list_cues(with_digits=True)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """Compile a row when it is first needed."""
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def find_passwords(text: str) -> Iterable[Finding]:
    """Find passwords, keys and codes by what is said of them; of `password: x` only the `x`."""
    return _find(text, tuple(_CUES_BESIDE_DIGITS.finditer(_lower(text))))


def find_quoted_passwords(text: str) -> Iterable[Finding]:
    """Find the same in a text without digits: what stands in quotes, behind a colon, has signs."""
    if not _has_signs(text) or not _CUES.search(text.lower()):
        return ()
    return _find(text, tuple(_CUES.finditer(_lower(text))))


def _lower(text: str) -> str:
    """Write in small letters, each where it was: of a few letters `lower` makes two."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower()[:1] for c in text)


def _find(text: str, cues: tuple[re.Match[str], ...]) -> Iterator[Finding]:
    names = {cue[0] for cue in cues}
    if names and not _IN_CODE.search(text):
        names.difference_update(CODE_CUES)
    for row in ROWS if names else ():
        if names.isdisjoint(row.cues):
            continue
        for match in _match(row, text, cues):
            yield Finding(*match.span(1), "secret")


def _match(row: Row, text: str, cues: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Yield where a row is right, from its cues on unless it may begin anywhere."""
    pattern = _compile(row.pattern)
    if row.is_anywhere:
        yield from (match for match in pattern.finditer(text) if row.is_secret(match[1]))
        return
    end = 0
    for cue in cues:
        is_new = cue[0] in row.cues and cue.start() >= end
        match = pattern.match(text, cue.start()) if is_new else None
        if match and row.is_secret(match[1]):
            yield match
            end = match.end()
