"""Stored placeholders become words a reader understands: none may ever reach one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_WORDS = {
    "url": "(link)",
    "email": "(e-mail)",
    "phone": "(phone number)",
    "address": "(address)",
    "secret": "(secret)",
    "number": "(number)",
    "ip": "(address)",
    "code": "(code)",
}
# brackets around go too: what is put in could make a placeholder of them again
_PLACEHOLDER = re.compile(rf"<+(user|name|channel|{'|'.join(_WORDS)})>+")


@dataclass(frozen=True)
class Surroundings:
    """Who and where a message is said.

    Args:
        people: Display names of those it may mention: consenting members.
        channels: `#name` of channels it may mention.
    """

    people: Sequence[str] = ()
    channels: Sequence[str] = ()


def realize(stored: str, surroundings: Surroundings, rng: np.random.Generator) -> str:
    """Replace every placeholder; several people in one message are different ones if possible."""
    people = _Turns(surroundings.people, "someone", rng)
    channels = _Turns(surroundings.channels, "another channel", rng)

    def replace(match: re.Match[str]) -> str:
        kind = match[1]
        if kind in ("user", "name"):
            return people.take()
        if kind == "channel":
            return channels.take()
        return _WORDS[kind]

    return _PLACEHOLDER.sub(replace, stored)


class _Turns:
    """Names in random order, again and again."""

    def __init__(self, names: Sequence[str], otherwise: str, rng: np.random.Generator) -> None:
        plain = (name.translate({ord("<"): None, ord(">"): None}).strip() for name in names)
        self._names = [name for name in plain if name]
        self._otherwise = otherwise
        self._rng = rng
        self._waiting: list[str] = []

    def take(self) -> str:
        if not self._names:
            return self._otherwise
        if not self._waiting:
            self._waiting = [self._names[i] for i in self._rng.permutation(len(self._names))]
        return self._waiting.pop()
