"""Slack's markup: raw message text in, a draft in; stored text escaped on its way out.

Source: https://api.slack.com/reference/surfaces/formatting
"""

import re

from storage.drafts import MARK, PLACEHOLDERS, Draft

__all__ = ["PLACEHOLDERS", "escape", "parse"]

_SPECIAL = re.compile(rf"[<&\u2039{MARK}]|```")
_MARKUP = re.compile(
    r"""
    (?P<code>   ```.*?``` )
    | <@        (?P<user>    [A-Z0-9]+ )       (?:\|[^<>]*)? >
    | <\#       (?P<channel> [A-Z0-9]+ )       (?:\|[^<>]*)? >
    | <!subteam (?P<group>   \^[A-Z0-9]+ )     (?:\|[^<>]*)? >
    | <!        (?P<range>   here|channel|everyone|group ) (?:\|[^<>]*)? >
    | <!        [^<>|]+ \|   (?P<label>  [^<>]+ ) >
    | <         (?P<scheme>  [A-Za-z][A-Za-z0-9+.-]* ) :(?!:) [^<>\s|] [^<>]* >
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = "|".join(placeholder[1:-1] for placeholder in PLACEHOLDERS)
_TYPED = re.compile(rf"{MARK}|<({_KINDS})>|\u2039({_KINDS})\u203a")
_MARK_OF_SCHEME = {"mailto": "<email>", "tel": "<phone>", "sms": "<phone>"}
_MARK_OF_GROUP = {"user": "<user>", "channel": "<channel>", "group": "<user>", "code": "<code>"}


def parse(raw: str, *, is_traced: bool = False) -> Draft:
    """Read raw mrkdwn: markup becomes marks or its visible text, entities their characters.

    A placeholder that a person typed is kept apart by other brackets (U+2039, U+203A).

    Args:
        is_traced: Keep what stood where the marks are.
    """
    if not _SPECIAL.search(raw):
        return Draft(raw, sources=() if is_traced else None)
    pieces: list[str] = []
    marks: list[str] = []
    sources: list[str] | None = [] if is_traced else None
    end = 0
    for match in _MARKUP.finditer(raw):
        _add_text(raw[end : match.start()], pieces, marks, sources)
        end = match.end()
        if mark := _mark(match):
            pieces.append(MARK)
            marks.append(mark)
            if sources is not None:
                sources.append(_unescape(match[0]))
        else:
            _add_text(match["label"] or f"@{match['range']}", pieces, marks, sources)
    _add_text(raw[end:], pieces, marks, sources)
    written = None if sources is None else tuple(sources)
    return _set_typed_apart(Draft("".join(pieces), tuple(marks), written))


def escape(text: str) -> str:
    """Write `&`, `<` and `>` as the entities that Slack wants."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescape(text: str) -> str:
    # `&amp;` last, or "&amp;lt;" would lose two layers at once
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _add_text(raw: str, pieces: list[str], marks: list[str], sources: list[str] | None) -> None:
    """Add what is no markup; a U+FFFC that somebody typed is a mark for itself."""
    pieces.append(_unescape(raw))
    typed = MARK * raw.count(MARK)
    marks.extend(typed)
    if sources is not None:
        sources.extend(typed)


def _mark(match: re.Match[str]) -> str | None:
    if match.lastgroup == "scheme":
        return _MARK_OF_SCHEME.get(match["scheme"].lower(), "<url>")
    return _MARK_OF_GROUP.get(match.lastgroup or "")


def _set_typed_apart(draft: Draft) -> Draft:
    """Make marks of typed placeholders, so that nobody takes them for real ones."""
    if "<" not in draft.text and "\u2039" not in draft.text:
        return draft
    old = iter(draft.marks)
    old_sources = iter(draft.sources or ())
    marks: list[str] = []
    sources: list[str] = []

    def keep(match: re.Match[str]) -> str:
        is_mark = match[0] == MARK
        marks.append(next(old) if is_mark else f"\u2039{match[1] or match[2]}\u203a")
        sources.append(next(old_sources, "") if is_mark else match[0])
        return MARK

    text = _TYPED.sub(keep, draft.text)
    return Draft(text, tuple(marks), None if draft.sources is None else tuple(sources))
