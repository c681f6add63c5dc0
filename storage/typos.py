"""Names with one letter wrong, found without comparing each word to each name.

A name and a word that is one edit away from it (a letter too many, one missing, one wrong, two
swapped) have something in common: what is left when one letter is taken away.

Source: SymSpell's symmetric deletes, https://github.com/wolfgarbe/SymSpell
"""

from collections.abc import Iterable, Iterator

_INTACT = 3  # letters that one edit leaves as they are, at the beginning or at the end
SHORTEST = 6  # a shorter name is one letter away from too many words


class Typos:
    """Tells which words are a name with one letter wrong.

    Args:
        names: In lower case; what is shorter than six letters, or no word, is left out.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name for name in names if len(name) >= SHORTEST and name.isalpha()}
        self._remains = {rest for name in self._names for rest in _drop_one(name)}
        self._either = self._remains | self._names
        self._longest = max(map(len, self._names), default=0) + 1
        self._beginnings = {begin for name in self._names for begin in _begin(name)}
        self._endings = {name[-_INTACT:] for name in self._names}
        self._letters = sorted({letter for name in self._names for letter in name})

    def pick(self, words: Iterable[str]) -> set[str]:
        """Return those of the words that are a name but for one letter."""
        begins, ends = self._beginnings, self._endings
        return {
            word
            for word in words
            if len(word) >= SHORTEST - 1
            and (word[:_INTACT] in begins or word[-_INTACT:] in ends)
            and word in self
        }

    def __contains__(self, word: str) -> bool:
        """Tell whether a word, in lower case, is a name but for one letter."""
        if not SHORTEST - 1 <= len(word) <= self._longest or word in self._names:
            return False
        if word in self._remains:
            return True
        rests = _drop_one(word)
        if self._either.isdisjoint(rests):  # nearly always
            return False
        return not self._names.isdisjoint(rests) or self._is_replaced(word)

    def _is_replaced(self, word: str) -> bool:
        swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))
        return not (
            self._names.isdisjoint(swapped) and self._names.isdisjoint(self._substituted(word))
        )

    def _substituted(self, word: str) -> Iterator[str]:
        for i in range(len(word)):
            if word[:i] + word[i + 1 :] in self._remains:
                yield from (word[:i] + letter + word[i + 1 :] for letter in self._letters)


def _begin(name: str) -> tuple[str, str]:
    """Return how a name begins, also if those letters are swapped that leave no end intact."""
    return name[:_INTACT], name[: _INTACT - 1] + name[_INTACT]


def _drop_one(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]
