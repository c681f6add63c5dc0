"""A new message before and after it is posted: preview, post, and what their buttons carry."""

import json
from dataclasses import dataclass, replace
from typing import Any

from bot.views import blocks, ids
from bot.views.blocks import Block, Message

# units of generated text in one message, for all its blocks together may hold about 12,000
# Source: https://github.com/slackapi/bolt-js/issues/2509
_SHOWN = 9_000
_MIN_PROMPT = 100  # units of a prompt that a button keeps at least
_STRANGE = "the button carries something else"
_TOO_LONG = "Too long to post from here. Copy it if you want to use it, or shuffle for another."
# Slack may hand these back as entities, and JSON can say them otherwise
_CODES = {ord(char): f"\\u{ord(char):04x}" for char in "&<>"}


@dataclass(frozen=True)
class Draft:
    """A message that nobody has posted yet.

    Args:
        target: What was mimicked, a TARGET with Slack ids.
        text: What was written; it may begin with the prompt, which is then shown apart.
        prompt: The requester's own words.
        subjects: User ids of the persons whose voices are in it.
        requester: The user id of who asked.
        is_bare: The text has lost the prompt that it began with.
    """

    target: str
    text: str
    prompt: str
    subjects: tuple[str, ...]
    requester: str
    is_bare: bool = False

    def strip_prompt(self) -> "Draft":
        """Leave in the text only what the voice itself wrote; once, for it may say the same."""
        if self.is_bare:
            return self
        prompt, text = self.prompt.strip(), self.text.strip()
        own = text.removeprefix(prompt)
        is_word_cut = own != text and own[:1].isalnum() and prompt[-1].isalnum()
        bare = f"…{own}" if is_word_cut else own.strip()
        return replace(self, text=bare, is_bare=True)

    def pack(self) -> str:
        """Write the bare draft into a button's value; a long prompt is cut.

        Raises:
            ValueError: It does not fit.
        """
        bare = self.strip_prompt()
        room = blocks.MAX_VALUE - blocks.measure(_pack(replace(bare, prompt="")))
        if room < min(_size(self.prompt), _MIN_PROMPT):
            raise ValueError("the draft does not fit into a button")
        return _pack(replace(bare, prompt=_cut(self.prompt, room)))

    @classmethod
    def unpack(cls, value: str) -> "Draft":
        """Read what `pack` wrote.

        Raises:
            ValueError: It is something else.
        """
        target, text, prompt, subjects, requester = _read(value, "t", "x", "p", "s", "r")
        draft = cls(_text(target), _text(text), _text(prompt), _texts(subjects), _text(requester))
        return replace(draft, is_bare=True)


@dataclass(frozen=True)
class Removal:
    """Who may remove a posted message besides admins, as user ids."""

    subjects: tuple[str, ...]
    requester: str


def build_preview(draft: Draft, *, voice: str) -> Message:
    """Show a draft to its requester alone.

    Args:
        draft: What to show.
        voice: The voice's name in plain words: `Ada`, `Ada + #random`.
    """
    label = f"Generated in the style of {_name(voice)}. Not posted yet."
    text = draft.strip_prompt().text
    return blocks.message(
        f"{label} {text}",
        blocks.context(label),
        *_quote("You", draft),
        *blocks.plain_sections(text, limit=_SHOWN),
        *_offer(draft),
    )


def build_post(draft: Draft, *, voice: str, requester: str) -> Message:
    """Show a draft to everybody, labeled as what it is.

    Args:
        draft: What to post.
        voice: The voice's name in plain words.
        requester: The display name of who asked.

    Raises:
        ValueError: Its subjects do not fit into a button.
    """
    by = blocks.one_line(requester)
    label = f"Generated in the style of {_name(voice)}, asked for by {by}"
    text = draft.strip_prompt().text
    remove = blocks.button(
        "Remove", ids.MESSAGE_REMOVE, build_removal_value(draft.subjects, draft.requester)
    )
    return blocks.message(
        f"{label}: {text}",
        blocks.context(f"{label}."),
        *_quote(by, draft),
        *blocks.plain_sections(text, limit=_SHOWN),
        blocks.actions(remove),
    )


def build_removal_value(subjects: tuple[str, ...], requester: str) -> str:
    """Write who may remove a message into its button's value."""
    return _dump({"s": list(subjects), "r": requester})


def read_removal_value(value: str) -> Removal:
    """Read what `build_removal_value` wrote.

    Raises:
        ValueError: It is something else.
    """
    subjects, requester = _read(value, "s", "r")
    return Removal(_texts(subjects), _text(requester))


def _offer(draft: Draft) -> list[Block]:
    """Offer what can be done with a draft: nothing that would lose a part of it."""
    try:
        packed = draft.pack()
    except ValueError:
        return _offer_less(draft)
    return [
        blocks.actions(
            blocks.button("Post", ids.PREVIEW_POST, packed, style="primary"),
            blocks.button("Shuffle", ids.PREVIEW_SHUFFLE, packed),
            blocks.button("Discard", ids.PREVIEW_DISCARD, packed),
        )
    ]


def _offer_less(draft: Draft) -> list[Block]:
    try:
        packed = replace(draft, text="").pack()
    except ValueError:
        return [blocks.context(_TOO_LONG), blocks.actions(_discard(""))]
    shuffle = blocks.button("Shuffle", ids.PREVIEW_SHUFFLE, packed)
    return [blocks.context(_TOO_LONG), blocks.actions(shuffle, _discard(packed))]


def _discard(packed: str) -> Block:
    return blocks.button("Discard", ids.PREVIEW_DISCARD, packed)


def _quote(author: str, draft: Draft) -> list[Block]:
    return [blocks.quote(author, draft.prompt)] if draft.prompt.strip() else []


def _name(voice: str) -> str:
    return blocks.one_line(voice, limit=200)


def _pack(draft: Draft) -> str:
    return _dump(
        {
            "t": draft.target,
            "x": draft.text,
            "p": draft.prompt,
            "s": list(draft.subjects),
            "r": draft.requester,
        }
    )


def _dump(facts: dict[str, Any]) -> str:
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return blocks.clean(text).translate(_CODES)


def _size(text: str) -> int:
    return blocks.measure(_dump({"p": text})) - blocks.measure(_dump({"p": ""}))


def _cut(prompt: str, room: int) -> str:
    """Shorten a prompt until it fits, whatever JSON makes of its characters."""
    limit, cut = room, blocks.shorten(prompt, room)
    while (excess := _size(cut) - room) > 0:
        limit -= -(-excess // 6)  # a unit is at most six characters of JSON
        cut = blocks.shorten(prompt, limit)
    return cut


def _read(value: str, *names: str) -> list[object]:
    try:
        facts = json.loads(value)
        return [facts[name] for name in names]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(_STRANGE) from error


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(_STRANGE)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(_text, value))
    raise ValueError(_STRANGE)
