"""Words that nobody has written, in texts that are being drawn."""

from collections.abc import Sequence

from training.lexicon import Lexicon, find_words
from training.pairs import count_unbegun, is_in_code


class Speller:
    """Knows the words that a text may have.

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
        if count_unbegun(text) > count_unbegun(before):
            return True
        new = find_words(text) - find_words(before) - self._said
        for lexicon in self._lexicons:
            new = lexicon.find_new(new) if new else new
        return bool(new)
