"""Secrets in a text: keys and tokens by their formats, passwords by the words before them."""

# ruff: noqa: SIM905 (words read better as text)

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from storage.drafts import Finding
from storage.passwords import find_passwords, find_quoted_passwords
from storage.token_formats import BROKEN, CUES, compile_format

_ARMOR = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
_LONG = re.compile(r"(?<![\w/+=.-])[A-Za-z0-9+/]{32,}={0,2}(?![\w/+=-])")
_PREFIXED = re.compile(  # of a vendor that we do not know: "pscale_tkn_…", "nfp_…"
    r"(?<![\w/.-])(?P<vendor>[a-z]{2,10}\d?(?:_[a-z]{2,8}){0,2}[_-])(?P<rest>[A-Za-z0-9][\w-]{19,}"
    r"(?:\.[\w-]{6,}){0,2})"
)
_IDS = frozenset(  # which vendors give to things, not to people's doors
    """
    pi price cus sub prod in ch evt req acct pm seti si card txn re il src run msg chatcmpl call
    resp
    file thread asst org user usr prj team dpl test build job id sess_ref wf page img obj doc ref
    """.split()
)
_BARE = re.compile(r"(?<![^\W_])[A-Za-z0-9]{16,}(?![^\W_])")
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]|[A-Z]{2}.*[a-z]")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+")
_HEX = re.compile(r"[0-9a-f]{32,}")
_LONGER = 22  # characters of a token that nothing but its looks tell
_SHORTEST = (
    12  # characters of the longest word of any token, and of the longer half of a broken one
)


def find_secrets(text: str) -> Iterator[Finding]:
    """Find keys, tokens and passwords; of `password: x` only the `x`."""
    if "-----BEGIN" in text:
        for match in _ARMOR.finditer(text):
            yield Finding(*match.span(), "secret")
    long_words = [word for word in text.split() if len(word) >= _SHORTEST]
    if "hf_" in text or _DIGIT.search(" ".join(long_words)):
        yield from _find_tokens(text)
        if any(len(word) >= _LONGER for word in long_words):
            yield from _find_unknown_tokens(text, long_words)
    yield from find_passwords(text)


def find_secrets_without_digits(text: str) -> Iterable[Finding]:
    """Find the same in a text that has no digits, at less cost."""
    if "-----BEGIN" in text or "hf_" in text:
        return find_secrets(text)
    return find_quoted_passwords(text)


def _find_tokens(text: str) -> Iterator[Finding]:
    lowered = text.lower()
    for cue in CUES:
        if cue in lowered:
            for match in compile_format(cue).finditer(text):
                yield Finding(*match.span(), "secret")
    for match in BROKEN.finditer(text):
        if _is_tail(match[1]):
            yield Finding(*match.span(), "secret")


def _find_unknown_tokens(text: str, long_words: Iterable[str]) -> Iterator[Finding]:
    """Find those whose vendor we do not know."""
    is_likely = any(map(_PREFIXED.search, long_words))
    for match in _PREFIXED.finditer(text) if is_likely else ():
        if match["vendor"].rstrip("_-") not in _IDS and _is_random(match["rest"]):
            yield Finding(*match.span(), "secret")
    for match in _LONG.finditer(text):
        if _is_dense(match[0]):
            yield Finding(*match.span(), "secret")


def find_bare_tokens(text: str) -> Iterator[Finding]:
    """Find long random words: tokens, if somebody has taken them apart."""
    for match in _BARE.finditer(text):
        if _is_random(match[0]):
            yield Finding(*match.span(), "secret")


def _is_random(value: str) -> bool:
    """Tell random letters and digits, and long hexadecimal ones, from words run together."""
    kinds = [c.isdigit() + 2 * c.isupper() for c in value if c.isalnum()]
    if len(set(kinds)) < 3:
        return bool(_HEX.fullmatch(value)) and 1 in kinds
    changes = sum(a != b for a, b in pairwise(kinds))
    groups = _DIGITS.findall(value)
    return len(groups) > 1 and changes >= 0.42 * (len(kinds) - 1)


def _is_tail(value: str) -> bool:
    """Tell the other half of a broken token from the word after a whole one."""
    return bool(_DIGIT.search(value)) or bool(_INNER_CAPITAL.search(value))


def _is_dense(value: str) -> bool:
    """Tell random base64 from a long identifier, a path or a hexadecimal hash."""
    shares = [count / len(value) for count in Counter(value).values()]
    entropy = -sum(share * math.log2(share) for share in shares)
    kinds = (str.isupper, str.islower, str.isdigit)
    return entropy >= 4.5 and all(any(map(kind, value)) for kind in kinds)
