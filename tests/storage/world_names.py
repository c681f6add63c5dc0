"""Faker's names, from which `python -m tests.storage.world_names` writes two of the word lists."""

import unicodedata
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import storage
from storage.name_forms import WORD, drop_accents

# Those whose names are written with capitals, which tell a name from a word.
LOCALES = (
    *("cs_CZ", "da_DK", "de_AT", "de_CH", "de_DE", "el_GR", "en", "en_GB", "en_IN", "en_KE"),
    *("en_NG", "en_NZ", "en_PK", "en_US", "es_AR", "es_CL", "es_CO", "es_ES", "es_MX", "et_EE"),
    *("fi_FI", "fr_BE", "fr_CA", "fr_CH", "fr_DZ", "fr_FR", "ga_IE", "ha_NG", "hr_HR", "hu_HU"),
    *("id_ID", "ig_NG", "it_IT", "lt_LT", "lv_LV", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_BR"),
    *("pt_PT", "ro_RO", "ru_RU", "sk_SK", "sl_SI", "sv_SE", "sw", "tr_TR", "tw_GH", "uk_UA"),
    *("vi_VN", "yo_NG", "zu_ZA", "az_AZ", "en_IE", "en_TH", "ja_JP", "zh_CN"),
)
LISTS = {"first_": "faker_first.txt", "last_": "faker_last.txt"}
LEXICON = Path(storage.__file__).with_name("lexicon")


def read_names(kind: str) -> str:
    """Read the first or the last names of all places, as their list has them."""
    return "".join(f"{name}\n" for name in sorted(set(_read(kind))))


def _read(kind: str) -> Iterator[str]:
    for locale in LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for name, values in vars(provider).items():
            if name.startswith(kind) and isinstance(values, Iterable):
                yield from _lower(values)


def _lower(values: Iterable[str | tuple[str, ...]]) -> Iterator[str]:
    for value in values:
        name = value[-1] if isinstance(value, tuple) else value  # Japanese: the romanized one
        for word in WORD.findall(unicodedata.normalize("NFC", name).lower()):
            yield word
            yield drop_accents(word)


if __name__ == "__main__":
    for kind, file in LISTS.items():
        (LEXICON / file).write_text(read_names(kind), encoding="utf-8")
