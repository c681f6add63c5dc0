"""People whom no roster knows, by the looks of their names and by where they stand."""

# ruff: noqa: SIM905 (words read better as text)

import re
from collections.abc import Iterable, Iterator, Set
from functools import cache

from storage.drafts import Finding
from storage.given_names import means_more, names_of_places, sure_names
from storage.name_reading import NameReading
from storage.ordinary_words import COMMON_WORDS
from storage.phrases import BELONGINGS, GREETINGS, TITLES

_CAPITAL = "[A-Z\u00c0-\u00de\u0100-\u017f\u0370-\u03ab\u0410-\u042f]"
_PAIR = re.compile(rf"({_CAPITAL}[^\W\d_]{{1,40}})[ '\u2019-]({_CAPITAL}[^\W\d_]*)")
_HINTS = frozenset(
    """
    mr mrs ms mx dr prof herr herrn frau m mme mlle monsieur madame senor senora sr sra hi hey hello
    dear thanks thx ty cc ask asked tell told met meet with my his her their our said says named
    """.split()
)
_WEAK_HINTS = TITLES | GREETINGS | BELONGINGS | {"called"}  # near a word that no list has
_INITIALED = re.compile(rf"{_CAPITAL}\. ?{_CAPITAL}[^\W\d_A-Z]")
_CAPITALIZED = re.compile(rf"{_CAPITAL}[^\W\d_A-Z]\w*")
_LATER = re.compile(rf" ({_CAPITAL}[^\W\d_A-Z]\w*)")


def _has_pair(text: str) -> bool:
    """Tell whether two capitalized words in a row are more than two words, places or products."""
    return any(not means_more(word.lower()) for pair in _PAIR.findall(text) for word in pair)


class StrangerFinder:
    """Finds names of people.

    Args:
        known: First names that a roster vouches for, in lower case.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = frozenset(known)

    def find(self, text: str, words: Set[str], unknown: Set[str]) -> Iterator[Finding]:
        """Find names in prose.

        Args:
            text: The prose.
            words: Its words in lower case.
            unknown: Those of them that no list of words has.
        """
        if not _may_have_names(text, words, unknown):
            return
        reading = NameReading(text, self._known)
        end = 0
        for position in reading.list_candidates():
            if position >= end:
                end = reading.measure(position)
                if end > position:
                    yield reading.name(position, end)


def _may_have_names(text: str, words: Set[str], unknown: Set[str]) -> bool:
    """Look cheaply: most texts have none, and need not wait for the names of the world."""
    return (
        (bool(unknown) and not _telling_words().isdisjoint(unknown))
        or _has_pair(text)
        or (not _HINTS.isdisjoint(words) and _has_later_capital(text))
        or (bool(unknown) and not _WEAK_HINTS.isdisjoint(words) and _has_capital(text, unknown))
        or (bool(unknown) and ". " in text and bool(_INITIALED.search(text)))
    )


@cache
def _telling_words() -> frozenset[str]:
    return sure_names() | names_of_places()


def _has_later_capital(text: str) -> bool:
    return any(word.lower() not in COMMON_WORDS for word in _LATER.findall(text))


def _has_capital(text: str, unknown: Set[str]) -> bool:
    return any(word.lower() in unknown for word in _CAPITALIZED.findall(text))
