"""How what a member goes by may be typed: pure, one form of the roster at a time."""

# ruff: noqa: RUF001, SIM905 (letters as they are; words read better as text)

import re
import unicodedata
from collections.abc import Iterator

from storage.ordinary_words import COMMON_WORDS

WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:['\u2019]t\b)?")
"""Letters and digits, with accents that stand alone; "don't" is one word, "Don's" is two."""

_DECORATION = re.compile(r"\s*[(\[{|/,:\u2013\u2014].*|\s+-\s.*", re.DOTALL)
_PARTS = re.compile(r"[\s.]+")
_NO_ACCENT = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ß": "ss"})
_NO_JOINTS = str.maketrans("", "", "-'\u2019\u2010")  # "Jean-Luc" is "jeanluc", too
PARTICLES = frozenset(
    "al ap bar ben bin bint da das de del della den der di do dos du el ibn la las le les los lo"
    " mac mc of op san st ten ter the van vande vander vd ver von y zu zum zur".split()
)
_MOST_PARTS = 5
_SHORTEST_HALF = 3


def spell(form: str) -> Iterator[str]:
    """Yield a form as it may be typed: without its "(she/her)", its accents, in either encoding."""
    for text in (form, _DECORATION.sub("", form)):
        lowered = unicodedata.normalize("NFC", text.strip().lower())
        decomposed = unicodedata.normalize("NFD", lowered)
        yield lowered
        yield decomposed
        yield lowered.upper().lower()  # a dotless "i" gets its dot
        yield drop_accents(lowered)
        yield lowered.translate(_UMLAUTS)
        yield drop_accents(lowered).translate(_NO_JOINTS)


def drop_accents(text: str) -> str:
    """Write a text in lower case as who has no accents on the keyboard writes it."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_NO_ACCENT))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def split_name(form: str) -> tuple[str, ...]:
    """Return the parts of a full name that may stand alone: "Berg", "van der Berg".

    Only what is capitalized throughout looks like a full name; particles and initials do not
    stand alone, and neither do words that everybody uses.
    """
    parts = _PARTS.split(_DECORATION.sub("", form).strip())
    own = [part for part in parts if part.lower() not in PARTICLES]
    if not 2 <= len(parts) <= _MOST_PARTS or any(not part[:1].isupper() for part in own):
        return ()
    if any(part.lower() in COMMON_WORDS for part in own):
        return ()
    tails = [" ".join(parts[i:]) for i, part in enumerate(parts) if part.lower() in PARTICLES]
    halves = [half for part in own for half in _split_at_hyphen(part)]
    return (*(part for part in (*own, *halves) if sum(c.isalpha() for c in part) >= 2), *tails[:1])


def _split_at_hyphen(part: str) -> Iterator[str]:
    """Yield what may be left of "Adeyemi-Holt": "Adeyemi", "Holt"."""
    halves = re.split(r"[-\u2010]", part)
    for half in halves if len(halves) > 1 else ():
        if len(half) >= _SHORTEST_HALF and half.lower() not in PARTICLES | COMMON_WORDS:
            yield half


def join_name(form: str) -> tuple[str, ...]:
    """Return a full name as one word, if it is one."""
    parts = _PARTS.split(_DECORATION.sub("", form).strip())
    return ("".join(parts),) if split_name(form) else ()
