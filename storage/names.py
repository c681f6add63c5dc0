"""Names of people in a text: those of the roster in whatever form, and those of strangers."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from storage.ambiguity import is_called, is_date, is_elsewhere, is_ordinary, is_place, is_thing
from storage.drafts import Detector, Finding
from storage.given_names import is_name
from storage.name_company import complete
from storage.name_forms import WORD, join_name, spell, split_name
from storage.ordinary_words import COMMON_WORDS, NAME_WORDS, read_lexicon, read_words
from storage.sayings import without_sayings
from storage.strangers import StrangerFinder
from storage.typos import Typos

_RUN = re.compile(r"[^\W_]+")
_ACCENTED = re.compile(r"(?<![^\W_])[^\W_]++(?:[\u0300-\u036f]+[^\W_]*)+")
_ASCII_RUN = re.compile("[a-z0-9]+")
_GAP = re.compile(r"[^\w\n]|_|[ \t]+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_IN_CODE = re.compile(r"[_(=@\\/#]|[.:-]\w")
_INSIDE = frozenset("_/\\.#=$-:")  # a word right behind one of these is part of something
_SHORTEST_WITH_S = 3
_RESERVED = frozenset({"here", "channel", "everyone", "group"})  # "@here" calls nobody by name

Form = tuple[str, ...]


class NameFinder:
    """Finds the names that it was given, by one dictionary look-up a word, and strangers' names.

    Args:
        forms: All that members go by: "Ada Lovelace", "ada", "Lovelace", "ada.l".
        model: What also looks for people, by a language model of its own.
    """

    def __init__(self, forms: Iterable[str], *, model: Detector | None = None) -> None:
        own, parts = _spell_all(frozenset(forms))
        unspaced = sorted(filter(_UNSPACED.fullmatch, own | parts), key=len, reverse=True)
        self._unspaced = re.compile("|".join(map(re.escape, unspaced))) if unspaced else None
        self._parts = set(map(_split, parts))  # of full names: they are nobody's own form
        self._forms: dict[str, list[Form]] = {}  # by first word, the longest first
        for form in filter(_is_usable, {*map(_split, own), *self._parts}):
            self._forms.setdefault(form[0], []).append(form)
        for candidates in self._forms.values():
            candidates.sort(key=len, reverse=True)
        self._typos = Typos(self._list_words())
        self._strangers = StrangerFinder(self._list_sure_names())
        self._model = model
        self._forms.update(self._list_possessives())
        self._keys = frozenset(self._forms)
        self._listed = read_words() | self._keys

    def _list_words(self) -> Iterator[str]:
        """Yield the words of all names; no name is made of what everybody says."""
        for form in chain.from_iterable(self._forms.values()):
            yield from (word for word in form if word not in COMMON_WORDS)

    def _list_sure_names(self) -> Iterator[str]:
        for form in chain.from_iterable(self._forms.values()):
            is_sure = len(form) == 1 and form not in self._parts
            if is_sure and not is_ordinary(form[0]) and not is_elsewhere(form[0]):
                yield form[0]

    def _list_possessives(self) -> dict[str, list[Form]]:
        """Return names with an "s" that lost its apostrophe, but for what is a word by that."""
        names = [form[0] for forms in self._forms.values() for form in forms if len(form) == 1]
        return {
            f"{name}s": [(f"{name}s",)]
            for name in names
            if f"{name}s" not in self._forms and _may_have_s(name)
        }

    def find(self, text: str) -> Iterator[Finding]:
        """Find names as `name`, and as `user` where an `@` stands before one."""
        words = _find_words(text.lower())
        unknown = words - self._listed
        mistyped = self._typos.pick(unknown)
        found: list[Finding] = []
        doubtful: list[Finding] = []
        if mistyped or not words.isdisjoint(self._keys):
            found += self._find_words(text, mistyped, doubtful)
        if self._unspaced and not text.isascii():
            found += (Finding(*m.span(), "name") for m in self._unspaced.finditer(text))
        found += self._strangers.find(text, words, unknown)
        if found:
            yield from without_sayings(text, complete(text, found, doubtful))
        if self._model:
            yield from self._model(text)

    def _find_words(
        self, text: str, mistyped: set[str], doubtful: list[Finding]
    ) -> Iterator[Finding]:
        """Find names of the roster; words that may be some, and may not, are put aside."""
        words = list(WORD.finditer(text))
        keys = [word[0].lower() for word in words]
        end = 0
        for position, key in enumerate(keys):
            if position < end:
                continue
            for form in self._forms.get(key, ()):
                part = slice(position, position + len(form))
                if form != tuple(keys[part]):
                    continue
                if found := self._judge(text, words[part], form):
                    yield found
                    end = part.stop
                    break
                if self._may_be_vouched_for(text, words[position], form):
                    doubtful.append(Finding(*words[position].span(), "name"))
            else:
                if key in mistyped and _stands_alone(text, words[position]):
                    yield Finding(*words[position].span(), "name")

    def _judge(self, text: str, words: list[re.Match[str]], form: Form) -> Finding | None:
        """Decide whether these words are a name here."""
        start, end = words[0].start(), words[-1].end()
        if not all(_GAP.fullmatch(text, a.end(), b.start()) for a, b in pairwise(words)):
            return None
        if text[start - 1 : start] == "@" and not text[start - 2 : start - 1].isalnum():
            return Finding(start - 1, end, "user")
        return Finding(start, end, "name") if self._is_meant(text, words, form) else None

    def _is_meant(self, text: str, words: list[re.Match[str]], form: Form) -> bool:
        start, end = words[0].start(), words[-1].end()
        if len(form) > 1:
            return not all(map(is_ordinary, form)) or all(_is_capitalized(w[0]) for w in words)
        if is_elsewhere(form[0]):
            return not is_thing(text, start, end) and (
                form[0] not in NAME_WORDS or is_called(text, start, end)
            )
        if form in self._parts and is_place(text, start, end):
            return False
        if is_ordinary(form[0]) or (form in self._parts and not is_name(form[0])):
            return is_called(text, start, end)
        return True

    @staticmethod
    def _may_be_vouched_for(text: str, word: re.Match[str], form: Form) -> bool:
        if len(form) > 1 or form[0] in COMMON_WORDS or is_elsewhere(form[0]):
            return False
        return not _IN_CODE.match(text, word.end()) and not is_date(text, *word.span())


def _find_words(lowered: str) -> set[str]:
    """Return what may be a word; of one with accents that stand alone also its parts."""
    if lowered.isascii():
        return set(_ASCII_RUN.findall(lowered))
    return {*_RUN.findall(lowered), *_ACCENTED.findall(lowered)}


def _spell_all(forms: frozenset[str]) -> tuple[set[str], set[str]]:
    """Return all ways to write what was given, and those of the parts that it is made of."""
    joined = chain.from_iterable(map(join_name, forms))
    own = {spelled for form in chain(forms, joined) for spelled in spell(form)}
    parts = chain.from_iterable(map(split_name, forms))
    return own, {spelled for part in parts for spelled in spell(part)} - own


def _split(form: str) -> Form:
    return () if _UNSPACED.fullmatch(form) else tuple(WORD.findall(form))


def _may_have_s(name: str) -> bool:
    if is_ordinary(name) or name.endswith("s") or len(name) < _SHORTEST_WITH_S:
        return False
    word = f"{name}s"
    return name.isalpha() and not is_ordinary(word) and word not in read_lexicon("foreign")


def _is_usable(words: Form) -> bool:
    """Refuse initials, mere numbers, and what calls everybody."""
    longest = max((sum(c.isalpha() for c in word) for word in words), default=0)
    return longest >= 2 and not (len(words) == 1 and words[0] in _RESERVED)


def _is_capitalized(word: str) -> bool:
    return word[0].isupper() and (len(word) <= 2 or not word.isupper())


def _stands_alone(text: str, word: re.Match[str]) -> bool:
    """Tell whether a word is part of no path, no address and no program's name."""
    before = text[word.start() - 1 : word.start()] if word.start() else ""
    return before not in _INSIDE and not _IN_CODE.match(text, word.end())
