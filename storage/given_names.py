"""Names that people have all over the world: Faker's lists, and some that these lack.

They are read when a text first asks for them: it takes a third of a second.
"""

# ruff: noqa: SIM905 (words read better as text)

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from storage.name_forms import WORD, drop_accents
from storage.ordinary_words import read_lexicon, read_words

# Those whose names are written with capitals, which tell a name from a word.
LOCALES = (
    *("cs_CZ", "da_DK", "de_AT", "de_CH", "de_DE", "el_GR", "en", "en_GB", "en_IN", "en_KE"),
    *("en_NG", "en_NZ", "en_PK", "en_US", "es_AR", "es_CL", "es_CO", "es_ES", "es_MX", "et_EE"),
    *("fi_FI", "fr_BE", "fr_CA", "fr_CH", "fr_DZ", "fr_FR", "ga_IE", "ha_NG", "hr_HR", "hu_HU"),
    *("id_ID", "ig_NG", "it_IT", "lt_LT", "lv_LV", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_BR"),
    *("pt_PT", "ro_RO", "ru_RU", "sk_SK", "sl_SI", "sv_SE", "sw", "tr_TR", "tw_GH", "uk_UA"),
    *("vi_VN", "yo_NG", "zu_ZA", "az_AZ", "en_IE", "en_TH", "ja_JP", "zh_CN"),
)


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
    return frozenset(_read("first_")) | read_lexicon("given")


@cache
def last_names() -> frozenset[str]:
    """Read last names, likewise; those of several words word by word."""
    return frozenset(_read("last_")) | read_lexicon("last")


@cache
def sure_names() -> frozenset[str]:
    """Read the first names that are nothing else."""
    return frozenset(
        name
        for name in first_names()
        if (len(name) > 3 or name in _COMMON_SHORT) and not means_more(name)
    )


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


def _read(kind: str) -> Iterator[str]:
    for locale in LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for name, values in vars(provider).items():
            if name.startswith(kind) and isinstance(values, Iterable):
                yield from _lower(values)


def _lower(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        name = value[-1] if isinstance(value, tuple) else value  # Japanese: the romanized one
        if name.isascii() and name.isalpha():
            yield name.lower()
            continue
        for word in WORD.findall(unicodedata.normalize("NFC", name).lower()):
            yield word
            yield drop_accents(word)
