"""Compose text from phrases: a small template language, its options dealt like cards.

`{name}` is a symbol, `{one|other|}` a choice (here with nothing as third option), `{2..9}` a number
(`{07..09}` keeps its zero). An option that starts with `3* ` counts three times.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"(-?\d+)\.\.(-?\d+)")
_WEIGHT = re.compile(r"(\d+)\* ")
_MARK = re.compile(r"[{|}]")


@dataclass(frozen=True)
class Reference:
    """A symbol by its name."""

    name: str


@dataclass(frozen=True)
class Range:
    """A whole number between two bounds, padded to `width`."""

    low: int
    high: int
    width: int


@dataclass(frozen=True, eq=False)  # by identity: each choice has a deck of its own
class Choice:
    """One of several templates."""

    options: tuple["Template", ...]


Part = str | Reference | Range | Choice
Template = tuple[Part, ...]
Symbols = Mapping[str, Choice]
Facts = Mapping[str, str]


def parse_options(options: Sequence[str]) -> Choice:
    """Read the options of a symbol, weights included."""
    templates: list[Template] = []
    for option in options:
        weight = _WEIGHT.match(option)
        template = parse(option[weight.end() :] if weight else option)
        templates += [template] * (int(weight[1]) if weight else 1)
    return Choice(tuple(templates))


def parse(text: str) -> Template:
    """Read one template.

    Raises:
        ValueError: A brace is open or closed too often.
    """
    template, end = _parse_sequence(text, 0, closing="}")
    if end != len(text):
        raise ValueError(f"closing brace without an opening one: {text!r}")
    return template


def _parse_sequence(text: str, at: int, *, closing: str) -> tuple[Template, int]:
    """Read parts up to one of the `closing` marks, which is left unread."""
    parts: list[Part] = []
    while at < len(text) and text[at] not in closing:
        if text[at] == "{":
            part, at = _parse_braces(text, at + 1)
            parts.append(part)
            continue
        mark = _MARK.search(text, at + 1)
        end = mark.start() if mark else len(text)
        parts.append(text[at:end])
        at = end
    return tuple(parts), at


def _parse_braces(text: str, at: int) -> tuple[Part, int]:
    options: list[Template] = []
    while True:
        template, at = _parse_sequence(text, at, closing="|}")
        options.append(template)
        if at == len(text):
            raise ValueError(f"opening brace without a closing one: {text!r}")
        at += 1
        if text[at - 1] == "}":
            return _part(options), at


def _part(options: list[Template]) -> Part:
    """Tell a name or a number in braces from a choice."""
    match options:
        case [[str(name)]]:
            number = _NUMBER.fullmatch(name)
            if number is None:
                return Reference(name)
            width = len(number[1]) if number[1].startswith("0") else 0
            return Range(int(number[1]), int(number[2]), width)
        case _:
            return Choice(tuple(options))


class Dealer:
    """Expands symbols; a choice deals all its options before it repeats one."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._decks: dict[Choice, list[Template]] = {}

    def expand(self, name: str, symbols: Symbols, facts: Facts) -> str:
        """Compose one text for a symbol; a fact of the same name goes before the symbol.

        Raises:
            KeyError: There is neither a fact nor a symbol of that name.
        """
        if name in facts:
            return facts[name]
        return self._compose(self._deal(symbols[name]), symbols, facts)

    def _compose(self, template: Template, symbols: Symbols, facts: Facts) -> str:
        return "".join(self._fill(part, symbols, facts) for part in template)

    def _fill(self, part: Part, symbols: Symbols, facts: Facts) -> str:
        match part:
            case str():
                return part
            case Reference(name):
                return self.expand(name, symbols, facts)
            case Range(low, high, width):
                return str(self._rng.randint(low, high)).zfill(width)
            case Choice():
                return self._compose(self._deal(part), symbols, facts)

    def _deal(self, choice: Choice) -> Template:
        deck = self._decks.setdefault(choice, [])
        if not deck:
            deck += self._rng.sample(choice.options, len(choice.options))
        return deck.pop()
