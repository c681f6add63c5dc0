"""Names of the roster in a text, in whatever form: full, first, last, user name, `@handle`."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from storage.drafts import MARK, Finding
from storage.ordinary_words import CALENDAR_WORDS, COMMON_WORDS, NAME_WORDS

_RUN = re.compile(r"[^\W_]+")
# letters and digits, with accents that stand alone; "don't" is one word, "Don's" is two
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:['\u2019]t\b)?")
_GAP = re.compile(r"[^\w\n]|_|[ \t]+")
_DECORATION = re.compile(r"\s*[(\[{|/,:\u2013\u2014].*|\s+-\s.*", re.DOTALL)
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_OPENERS = f" \t\"'\u201c\u201d\u2018\u2019\u00ab([{{*_~>{MARK}"
_DATE_BEFORE = re.compile(
    r"(?:\d(?:st|nd|rd|th)?|\b(?:in|on|of|since|until|till|by|before|after|last|next|this|every|each"
    r"|early|mid|late|end|from|to|through|around|for|and|or))[\s,-]*$",
    re.IGNORECASE,
)
_DATE_AFTER = re.compile(r"[\s,-]*\d")
_RESERVED = frozenset({"here", "channel", "everyone", "group"})  # "@here" calls nobody by name
_ORDINARY = CALENDAR_WORDS | NAME_WORDS | COMMON_WORDS

Form = tuple[str, ...]


class NameFinder:
    """Finds the names that it was given, by one dictionary look-up a word.

    Args:
        forms: All that members go by: "Ada Lovelace", "ada", "Lovelace", "ada.l".
    """

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms: dict[str, list[Form]] = {}  # by first word, the longest first
        unspaced: list[str] = []
        for form in set(chain.from_iterable(map(_variants, forms))):
            if _UNSPACED.fullmatch(form):
                unspaced.append(re.escape(form))
            elif (words := tuple(_WORD.findall(form))) and _is_usable(words):
                self._forms.setdefault(words[0], []).append(words)
        for candidates in self._forms.values():
            candidates.sort(key=len, reverse=True)
        unspaced.sort(key=len, reverse=True)
        self._unspaced = re.compile("|".join(unspaced)) if unspaced else None

    def find(self, text: str) -> Iterator[Finding]:
        """Find names as `name`, and as `user` where an `@` stands before one."""
        if not self._forms.keys().isdisjoint(_RUN.findall(text.lower())):
            yield from self._find_words(text)
        if self._unspaced and not text.isascii():
            for match in self._unspaced.finditer(text):
                yield Finding(*match.span(), "name")

    def _find_words(self, text: str) -> Iterator[Finding]:
        words = list(_WORD.finditer(text))
        keys = [word[0].lower() for word in words]
        end = 0
        for position, key in enumerate(keys):
            for form in self._forms.get(key, ()) if position >= end else ():
                part = slice(position, position + len(form))
                if form == tuple(keys[part]) and (finding := _judge(text, words[part], form)):
                    yield finding
                    end = part.stop
                    break


def _variants(form: str) -> Iterator[str]:
    """Yield a form as it may be typed: without its "(she/her)", its accents, in either encoding."""
    for text in (form, _DECORATION.sub("", form)):
        lowered = text.strip().lower()
        decomposed = unicodedata.normalize("NFD", lowered)
        yield unicodedata.normalize("NFC", lowered)
        yield decomposed
        yield "".join(c for c in decomposed if not unicodedata.combining(c))


def _is_usable(words: Form) -> bool:
    """Refuse initials, mere numbers, and what calls everybody."""
    longest = max(sum(c.isalpha() for c in word) for word in words)
    return longest >= 2 and not (len(words) == 1 and words[0] in _RESERVED)


def _judge(text: str, words: list[re.Match[str]], form: Form) -> Finding | None:
    """Decide whether these words are a name here."""
    start, end = words[0].start(), words[-1].end()
    if not all(_GAP.fullmatch(text, a.end(), b.start()) for a, b in pairwise(words)):
        return None
    if text[start - 1 : start] == "@" and not text[start - 2 : start - 1].isalnum():
        return Finding(start - 1, end, "user")
    if all(map(_is_ordinary, form)):
        if not all(_is_capitalized(word[0]) for word in words):
            return None
        if len(form) == 1 and _is_ordinary_here(text, start, end):
            return None
    return Finding(start, end, "name")


def _is_ordinary(word: str) -> bool:
    return word in _ORDINARY or (len(word) <= 2 and word.isascii())


def _is_capitalized(word: str) -> bool:
    return word[0].isupper() and (len(word) <= 2 or not word.isupper())


def _is_ordinary_here(text: str, start: int, end: int) -> bool:
    """Tell whether the capital of an ordinary word has another reason than being a name."""
    word = text[start:end].lower()
    if word in COMMON_WORDS:
        return True
    if word in CALENDAR_WORDS:
        before = text[max(0, start - 12) : start]
        if _DATE_BEFORE.search(before) or _DATE_AFTER.match(text, end):
            return True
    is_addressed = word in NAME_WORDS and text[end : end + 2] in {", ", "'s", "\u2019s"}
    return _starts_sentence(text, start) and not is_addressed


def _starts_sentence(text: str, start: int) -> bool:
    """Tell whether the sentence starts here, but for openers, list marks and placeholders."""
    before = text[:start].rstrip(_OPENERS)[-1:]
    goes_on = before.isalnum() or before in tuple(",&+/=@") or text[start - 1 : start] == "-"
    return not goes_on
