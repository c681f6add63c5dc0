"""Characters that pass for others, or for nothing: what a person reads them as.

Source: Unicode TR 39 (confusables); of its letters those that pass for a Latin one.
"""

# ruff: noqa: RUF001 (they are meant)

import re
import unicodedata
from collections.abc import Callable
from functools import cache


def _pair(pairs: str) -> dict[str, str]:
    return {pair[0]: pair[1] for pair in pairs.split()}


_TWINS = _pair(  # nobody tells them apart
    """
    аa сc еe оo рp хx уy іi јj ѕs һh ԁd ԛq ԝw ӏl ѵv АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ҮY
    ԌG ԚQ ԜW αa οo νv ρp ιi κk υu χx γy ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX օo սu հh ցg
    ոn զq յj ɑa ɡg ɩi ɪi ʏy ʀr ʙb ɢg ʜh ʟl ɴn ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs ƅb
    ɗd ƙk ɾr
    """
)
_COUSINS = _pair(  # among Latin letters they pass
    """
    бb вb гr зz иu йu кk лn мm нh пn тt ьb ёe їi ңh қk цu шw щw яr ЗZ БB ГR ПN ЯR ИN βb δd εe ζz ηn
    θo λl μm πn σo ςs τt φo ωw ϲc ϳj Γr Δa Θo Λa Πn Σe Ωo
    """
)
_LETTERS = {**_TWINS, **_COUSINS}
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e0fff"
)
_ADDED = "\u200d\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f"  # strokes, frames: on the one before
_DRESSED = (  # letters and digits in another dress: full-width, bold, circled, of far scripts
    "\u2070-\u209c\u2102\u210a-\u2115\u2119-\u211d\u2124\u212a-\u2134\u2460-\u24ff\u2024\ufe52\ufe6b"
    "\uff0e\uff10-\uff19\uff20-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\U0001f130-\U0001f149"
    "\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59"
)
_MARKS = "\uff01-\uff0d\uff0f\uff1a-\uff1f\uff3b-\uff40\uff5b-\uff5e"
_UNSEEN = re.compile(f"[{_INVISIBLE}{_ADDED}]")
_DASHES = "\u2010-\u2015\u2043\u2212"
_SPACES = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_FAR = "".join(_LETTERS)

ODD = re.compile(f"[{_INVISIBLE}{_ADDED}{_DRESSED}{_MARKS}{_DASHES}{_SPACES}{_FAR}]")
"""Any character that may be read as another."""

_ANY = re.compile(f"[{_INVISIBLE}{_ADDED}{_DRESSED}{_FAR}]")
_APART_ODDLY = re.compile(rf"[{_DASHES}{_SPACES}](?<=\d.)\d")
_MIXED = re.compile(
    rf"[{_INVISIBLE}{_DRESSED}]|[\x00-\x7f][{_ADDED}]|\u200d[\x00-\x7f]"
    rf"|[0-9A-Za-z][.@_+-]?[{_FAR}]|[{_FAR}][.@_+-]?[0-9A-Za-z]"
)
_FAR_WORD = re.compile(rf"(?<![^\W_])[{''.join(_TWINS)}]{{2,}}(?![^\W_])")
_FAR_LETTER = re.compile(rf"(?![{''.join(_TWINS)}])[\u0370-\u058f]")
_LATIN = re.compile(r"[0-9A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_REACH = 40  # so many characters of a token are looked at on either side


def looks_odd(text: str) -> bool:
    """Tell, at little cost, whether characters of a text may be read as others."""
    if _APART_ODDLY.search(text):
        return True
    return bool(_ANY.search(text)) and (bool(_MIXED.search(text)) or _has_far_words(text))


def reader(text: str) -> Callable[[re.Match[str]], str]:
    """Return what tells, of a match of `ODD` in this text, what it is read as."""
    letters_of_far_words = _TWINS if _has_far_words(text) else {}

    def read(match: re.Match[str]) -> str:
        character = match[0]
        if character not in _LETTERS:
            return _undress(character)
        if _is_in_latin_token(text, match.start()):
            return _LETTERS[character]
        return letters_of_far_words.get(character, character)

    return read


def _has_far_words(text: str) -> bool:
    """Tell whether words are wholly of another script's look-alikes, and nothing else is of it."""
    return bool(_FAR_WORD.search(text)) and not _FAR_LETTER.search(text)


def _is_in_latin_token(text: str, position: int) -> bool:
    before = text[max(0, position - _REACH) : position].split()
    after = text[position : position + _REACH].split(None, 1)
    before_it = before[-1] if before and not text[position - 1].isspace() else ""
    return bool(_LATIN.search(before_it) or _LATIN.search(after[0]))


@cache
def _undress(character: str) -> str:
    """Read what is no letter of another alphabet; what nobody sees is nothing."""
    if _UNSEEN.match(character):
        return ""
    if unicodedata.category(character) == "Pd":
        return "-"
    if character.isdecimal():
        return str(int(character))
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() else character
