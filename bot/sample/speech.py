"""How one person talks: their phrases by topic, then their case, typos and Slack's markup."""

import random
import re
from collections.abc import Mapping
from typing import Any

from bot.sample.grammar import Choice, Dealer, Facts, Symbols, parse_options

_TRIES = 30
_LINK = re.compile(r"\[([^\]\n]*)\]\(([^)\s]+)\)")


def _in_prose(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that consumes code and links first; groups are set in prose only."""
    return re.compile(rf"```.*?```|`[^`\n]*`|{_LINK.pattern}|{pattern}", re.DOTALL)


_GLUE = _in_prose(r"(?P<glue> {2,}| +(?=[,.;!?…\n])|(?<=[!?])[.,])")
_UPPER = _in_prose(r"(?P<upper>[A-Z]+)")
_WORD = _in_prose(r"(?P<word>[a-z]+)")
_SENTENCE = _in_prose(r"(?P<before>(?:\A|\n|[.!?]\s)(?:\s|:[\w+-]+:|\d\. )*)(?P<first>[a-z])")


class Speech:
    """Composes the messages of one person, hardly ever the same one twice."""

    def __init__(self, phrases: Mapping[str, Mapping[str, Any]], rng: random.Random) -> None:
        self._rng = rng
        self._dealer = Dealer(rng)
        self._habits = phrases["habits"]
        self._words = _parse(phrases["words"])
        self._topics = {
            name: self._symbols(table)
            for name, table in phrases.items()
            if name not in {"habits", "words"}
        }
        self._said: set[str] = set()

    @property
    def burst_rate(self) -> float:
        """How often this person goes on talking at once."""
        return float(self._habits.get("burst_rate", 0.0))

    def says(self, kind: str) -> bool:
        """Tell whether this person has phrases of a kind."""
        return kind in self._words

    def say(self, kind: str, *, topic: str, facts: Facts) -> str:
        """Compose a message as Slack stores it: `kind` is open, reply, close, burst or me."""
        symbols = self._topics.get(topic, self._words)
        for _ in range(_TRIES):
            text = self._finish(self._dealer.expand(kind, symbols, facts), kind)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _symbols(self, table: Mapping[str, list[str]]) -> Symbols:
        """Lay a topic's phrases over the general ones; its own `open` joins the general `open`."""
        own = _parse(table)
        if "open" in own:
            own["open"] = Choice(self._words["open"].options + own["open"].options)
        return {**self._words, **own}

    def _finish(self, text: str, kind: str) -> str:
        text = _GLUE.sub(lambda match: _mend(match) if match["glue"] else match[0], text.strip())
        if self._habits["case"] == "lower":
            text = _UPPER.sub(lambda match: match[0].lower() if match["upper"] else match[0], text)
        if self._habits["case"] == "sentence" and kind != "me":
            text = _SENTENCE.sub(_capitalize, text)
        return _mark_up(_WORD.sub(self._mistype, text))

    def _mistype(self, match: re.Match[str]) -> str:
        typos = self._habits.get("typos", {})
        if match["word"] not in typos:
            return match[0]
        typo, rate = typos[match["word"]]
        return str(typo) if self._rng.random() < rate else match[0]


def _parse(table: Mapping[str, list[str]]) -> dict[str, Choice]:
    return {name: parse_options(options) for name, options in table.items()}


def _mend(match: re.Match[str]) -> str:
    """Keep one space between words, none before punctuation, no full stop after `!`."""
    following = match.string[match.end() : match.end() + 1]
    is_gap = match["glue"].isspace() and following not in {",", ".", ";", "!", "?", "…", "\n"}
    return " " if is_gap else ""


def _capitalize(match: re.Match[str]) -> str:
    return match["before"] + match["first"].upper() if match["first"] else match[0]


def _mark_up(text: str) -> str:
    """Escape Slack's three characters, then turn `[label](target)` into Slack's links."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub(lambda link: f"<{link[2]}{'|' if link[1] else ''}{link[1]}>", text)
