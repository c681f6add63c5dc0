"""What somebody reads instead of a message: why not, and what to do next."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Literal

from bot.views import blocks, ids
from bot.views.blocks import Message, count

RefusalKind = Literal[
    "unknown_member",
    "unknown_channel",
    "no_such_voice",
    "not_agreed",
    "declined",
    "too_little_text",
    "still_reading",
    "still_training",
    "bot_member",
    "deactivated",
    "private_channel",
    "foreign_team",
    "busy",
    "cooldown",
    "bad_words",
    "nothing_new",
    "unclear_target",
    "bare_name",
    "not_admin",
    "gone",
    "paused",
    "guest",
    "elsewhere",
    "not_yours",
    "unblendable",
]


@dataclass(frozen=True)
class _Facts:
    name: str
    missing: int
    seconds: int


_SENTENCES: dict[RefusalKind, Callable[[_Facts], str]] = {
    "unknown_member": lambda _: (
        "Slack knows no such member here. Type @ and pick somebody from the list."
    ),
    "unknown_channel": lambda _: (
        "I cannot see that channel. Invite me there first, or pick another one from Slack's list."
    ),
    "no_such_voice": lambda _: (
        "There is no such voice. Pick a person or a channel from Slack's list, or type /mimic help."
    ),
    "not_agreed": lambda facts: (
        f"{facts.name} has not agreed to be mimicked. You can ask them, or pick somebody else."
    ),
    "declined": lambda facts: (
        f"{facts.name} does not want to be mimicked. Please pick somebody else."
    ),
    "too_little_text": lambda facts: (
        f"{count(facts.missing, 'more message')} needed before {facts.name} has a voice. "
        "Try again when there is more to learn from."
    ),
    "still_reading": lambda facts: (
        f"I am still reading what {facts.name} has written. Try again later."
    ),
    "still_training": lambda facts: (
        f"{facts.name}'s voice is still being trained. Try again in a few minutes."
    ),
    "bot_member": lambda _: "A bot has no voice of its own. Pick a person.",
    "deactivated": lambda facts: (
        f"{facts.name}'s account is deactivated, so their voice is silent. Pick somebody else."
    ),
    "private_channel": lambda facts: (
        f"{facts.name} is private: only its members can hear it. Ask one of them to invite you."
    ),
    "foreign_team": lambda _: (
        "I only work for and with members of this workspace. Pick somebody from here."
    ),
    "busy": lambda _: "Many people are asking me right now. Try again in a few seconds.",
    "cooldown": lambda facts: (
        f"That was quick! Try again in {count(max(facts.seconds, 1), 'second')}."
    ),
    "bad_words": lambda _: (
        "There is a word on our word list in your prompt or in what came out. Try other words."
    ),
    "nothing_new": lambda facts: (
        f"All that {facts.name}'s voice came up with was too close to real messages. "
        "Try again, or with another prompt."
    ),
    "unclear_target": lambda _: (
        "I did not get whose voice you mean. Type /mimic @name and, if you like, some words "
        "to begin with; /mimic help shows more."
    ),
    "bare_name": lambda _: (
        "I do not guess names. Type @ and pick the person from Slack's list, so that I know "
        "whom you mean."
    ),
    "not_admin": lambda _: "Only admins can do this. Ask one of yours.",
    "gone": lambda _: "That is gone. Type /mimic again to get a new one.",
    "paused": lambda facts: (
        f"{facts.name}'s voice takes a pause. Try again another day, or pick somebody else."
    ),
    "guest": lambda _: (
        "Guests have no voice in this workspace. Pick a member, or ask an admin to include guests."
    ),
    "elsewhere": lambda facts: (
        f"{facts.name} is private, so what its voice says is posted there alone. "
        "Type the same in that channel."
    ),
    "not_yours": lambda _: (
        "Only the person it imitates, who asked for it, or an admin can remove this. "
        "Ask one of them."
    ),
    "unblendable": lambda _: (
        "These voices were trained apart, so they do not blend yet. Try one of them alone."
    ),
}
_OWN_SENTENCES: dict[RefusalKind, Callable[[_Facts], str]] = {
    "not_agreed": lambda _: (
        "You have not agreed to be mimicked. Type /mimic optin if you would like to."
    ),
    "declined": lambda _: (
        "You have said that you do not want to be mimicked. Type /mimic optin to change that."
    ),
    "too_little_text": lambda facts: (
        f"{count(facts.missing, 'more message')} needed before you have a voice. Keep writing!"
    ),
    "still_reading": lambda _: (
        "I am still reading your messages. I will write to you when your voice is ready."
    ),
    "still_training": lambda _: "Your voice is still being trained. Try again in a few minutes.",
    "paused": lambda _: "Your voice takes a pause. Type /mimic resume to go on.",
}


def build_refusal(
    kind: RefusalKind,
    *,
    name: str = "",
    missing: int = 0,
    seconds: float = 0,
    ask: str = "",
    is_self: bool = False,
) -> Message:
    """Say why there is no message, and what to do next; for the requester alone.

    Args:
        kind: Why.
        name: Whose voice was asked for, in plain words: `Ada`, `#random`.
        missing: How many messages are missing, for `too_little_text`.
        seconds: How long to wait, for `cooldown`.
        ask: The user id behind the button "Ask them", for `not_agreed`.
        is_self: The requester asked for their own voice.
    """
    otherwise = "this channel" if kind == "private_channel" else "this person"
    facts = _Facts(blocks.one_line(name, otherwise=otherwise), missing, ceil(seconds))
    sentences = {**_SENTENCES, **_OWN_SENTENCES} if is_self else _SENTENCES
    sentence = sentences[kind](facts)
    if sentence.startswith(otherwise):
        sentence = sentence[0].upper() + sentence[1:]
    offer = kind == "not_agreed" and ask and not is_self
    return blocks.message(
        sentence,
        blocks.plain_section(sentence),
        *([blocks.actions(blocks.button("Ask them", ids.CONSENT_ASK, ask))] if offer else []),
    )


def build_failure(request: str) -> Message:
    """Say that something failed which is nobody's fault who reads it.

    Args:
        request: What the log calls the request.
    """
    return blocks.build_note(
        "Something went wrong on my side. Try again in a minute; if it goes on, tell an admin "
        f"this number: {request}"
    )
