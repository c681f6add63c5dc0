"""Pieces of Block Kit that keep Slack's limits, whatever text is put into them.

Text from people and voices goes into `plain_text`, where nothing pings, links or formats; `mrkdwn`
is for this program's own sentences, mentions and dates.

Source: https://docs.slack.dev/reference/block-kit and the `*_max_length` of slack_sdk's models
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

Block = dict[str, Any]
Message = dict[str, Any]
View = dict[str, Any]

MAX_TEXT = 3_000  # a section's text
MAX_HEADER = 150
MAX_LABEL = 75  # on a button or an option
MAX_VALUE = 2_000  # behind a button
MAX_NAME = 80  # Slack's own for a display name
MAX_NOTICE = 600  # escaped five times as long, still below the 4,000 of a message's `text`

# control characters, halves of characters, and marks that turn whole lines around
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_USER_ID = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]+")


def measure(text: str) -> int:
    """Count UTF-16 units: never less than Slack counts, whichever way it does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Drop what JSON cannot hold or a reader would not see coming; line breaks stay."""
    return _UNFIT.sub("", text)


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most `limit` UTF-16 units, with an ellipsis where something is missing."""
    if measure(text) <= limit:
        return text
    return text[: _fit(text, limit - 1)].rstrip() + "…" if limit > 0 else ""


def split(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Cut a text into pieces of at most `limit` units, at line ends or spaces where there are."""
    pieces = []
    while measure(text) > limit:
        most = _fit(text, limit)
        end = max(text.rfind("\n", 0, most), text.rfind(" ", 0, most)) + 1
        end = end if end > most // 2 else most
        pieces.append(text[:end])
        text = text[end:]
    return [piece for piece in [*pieces, text] if piece.strip()]


def _fit(text: str, limit: int) -> int:
    """Say how many characters of a text are at most `limit` units."""
    end = limit
    while (excess := measure(text[:end]) - limit) > 0:
        end -= (excess + 1) // 2  # a character has one unit or two
    return end


def one_line(name: str, *, limit: int = MAX_NAME, otherwise: str = "somebody") -> str:
    """Make a name fit into a sentence."""
    return shorten(" ".join(clean(name).split()), limit) or otherwise


def escape(text: str) -> str:
    """Make a text safe where Slack reads markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mention(user_id: str) -> str:
    """Show a member; only where it does not ping: for one reader, or in the App Home."""
    return f"<@{user_id}>" if _USER_ID.fullmatch(user_id) else "Somebody"


def mention_channel(channel_id: str | None) -> str:
    """Show a channel, or say that the place is none."""
    return f"<#{channel_id}>" if _CHANNEL_ID.fullmatch(channel_id or "") else "a direct message"


def show_time(moment: datetime) -> str:
    """Show a time as the reader's clock has it."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def count(number: int, noun: str) -> str:
    """Write `1 message`, `1,204 messages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def draw_bar(fraction: float, width: int = 10) -> str:
    """Draw progress as text."""
    fraction = min(max(fraction, 0.0), 1.0)
    full = int(fraction * width)
    return "█" * full + "░" * (width - full) + f" {fraction:.0%}"


def plain(text: str, limit: int = MAX_TEXT) -> Block:
    """Make a text object in which nothing but emoji codes means anything."""
    shown = shorten(clean(text), limit)
    return {"type": "plain_text", "text": shown if shown.strip() else "(nothing)", "emoji": True}


def markup(text: str) -> Block:
    """Make a text object of this program's own words, mentions and dates."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str, *, accessory: Block | None = None) -> Block:
    """Show this program's own words, as markup."""
    extra = {"accessory": accessory} if accessory else {}
    return {"type": "section", "text": markup(text), **extra}


def plain_section(text: str, *, accessory: Block | None = None) -> Block:
    """Show any text, as it is."""
    extra = {"accessory": accessory} if accessory else {}
    return {"type": "section", "text": plain(text), **extra}


def plain_sections(text: str, *, limit: int) -> list[Block]:
    """Show a long text as it is, in as many blocks as it takes; `limit` is for all together."""
    return [plain_section(piece) for piece in split(shorten(clean(text), limit))] or [
        plain_section("")
    ]


def list_lines(lines: Iterable[str]) -> list[Block]:
    """Show lines of markup, each well below a section's limit, in as few sections as they fit."""
    groups: list[str] = []
    for line in lines:
        if groups and measure(groups[-1]) + measure(line) < MAX_TEXT:
            groups[-1] += f"\n{line}"
        else:
            groups.append(line)
    return [section(group) for group in groups]


def context(text: str) -> Block:
    """Show any text small and gray."""
    return {"type": "context", "elements": [plain(text)]}


def quote(author: str, text: str) -> Block:
    """Show somebody's words as theirs."""
    return context(f"{author} wrote: “{shorten(clean(text), MAX_NOTICE)}”")


def header(text: str) -> Block:
    """Show a title."""
    return {"type": "header", "text": plain(text, MAX_HEADER)}


def divider() -> Block:
    """Draw a line."""
    return {"type": "divider"}


def button(
    text: str,
    action_id: str,
    value: str = "",
    *,
    style: Literal["primary", "danger"] | None = None,
    confirm: Block | None = None,
) -> Block:
    """Make a button; `value` comes back when it is clicked.

    Raises:
        ValueError: The value is longer than Slack carries.
    """
    if measure(value) > MAX_VALUE:
        raise ValueError(f"a button's value holds {MAX_VALUE}. Received: {measure(value)}")
    optional = {"value": clean(value), "style": style, "confirm": confirm}
    return {
        "type": "button",
        "text": plain(text, MAX_LABEL),
        "action_id": action_id,
        **{name: given for name, given in optional.items() if given},
    }


def confirm(title: str, text: str, *, yes: str, no: str) -> Block:
    """Make the question before something that cannot be undone."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }


def select(action_id: str, options: Sequence[tuple[str, str]], *, chosen: str) -> Block:
    """Make a menu of `(text, value)`, with the one of the value `chosen` picked."""
    made = {value: {"text": plain(text, MAX_LABEL), "value": value} for text, value in options}
    return {
        "type": "static_select",
        "action_id": action_id,
        "options": list(made.values()),
        "initial_option": made[chosen],
    }


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """Put buttons and menus in a row."""
    extra = {"block_id": block_id} if block_id else {}
    return {"type": "actions", "elements": list(elements), **extra}


def message(notice: str, *blocks: Block) -> Message:
    """Make a message; the notice is what a notification shows, and is escaped here."""
    return {"text": escape(plain(notice, MAX_NOTICE)["text"]), "blocks": list(blocks)}


def build_note(text: str) -> Message:
    """Say one plain sentence."""
    return message(text, plain_section(text))
