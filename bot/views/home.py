"""The App Home: where I stand, what was learned from me, and who used my voice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.views import blocks, ids
from bot.views.blocks import Block, View, count
from bot.views.consent import StatusFacts, confirm_leaving, describe_state, describe_voice

_MOST_USES = 200  # lines; about 25 to a section, far below the 100 blocks of a view
_PRIVACY = (
    "I keep messages only of people who agree: encrypted, on your team's own machine, with names, "
    "links and numbers taken out as far as I can find them.\n"
    "Every message that is posted says that it is generated. You can remove any made in your voice."
)


@dataclass(frozen=True)
class Use:
    """One time that somebody asked for this person's voice.

    Args:
        by: The user id of who asked.
        channel: The Slack id of the conversation; None where it is not known.
        at: When.
        is_posted: Whether it was posted; else only its requester saw it.
    """

    by: str
    channel: str | None
    at: datetime
    is_posted: bool


@dataclass(frozen=True)
class HomeFacts:
    """What one person's App Home shows.

    Args:
        status: Where they stand.
        uses: Of the last 30 days.
    """

    status: StatusFacts
    uses: tuple[Use, ...]


def build_home(facts: HomeFacts) -> View:
    """Show a person everything about their own voice."""
    status = facts.status
    standing = describe_state(
        status.state, is_opt_out=status.is_opt_out, is_own_word=status.is_own_word
    )
    own = [
        blocks.header("Mimic and you"),
        blocks.plain_section(standing),
        *([blocks.section(describe_voice(status))] if _is_kept(status) else []),
        blocks.actions(*_offer(status)),
        blocks.divider(),
    ]
    uses = [blocks.section("*Who used your voice in the last 30 days*"), *_list_uses(facts.uses)]
    return {"type": "home", "blocks": [*own, *uses, blocks.divider(), blocks.context(_PRIVACY)]}


def _offer(status: StatusFacts) -> list[Block]:
    leave = blocks.button(
        "Leave and delete everything", ids.HOME_LEAVE, style="danger", confirm=confirm_leaving()
    )
    if status.state == "agreed":
        return [blocks.button("Pause", ids.HOME_PAUSE), leave]
    if status.state == "paused":
        return [blocks.button("Resume", ids.HOME_RESUME, style="primary"), leave]
    agree = blocks.button("Agree to be mimicked", ids.HOME_OPTIN, style="primary")
    return [agree, leave] if _is_kept(status) else [agree]


def _is_kept(status: StatusFacts) -> bool:
    return status.state in ("agreed", "paused") or (
        status.is_opt_out and status.state in ("none", "asked")
    )


def _list_uses(uses: Sequence[Use]) -> list[Block]:
    if not uses:
        return [blocks.section("Nobody has.")]
    newest = sorted(uses, key=lambda use: use.at, reverse=True)
    hidden = len(newest) - _MOST_USES
    more = [blocks.context(f"and {count(hidden, 'more time')}")] if hidden > 0 else []
    return [*blocks.list_lines(map(_show_use, newest[:_MOST_USES])), *more]


def _show_use(use: Use) -> str:
    ending = "posted" if use.is_posted else "previewed, not posted"
    where = "" if use.channel is None else f" in {blocks.mention_channel(use.channel)}"
    return f"• {blocks.mention(use.by)}{where}, {blocks.show_time(use.at)}: {ending}"
