"""What somebody typed after `/mimic`: a word of command, or whose voice and how to begin.

Pure. Slack sends members as `<@U012ABC>` or `<@U012ABC|name>`, channels as `<#C012ABC|name>`, and
the name may be missing or empty.

Source: https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from bot.errors import InvalidTarget
from bot.refusals import Refused
from bot.targets import Target, parse_target

Word = Literal["help", "optin", "optout", "pause", "resume", "forget", "status", "admin"]

ME = "me"
MOST_PARTS = 6
_WORDS: dict[str, Word] = {word: word for word in get_args(Word)}
_WHOLE = (  # only these words and nothing else
    (re.compile(r"forget\s+me[.!]?", re.IGNORECASE), _WORDS["forget"]),
    (re.compile(r"opt[- ]in[.!]?", re.IGNORECASE), _WORDS["optin"]),
    (re.compile(r"opt[- ]out[.!]?", re.IGNORECASE), _WORDS["optout"]),
)
_WEIGHT = r"(?:[0-9.]+\s*[*%]\s*)?"
_NAMED = r"<[@#][^<>]*>|[@#][^\s+<]+|[A-Za-z][\w:-]*"
_TARGET_FIRST = re.compile(
    # what follows a + is a part only if it names something: `<@U012> +1 from me`
    rf"(?P<target>{_WEIGHT}(?:{_NAMED}|[^\s+<]+)(?:\s*\+\s*{_WEIGHT}(?:{_NAMED}))*)"
    r"(?:[,:](?=\s|$))?\s*(?P<prompt>.*)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"<(?:@([UW][A-Z0-9]+)|#([CGD][A-Z0-9]+))(?:\|[^<>]*)?>")
_ID = re.compile(r"[UWCG][A-Z0-9]{6,}")
_NAME = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True)
class Invocation:
    """One command, read.

    Attributes:
        word: What to do; None to mimic.
        target: Whom to mimic, by Slack's ids; None where there is a word.
        written: The same as text.
        prompt: How the message is to begin, as Slack sent it.
    """

    word: Word | None = None
    target: Target | None = None
    written: str = ""
    prompt: str = ""


def parse_invocation(text: str, *, user_id: str) -> Invocation:
    """Read what stands behind `/mimic`.

    Args:
        text: As Slack sends it; may be empty.
        user_id: Who typed it: that is `me`.

    Raises:
        Refused: It names somebody without Slack's id, or names no voice.
    """
    typed = text.strip()
    first = typed.split(None, 1)[0].lower() if typed else ""
    for pattern, word in _WHOLE:
        if pattern.fullmatch(typed):
            return Invocation(word)
    if not typed or first == "forget":
        return Invocation(_WORDS["help"])
    if first in _WORDS:
        return Invocation(_WORDS[first])
    return _read_wish(typed, user_id)


def read_target(written: str) -> Target:
    """Read the target of an earlier invocation again.

    Raises:
        Refused: It names somebody without Slack's id, or names no voice.
    """
    try:
        target = parse_target(written)
    except InvalidTarget:
        raise Refused("unclear_target") from None
    for part in target.parts:
        if part.reference.name.startswith("@"):
            raise Refused("bare_name")
        if part.reference.name.startswith(("#", "channel:")):
            raise Refused("unknown_channel")
    if len(target.parts) > MOST_PARTS:
        raise Refused("unclear_target")
    return target


def _read_wish(typed: str, user_id: str) -> Invocation:
    match = _TARGET_FIRST.match(typed)
    if match is None:
        raise Refused("unclear_target")
    parts = (_name_part(part.strip(), user_id) for part in match["target"].split("+"))
    written = " + ".join(parts)
    return Invocation(target=read_target(written), written=written, prompt=match["prompt"])


def _name_part(part: str, user_id: str) -> str:
    """Write a part with ids alone: `2 * <@U012|ada>` is `2*U012`."""
    weight = re.match(_WEIGHT, part)
    end = weight.end() if weight else 0
    return "".join(part[:end].split()) + _name_voice(part[end:], user_id)


def _name_voice(typed: str, user_id: str) -> str:
    escaped = _ESCAPED.fullmatch(typed)
    if escaped:
        return escaped[1] or escaped[2]
    if typed.lower() == ME:
        return user_id
    is_name = _NAME.fullmatch(typed) and not _ID.fullmatch(typed)
    return typed.lower() if is_name else typed
