"""Names that people have all over the world: Faker's lists, and some that these lack.

They are read when a text first asks for them.
"""

# ruff: noqa: SIM905 (words read better as text)

from functools import cache

from storage.ordinary_words import read_lexicon, read_words

_COMMON_SHORT = frozenset(
    """
    abe amy ana ann ava ben bob bev cal dan deb dee eli eva fay gia gil gus ian ida ike ira isa ivo
    jai jeb jed jen jim joe jon kai kat ken kim kip kit lea len leo lia lin liv liz lou luc lyn
    mae meg mia mio mya nan nat ned nia nik noa noe pam pat pia pru rae raj ram ray rex ria rob ron
    roy sam sid sia sue tad taj ted teo tia tim tod tom ugo ulf uma uwe val van vic viv wes yan zac
    zak zoe
    """.split()
)


@cache
def first_names() -> frozenset[str]:
    """Read first names, in lower case, with and without their accents."""
    return read_lexicon("faker_first") | read_lexicon("given")


@cache
def last_names() -> frozenset[str]:
    """Read last names, likewise; those of several words word by word."""
    return read_lexicon("faker_last") | read_lexicon("last")


@cache
def sure_names() -> frozenset[str]:
    """Read the first names that are nothing else."""
    names = first_names() - read_words() - read_lexicon("elsewhere")
    return frozenset(name for name in names if len(name) > 3 or name in _COMMON_SHORT)


@cache
def names_of_places() -> frozenset[str]:
    """Read the first names that are a place's or a product's, too."""
    return (first_names() & read_lexicon("elsewhere")) - read_words()


def is_name(word: str) -> bool:
    """Tell whether anybody in the world goes by a word."""
    return word in first_names() or word in last_names()


def means_more(word: str) -> bool:
    """Tell whether a name is also a word, a place, a product, a month."""
    return word in read_words() or word in read_lexicon("elsewhere")
