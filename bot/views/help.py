"""What `/mimic help` shows."""

from bot.views import blocks
from bot.views.blocks import Message

_MIMIC = (
    "*Hear a voice*\n"
    "`/mimic @ada` a new message in Ada's style, shown to you alone: post it, shuffle, or discard\n"
    "`/mimic @ada lunch?` a message that begins with your words\n"
    "`/mimic #random` the style of a channel\n"
    "`/mimic @ada + 2*@bram` a blend; `30% @ada + #random` works too\n"
    "`/mimic me` your own voice"
)
_CONSENT = (
    "*Your say*\n"
    "`/mimic optin` let Mimic learn how you write, and others mimic you\n"
    "`/mimic pause` and `/mimic resume` keep what is stored, unused, until you say\n"
    "`/mimic optout` delete everything of yours, and never learn from you again\n"
    "`/mimic forget me` delete everything of yours\n"
    "`/mimic status` where you stand"
)
_ADMIN = "*For admins*\n`/mimic admin` voices, schedules and training runs"
_FOOT = (
    "Pick names from Slack's list while you type: a name typed by hand is not enough. "
    "Every message that is posted says that it is generated."
)


def build_help(*, is_admin: bool = False) -> Message:
    """List what `/mimic` understands."""
    sections = [_MIMIC, _CONSENT, *([_ADMIN] if is_admin else [])]
    return blocks.message(
        "How to use /mimic",
        *map(blocks.section, sections),
        blocks.context(_FOOT),
    )
