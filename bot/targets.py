"""The TARGET grammar: one voice, or a weighted blend of several.

target = part {"+" part}      part = [number "*" | number "%"] voice
voice  = @handle | #channel | channel:name | Slack id | name of a text voice
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.errors import InvalidTarget, Misused

Kind = Literal["person", "channel", "text"]
BASE = "base"  # the workspace's own voice goes by the name of a text
RESERVED = frozenset(  # what means something else where a TARGET may stand
    {BASE, "all", "me", "help", "optin", "optout", "pause", "resume", "forget", "status", "admin"}
)

_PART = re.compile(
    r"(?:(?P<weight>[-+]?[0-9.]+)\s*(?P<unit>[*%])\s*)?(?P<voice>.*)", re.DOTALL | re.ASCII
)
_TEXT_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_TARGET_FIRST = re.compile(
    r"({part}(?:\s*\+\s*{part})*)\s*(.*)".format(part=r"(?:[0-9.]+\s*[*%]\s*)?[^\s+]+"), re.DOTALL
)
_VOICES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("person", re.compile(r"@[^\s@](?:[^\n@]*[^\s@])?")),
    ("channel", re.compile(r"(?:#|channel:)[^\s#@*%]+")),
    ("person", re.compile(r"[UW][A-Z0-9]{6,}")),
    ("channel", re.compile(r"[CG][A-Z0-9]{6,}")),
    ("text", _TEXT_NAME),
)
_MAX_WEIGHT = 1_000_000


@dataclass(frozen=True)
class Reference:
    """One voice as the user named it."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Part:
    """One voice of a blend; the weights of all parts sum to 1."""

    weight: float
    reference: Reference


@dataclass(frozen=True)
class Target:
    """What to mimic."""

    parts: tuple[Part, ...]


def parse_target(text: str) -> Target:
    """Read a TARGET such as `@ada`, `2*@ada + #random` or `30% @ada + shakespeare`.

    Parts without a percentage share what the percentages leave.

    Raises:
        InvalidTarget: It is empty, a part is no voice, or a weight cannot be.
    """
    matches = [match for piece in text.split("+") if (match := _PART.fullmatch(piece.strip()))]
    references = [_read(match["voice"], place) for place, match in enumerate(matches, start=1)]
    weights = _weigh([(match["weight"], match["unit"]) for match in matches])
    total = sum(weights)
    shares = (weight / total for weight in weights)
    return Target(tuple(map(Part, shares, references)))


def split_prompt(text: str) -> tuple[str, str]:
    """Split `@ada + @bob lunch?` into the TARGET, whose names hold no space, and the rest."""
    match = _TARGET_FIRST.match(text.strip())
    return (match[1], match[2]) if match else ("", text.strip())


def parse_text_name(name: str) -> str:
    """Check what a new text voice is to be called.

    Raises:
        Misused: No TARGET could say it, or it is taken.
    """
    if name in RESERVED or not _TEXT_NAME.fullmatch(name):
        raise Misused(
            "--name must be a-z, 0-9, _ and -, begin with a letter, and not be a word with a "
            f"meaning of its own, such as {BASE} or help. Received: {name}"
        )
    return name


def parse_reference(text: str) -> Reference:
    """Read one voice, without a weight.

    Raises:
        InvalidTarget: It is none, or a blend.
    """
    return _read(text.strip(), 1)


def _read(text: str, place: int) -> Reference:
    for kind, pattern in _VOICES:
        if pattern.fullmatch(text):
            return Reference(kind, text)
    raise InvalidTarget(
        f"Part {place} of TARGET is {'no voice' if text else 'empty'}: write @handle, #channel, "
        "channel:name, a Slack id or the name of a text voice, with a + between two."
    )


def _weigh(weights: Sequence[tuple[str | None, str | None]]) -> list[float]:
    units = {unit for _, unit in weights if unit}
    if units == {"*", "%"}:
        raise InvalidTarget("TARGET must weigh its voices by 2* or by 30%, not by both.")
    values = [None if weight is None else _parse_weight(weight) for weight, _ in weights]
    rest = 1.0
    if "%" in units and None in values:
        rest = _share_rest([value for value in values if value is not None], values.count(None))
    return [rest if value is None else value for value in values]


def _parse_weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 < weight <= _MAX_WEIGHT:
        raise InvalidTarget(
            f"A weight in TARGET must be above 0 and at most {_MAX_WEIGHT}. Received: {text}"
        )
    return weight


def _share_rest(percentages: Sequence[float], others: int) -> float:
    rest = 100 - sum(percentages)
    if rest <= 0:
        raise InvalidTarget("The percentages in TARGET leave nothing for the voices without one.")
    return rest / others
