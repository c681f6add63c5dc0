"""Words that nobody has written, and signs without their other half, in texts being drawn."""

from collections.abc import Sequence

from training.lexicon import Lexicon, find_words
from training.pairs import BEGINS, find_owed, find_unbegun, is_in_code


class Speller:
    """Knows the words that a text may have, and which signs may stand unpaired.

    Args:
        lexicons: Of each voice of a blend; where one has none, any word will do.
        said: What is answered and how the text begins, whose words may be said again.
    """

    def __init__(self, lexicons: Sequence[Sequence[Lexicon]], said: Sequence[str]) -> None:
        self.is_strict = all(lexicons)
        self._lexicons = list(dict.fromkeys(each for own in lexicons for each in own))
        self._said = {word for text in said for word in find_words(text)}

    def misspells(self, text: str) -> bool:
        """Tell whether a text's last word, which ends here, is none, or closes what was not open.

        In code any word will do.
        """
        if is_in_code(text):
            return False
        before = "".join(text.rsplit(maxsplit=1)[:-1])
        new = find_words(text) - find_words(before) - self._said
        return bool(self._find_new(new | (find_unbegun(text) - find_unbegun(before)).keys()))

    def find_owed(self, text: str) -> str:
        """Return the sign that a text owes before it may end; "" for none."""
        owed = find_owed(text) if self.is_strict else ""
        return owed if owed and self._find_new({BEGINS[owed]}) else ""

    def _find_new(self, words: set[str]) -> set[str]:
        for lexicon in self._lexicons:
            words = lexicon.find_new(words) if words else words
        return words
