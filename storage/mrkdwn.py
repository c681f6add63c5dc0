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


def parse(raw: str) -> Draft:
    """Read raw mrkdwn: markup becomes marks or its visible text, entities their characters.

    A placeholder that a person typed is kept apart by other brackets (U+2039, U+203A).
    """
    if not _SPECIAL.search(raw):
        return Draft(raw)
    pieces: list[str] = []
    marks: list[str] = []
    end = 0
    for match in _MARKUP.finditer(raw):
        _add_text(raw[end : match.start()], pieces, marks)
        end = match.end()
        if mark := _mark(match):
            pieces.append(MARK)
            marks.append(mark)
        else:
            _add_text(match["label"] or f"@{match['range']}", pieces, marks)
    _add_text(raw[end:], pieces, marks)
    return _set_typed_apart(Draft("".join(pieces), tuple(marks)))


def escape(text: str) -> str:
    """Write `&`, `<` and `>` as the entities that Slack wants."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescape(text: str) -> str:
    # `&amp;` last, or "&amp;lt;" would lose two layers at once
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _add_text(raw: str, pieces: list[str], marks: list[str]) -> None:
    """Add what is no markup; a U+FFFC that somebody typed is a mark for itself."""
    pieces.append(_unescape(raw))
    marks.extend(MARK * raw.count(MARK))


def _mark(match: re.Match[str]) -> str | None:
    if match.lastgroup == "scheme":
        return _MARK_OF_SCHEME.get(match["scheme"].lower(), "<url>")
    return _MARK_OF_GROUP.get(match.lastgroup or "")


def _set_typed_apart(draft: Draft) -> Draft:
    """Make marks of typed placeholders, so that nobody takes them for real ones."""
    old = iter(draft.marks)
    marks: list[str] = []

    def keep(match: re.Match[str]) -> str:
        marks.append(next(old) if match[0] == MARK else f"\u2039{match[1] or match[2]}\u203a")
        return MARK

    return Draft(_TYPED.sub(keep, draft.text), tuple(marks))
