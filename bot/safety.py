"""The last look before anybody reads it: no word of the word list, and nothing that pings."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from glin_profanity import Filter

from bot.errors import InvalidSetting

ON, OFF = "on", "off"
_JOINER = "\u2060"  # U+2060, "word joiner": nobody sees it, and no program reads a ping across it
_PING = re.compile(r"<(?=[!@])|@(?=(?:here|channel|everyone|group)(?!\w))", re.IGNORECASE)
_OFFICE_TALK = (  # the package's list means something else by these
    "big black",
    "domination",
    "escort",
    "fingering",
    "girl on",
    "hard core",
    "hardcore",
    "how to kill",
    "snatch",
    "snowballing",
    "suck",
    "sucks",
    "swinger",
    "tied up",
    "twinkie",
    "wrapping men",
    "xx",
    "xxx",
)


class Safety:
    """Knows the words that are neither taken as a prompt nor said.

    Args:
        words: What is on the list besides the package's; None for no list at all.
    """

    def __init__(self, words: Sequence[str] | None = ()) -> None:
        self._filter = None if words is None else _build_filter(words)

    @classmethod
    def read(cls, setting: str) -> Self:
        """Follow `MIMIC_WORD_LIST`: `on`, `off`, or a file that adds one word a line.

        Raises:
            InvalidSetting: The file cannot be read.
        """
        if setting.lower() in (ON, OFF):
            return cls(() if setting.lower() == ON else None)
        try:
            lines = Path(setting).expanduser().read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSetting(
                "MIMIC_WORD_LIST must be on, off, or a file of UTF-8 text with one word a line."
            ) from error
        return cls([word for line in lines if (word := line.strip())])

    def has_bad_word(self, *texts: str) -> bool:
        """Say whether a word of the list stands in any of the texts."""
        return self._filter is not None and any(map(self._filter.is_profane, texts))


def take_last_look(text: str) -> str:
    """Return the text so that nothing in it pings, wherever it may be pasted."""
    return _PING.sub(lambda match: match[0] + _JOINER, text)


def _build_filter(words: Iterable[str]) -> Filter:
    added = [word.casefold() for word in words]
    ignored = [word for word in _OFFICE_TALK if word not in added]
    return Filter({"languages": ["english"], "custom_words": added, "ignore_words": ignored})
