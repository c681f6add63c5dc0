"""One text read for people's names, word by word: where a name begins, how far it goes.

A first name that is nothing else is one wherever it has its capital; whatever else is a name only
where the words around it say so.
"""

# ruff: noqa: SIM905 (words read better as text)

import re
from collections.abc import Set
from functools import cached_property

from storage import name_positions as positions
from storage.drafts import Finding
from storage.given_names import first_names, last_names, means_more, sure_names
from storage.name_forms import PARTICLES, WORD
from storage.ordinary_words import CALENDAR_WORDS, COMMON_WORDS, read_lexicon, read_words

_LONGEST = 4  # words of one name
_SHORTEST_IN_LOWER_CASE = 5
_INSIDE = frozenset("_/\\.#@=$<-&+")  # a word right behind one of these is part of something
_NO_NAMES = COMMON_WORDS | CALENDAR_WORDS
_BEHIND_INITIALS = (".", "'", "\u2019")
_HYPHENS = frozenset("-\u2010\u2011'\u2019")
_CODE = re.compile(r"_+\w|[(=@\\#]|/[a-z]|\.\w|:(?!\w+:)[\w:]|->")
_GAP = re.compile(r"[ \u00a0]{1,2}|[-'\u2019\u2010\u2011]|\. |:\w+: ?")
_SHOUTED = 0.6
_REACH = 24  # characters before initials that are looked at
_FEW = 5  # of so many words one may be unheard of in plain English
_INITIALS = re.compile(r"(?:(?<!\w)(\w+)[ ])?(?<![\w.])(?:[^\W\d_a-z]\.[ -]?){1,3}$")
_LETTERED = frozenset(
    """
    answer appendix block building chapter class exhibit figure gate grade group hepatitis item
    letter option part phase plan point question room round scenario section series step table
    team terminal type unit variant version vitamin wing
    """.split()
)


class NameReading:
    """One text, word by word."""

    def __init__(self, text: str, known: Set[str]) -> None:
        self.text = text
        self.words = list(WORD.finditer(text))
        self._written = [word[0] for word in self.words]
        self._keys = [word.lower() for word in self._written]
        self._known = known

    @cached_property
    def _is_shouted(self) -> bool:
        """Whether most of the text is in capitals, which then say nothing."""
        capitals = sum(map(str.isupper, self.text))
        return capitals > max(8, _SHOUTED * sum(map(str.isalpha, self.text)))

    def list_candidates(self) -> list[int]:
        """List the words that may be names, as far as a dictionary can tell."""
        sure = sure_names()
        return [
            position
            for position, key in enumerate(self._keys)
            if key in sure
            or key in self._known
            or (key not in COMMON_WORDS and self._written[position][0].isupper())
        ]

    def name(self, position: int, end: int) -> Finding:
        """Return the words from `position` to before `end` as a name."""
        return Finding(self.words[position].start(), self.words[end - 1].end(), "name")

    def measure(self, position: int) -> int:
        """Return behind which word a name ends that begins here; none begins: `position`."""
        key = self._keys[position]
        is_mere_word = key in read_words() and key not in first_names() and key not in self._known
        if is_mere_word and not self._is_introduced(position):
            return position
        end = self._extend(position)
        return end if self._is_name(position, end) and self._may_begin(position) else position

    def _may_begin(self, position: int) -> bool:
        word = self.words[position]
        before = self.text[word.start() - 1 : word.start()]
        if before in _INSIDE and before and not self._is_decoration(word.start() - 1):
            return False
        if positions.is_place(self.text, word.start()) or positions.is_eponym(self.text, word):
            return False
        return word[0].isalpha() and not _CODE.match(self.text, word.end())

    def _is_decoration(self, position: int) -> bool:
        """Tell whether what stands right before joins names or makes one italic: "Nadia/Kwame"."""
        if self.text[position] in "/&+":
            behind = self.text[position + 1 : position + 2]
            return position > 0 and self.text[position - 1].isalpha() and behind.isupper()
        return self._is_italic(position)

    def _is_italic(self, position: int) -> bool:
        before = self.text[position - 1 : position] if position else ""
        return self.text[position] == "_" and not before.isalnum()

    def _is_capital(self, position: int) -> bool:
        word = self._written[position]
        return word[0].isupper() and (not word[1:].isupper() or self._is_shouted)

    def _is_sure(self, position: int) -> bool:
        key = self._keys[position]
        return key in self._known or key in sure_names()

    def _extend(self, position: int) -> int:
        """Take in what follows a first name: "van der Berg", "J.", "Lovelace"."""
        end = position + 1
        while end < len(self.words) and end - position < _LONGEST and self._is_joined(end):
            if self._continues(end, position):
                end += 1
            elif (behind := self._skip_particles(end, position)) > end:
                end = behind
            else:
                break
        return end

    def _is_joined(self, position: int) -> bool:
        gap = self.text[self.words[position - 1].end() : self.words[position].start()]
        if gap == ". ":
            return len(self.words[position - 1][0]) == 1
        return bool(_GAP.fullmatch(gap))

    def _skip_particles(self, position: int, begin: int) -> int:
        end = position
        while end < len(self.words) and self._keys[end] in PARTICLES and self._is_joined(end):
            end += 1
        is_followed = end > position and end < len(self.words) and self._is_joined(end)
        return end + 1 if is_followed and self._continues(end, begin) else position

    def _continues(self, position: int, begin: int) -> bool:
        """Tell whether a word is more of the name that begins there."""
        key, word = self._keys[position], self.words[position]
        is_same_case = self._is_capital(begin) == self._is_capital(position)
        if not word[0].isalpha() or key in _NO_NAMES or not is_same_case:
            return False
        is_hyphenated = self.text[word.start() - 1] in _HYPHENS
        if not self._is_capital(position):
            return word[0].islower() and not is_hyphenated and self._is_last_name(position, begin)
        if len(key) == 1:
            return is_hyphenated or self.text[word.end() : word.end() + 1] in _BEHIND_INITIALS
        if self._is_shouted:
            return key in last_names() and key not in read_words()
        return is_hyphenated or key in last_names() or not self._is_word_or_place(key)

    def _is_last_name(self, position: int, begin: int) -> bool:
        """Tell, without capitals, by a list, or by being the one word that no list has."""
        if self._is_sure_last_name(position):
            return True
        if not self._is_sure(begin) or not self._is_unheard_of(position):
            return False
        others = [place for place in range(len(self.words)) if place not in (begin, position)]
        line = self.text[self.words[begin].start() :].partition("\n")[0]
        is_alone = line.strip() == f"{self._written[begin]} {self._written[position]}"
        return is_alone or sum(map(self._is_unheard_of, others)) <= len(others) // _FEW

    def _is_unheard_of(self, position: int) -> bool:
        key = self._keys[position]
        is_word = key.isalpha() and len(key) >= _SHORTEST_IN_LOWER_CASE
        return is_word and not means_more(key) and key not in read_lexicon("foreign")

    def _is_sure_last_name(self, position: int) -> bool:
        key = self._keys[position]
        return key in last_names() and key not in PARTICLES and not means_more(key)

    @staticmethod
    def _is_word_or_place(key: str) -> bool:
        return key in read_lexicon("common") or key in read_lexicon("elsewhere")

    def _is_name(self, position: int, end: int) -> bool:
        if self._is_capital(position):
            return self._is_capitalized_name(position, end)
        return self._is_lower_name(position, end)

    def _is_capitalized_name(self, position: int, end: int) -> bool:
        key = self._keys[position]
        if key in COMMON_WORDS or (key in CALENDAR_WORDS and end == position + 1):
            return False
        if self._is_sure(position):
            return not self._is_shouted or len(key) > 3
        if self._is_introduced(position):
            return True
        if key in first_names():
            return self._is_first_name(position, end)
        return self._is_unknown_name(position, end)

    def _is_introduced(self, position: int) -> bool:
        is_shouted_word = self._is_shouted and self._keys[position] in read_words()
        start = self.words[position].start()
        return not is_shouted_word and positions.is_introduced(self.text, start)

    def _is_first_name(self, position: int, end: int) -> bool:
        """Judge what is a first name and something else as well."""
        if self._is_followed_by_last_name(position, end):
            return True
        if self._is_shouted:
            return False
        return self._is_somebody(position, end)

    def _is_followed_by_last_name(self, position: int, end: int) -> bool:
        following = self._keys[position + 1 : end]
        return any(key in last_names() and not means_more(key) for key in following)

    def _is_unknown_name(self, position: int, end: int) -> bool:
        """Judge a word that may be anything: a firm, a product, a name from far away."""
        word = self._written[position]
        key = word.lower()
        if self._is_shouted or means_more(key) or key in read_lexicon("foreign"):
            return False
        if not word[2:].islower():
            return False
        start, behind = self.words[position].start(), self.words[end - 1].end()
        if positions.is_greeted(self.text, start) and positions.ends(self.text, behind):
            return True
        if positions.owns_personally(self.text, behind) or self._has_initials(position):
            return True
        if end == position + 1:
            return False
        return (
            self._is_followed_by_last_name(position, end)
            or (self._keys[position] in last_names() and self._keys[position + 1] in first_names())
            or positions.is_noted(self.text, start)
            or positions.has_role(self.text, start)
            or (positions.is_dealt_with(self.text, start) and self._ends(behind))
            or positions.is_presented(self.text, start)
            or positions.is_explained(self.text, behind)
        )

    def _has_initials(self, position: int) -> bool:
        """Tell by what stands before: "by A. Lovelace", and not "plan B. Then"."""
        start = self.words[position].start()
        before = self.text[max(0, start - _REACH) : start]
        if "." not in before[-2:]:
            return False
        match = _INITIALS.search(before)
        return match is not None and (match[1] or "").lower() not in _LETTERED

    def _ends(self, behind: int) -> bool:
        return positions.is_of(self.text, behind) or positions.ends(self.text, behind)

    def _is_somebody(self, position: int, end: int) -> bool:
        start, behind = self.words[position].start(), self.words[end - 1].end()
        return (
            positions.is_introduced(self.text, start)
            or positions.is_noted(self.text, start)
            or positions.has_role(self.text, start)
            or (positions.is_greeted(self.text, start) and positions.ends(self.text, behind))
            or (positions.is_dealt_with(self.text, start) and positions.ends(self.text, behind))
            or positions.acts(self.text, behind)
            or positions.is_asked_after(self.text, start, behind)
            or positions.is_spoken_to(self.text, start, behind)
            or positions.owns_personally(self.text, behind)
            or positions.is_presented(self.text, start)
            or positions.is_explained(self.text, behind)
        )

    def _is_lower_name(self, position: int, end: int) -> bool:
        key = self._keys[position]
        if not self._written[position].islower():
            return False
        is_plain = len(key) >= _SHORTEST_IN_LOWER_CASE and key not in read_lexicon("foreign")
        if self._is_sure(position):
            return is_plain or end > position + 1 or self._is_somebody(position, end)
        return False
