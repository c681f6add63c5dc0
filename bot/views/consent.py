"""Agreeing and what follows: the question, the answers, progress, where one stands, the receipt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.views import blocks, ids
from bot.views.blocks import Block, Message, count

State = Literal["none", "asked", "agreed", "paused", "declined", "never_ask", "left"]

_PLACES = {
    "private": "private channels I was invited to",
    "dms": "direct messages",
    "connect": "channels shared with other companies",
}
_MOST_RECEIPT_LINES = 40
_STANDING: dict[State, str] = {
    "none": "You have not agreed to be mimicked. I store nothing of what you write.",
    "asked": "You were asked and have not answered. I store nothing of what you write.",
    "agreed": "You have agreed: I learn from what you write, and others may hear your voice.",
    "paused": "You are paused: what I learned is kept, but nobody can use it and I add nothing.",
    "declined": "You have said no. I store nothing of what you write.",
    "never_ask": "You have said no, and nobody can ask you. I store nothing of what you write.",
    "left": "You have left, and your text and your voice are deleted.",
}
_OPTED_OUT = (
    "You have not said anything yet. Your admins decided that Mimic learns from everybody who "
    "has not said no, so I do learn from what you write."
)
_PAUSED_BY_OTHERS = (
    "You are paused, by an admin or because your account was deactivated: what I learned is kept, "
    "but nobody can use it and I add nothing."
)
_NEXT: dict[State, str] = {
    "none": "Type /mimic optin to agree.",
    "asked": "Type /mimic optin to agree, or /mimic optout so that nobody asks again.",
    "agreed": "Type /mimic pause to stop for a while, or /mimic forget me to delete everything.",
    "paused": "Type /mimic resume to go on, or /mimic forget me to delete everything.",
    "declined": "Type /mimic optin if you have changed your mind.",
    "never_ask": "Type /mimic optin if you have changed your mind.",
    "left": "Type /mimic optin if you would like to come back.",
}


@dataclass(frozen=True)
class StatusFacts:
    """Where one person stands.

    Args:
        state: Of their consent.
        messages: How many are learned from.
        missing: How many are missing before there is a voice.
        version: Of their voice; None while there is none.
        made_at: When that version was made.
        uses: How often their voice was heard in the last 30 days.
        is_opt_out: The admins chose that silence means yes.
        is_own_word: The person said it; not somebody for them.
    """

    state: State
    messages: int = 0
    missing: int = 0
    version: int | None = None
    made_at: datetime | None = None
    uses: int = 0
    is_opt_out: bool = False
    is_own_word: bool = True


def describe_state(state: State, *, is_opt_out: bool, is_own_word: bool = True) -> str:
    """Say in a sentence or two where somebody stands."""
    if state == "paused" and not is_own_word:
        return _PAUSED_BY_OTHERS
    return _OPTED_OUT if is_opt_out and state in ("none", "asked") else _STANDING[state]


def describe_voice(facts: StatusFacts) -> str:
    """Say in markup how far a person's voice is."""
    learned = f"Learned from: {count(facts.messages, 'message')}."
    if facts.version is not None:
        made = f", made {blocks.show_time(facts.made_at)}" if facts.made_at else ""
        return f"{learned} Voice: version {facts.version}{made}."
    if facts.missing:
        return f"{learned} {count(facts.missing, 'more message')} needed before you have a voice."
    return f"{learned} Your voice is not made yet."


def build_request(asker_id: str, *, include: Collection[str] = ()) -> Message:
    """Ask somebody, in a DM, whether they agree.

    Args:
        asker_id: The user id of who would like to mimic them.
        include: What is learned from besides public channels: `private`, `dms`, `connect`.
    """
    places = ["public channels I am in", *(_PLACES[word] for word in _PLACES if word in include)]
    return blocks.message(
        "Somebody would like to mimic how you write. Do you agree?",
        blocks.section(
            f"{blocks.mention(asker_id)} would like to mimic how you write. "
            "I would learn your style, and members of this workspace could ask me for new "
            "messages in it. Each one says that it is generated. *Do you agree?*"
        ),
        blocks.section(
            f"*What I store:* your messages in {_join(places)}, encrypted, on your team's own "
            "machine. Names, links, numbers and secrets are taken out, as far as I can find them.\n"
            "*How long:* until you say so. `/mimic pause` stops it, and `/mimic forget me` deletes "
            "your text and your voice at once; what other voices learned from you is gone within "
            "24 hours.\n"
            "*You can see* in my Home tab who used your voice, and remove any message made in it."
        ),
        blocks.actions(
            blocks.button("Agree", ids.CONSENT_AGREE, asker_id, style="primary"),
            blocks.button("Not now", ids.CONSENT_NOT_NOW, asker_id),
            blocks.button("Never ask again", ids.CONSENT_NEVER, asker_id),
        ),
        blocks.context("Until you agree, I store nothing of what you write."),
    )


def build_asked(name: str) -> Message:
    """Tell who clicked "Ask them" that it is done."""
    return blocks.build_note(f"I have asked {blocks.one_line(name)}. It is up to them now.")


def build_agreed() -> Message:
    """Thank who has agreed, and say what happens now."""
    return blocks.message(
        "Thank you! I am reading your messages now.",
        blocks.section(
            "Thank you! I am reading your messages now, and I will write to you when your voice is "
            "ready. `/mimic status` shows where you stand, any time."
        ),
        blocks.actions(
            blocks.button(
                "Stop and delete", ids.CONSENT_OPTOUT, style="danger", confirm=confirm_leaving()
            )
        ),
    )


def build_declined(*, is_final: bool = False) -> Message:
    """Answer a no: for now, or (`is_final`) for good."""
    if is_final:
        return blocks.build_note(
            "All right, nobody can ask you again, and I store nothing of what you write. "
            "If you ever change your mind, type /mimic optin."
        )
    return blocks.build_note(
        "All right, not now. I store nothing of what you write. "
        "If you change your mind, type /mimic optin."
    )


def build_status(facts: StatusFacts) -> Message:
    """Say where one person stands, to that person."""
    standing = describe_state(
        facts.state, is_opt_out=facts.is_opt_out, is_own_word=facts.is_own_word
    )
    return blocks.message(
        standing,
        blocks.plain_section(f"{standing} {_NEXT[facts.state]}"),
        blocks.section(f"{describe_voice(facts)} Used {count(facts.uses, 'time')} in 30 days."),
        blocks.context("My Home tab shows who used your voice, and where."),
    )


def build_progress(*, channels_done: int, channels: int, messages: int) -> Message:
    """Say how far the reading of somebody's messages is."""
    fraction = channels_done / channels if channels else 1.0
    found = f"{count(messages, 'message')} of yours so far"
    return blocks.message(
        f"Reading your messages: {fraction:.0%}",
        blocks.plain_section(
            f"Reading your messages: {blocks.draw_bar(fraction)}\n"
            f"{channels_done:,} of {count(channels, 'channel')}, {found}."
        ),
    )


def build_first_voice(*, messages: int, missing: int = 0, is_through: bool = True) -> Message:
    """Say that a first voice speaks, or how many messages it still needs.

    Args:
        messages: How many are learned from.
        missing: How many are missing.
        is_through: All there is has been read.
    """
    learned = f"I have read {count(messages, 'message')} of yours."
    if not is_through:
        return blocks.build_note(
            f"{learned[:-1]} so far. Your first voice is ready: type /mimic me to hear it. "
            "I go on reading, and will write to you when I am through."
        )
    if missing:
        return blocks.build_note(
            f"{learned} {count(missing, 'more message')} needed before you have a voice. "
            "Just keep writing; I will notice."
        )
    return blocks.build_note(
        f"{learned} Your first voice is ready: type /mimic me to hear it. "
        "A better one is being trained, and I will tell you when it is done."
    )


def build_receipt(lines: Sequence[str], *, left: Sequence[str] = ()) -> Message:
    """Say what was deleted, and what is left, until when.

    Args:
        lines: What was deleted.
        left: What is not, or not yet.
    """
    rest = (
        blocks.section("*What is left:*"),
        *blocks.plain_sections(_list_points(left), limit=5_500),
    )
    return blocks.message(
        "Done: what I had of yours is deleted.",
        blocks.section("*Done.* This is what I have deleted:"),
        *blocks.plain_sections(
            _list_points(lines) or "• There was nothing to delete.", limit=5_500
        ),
        *(rest if left else ()),
        blocks.context("Messages that people have posted are Slack's and stay: use their Remove."),
    )


def _list_points(lines: Sequence[str]) -> str:
    shown = list(lines[:_MOST_RECEIPT_LINES])
    if len(lines) > len(shown):
        shown.append(f"and {count(len(lines) - len(shown), 'more line')}")
    return "\n".join(f"• {blocks.one_line(line, limit=400)}" for line in shown)


def confirm_leaving() -> Block:
    """Ask before everything of a person is deleted."""
    return blocks.confirm(
        "Leave and delete?",
        "Your stored messages and your voice are deleted at once, and cannot be brought back. "
        "What other voices learned from you is gone within 24 hours.",
        yes="Delete everything",
        no="Keep it",
    )


def _join(places: Sequence[str]) -> str:
    *first, last = places
    return f"{', '.join(first)} and {last}" if first else last
