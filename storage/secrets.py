"""Secrets in a text: keys and tokens by their formats, passwords by the words before them.

Each row of the tables below has a cue in lower case: no cue in the text, no pattern is tried.
A later format is one more row. The secret is a pattern's group, or all that it matches.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator

from storage.drafts import MARK, Finding

_Pattern = tuple[re.Pattern[str], Callable[[str], bool]]


def _is_mixed(value: str) -> bool:
    """Tell a token from a word: it has letters and digits."""
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _is_no_word(value: str) -> bool:
    """Tell a password from the next word of a sentence: "my password is wrong"."""
    return not value.strip(".,!?)'\":;-\u2019\u2026").isalpha()


def _is_dense(value: str) -> bool:
    """Tell random base64 from a long identifier, a path or a hexadecimal hash."""
    shares = [count / len(value) for count in Counter(value).values()]
    entropy = -sum(share * math.log2(share) for share in shares)
    kinds = (str.isupper, str.islower, str.isdigit)
    return entropy >= 4.5 and all(any(map(kind, value)) for kind in kinds)


# Source: the vendors' pages on their tokens; https://docs.github.com/code-security/secret-scanning
_FORMATS = {
    "-----begin": r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)",
    "xox": r"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}",
    "xapp-": r"\bxapp-\d-[A-Za-z0-9-]{8,}",
    "akia": r"\bAKIA[0-9A-Z]{16}\b",
    "asia": r"\bASIA[0-9A-Z]{16}\b",
    "ghp_": r"\bghp_[A-Za-z0-9]{30,}",
    "gho_": r"\bgho_[A-Za-z0-9]{30,}",
    "ghs_": r"\bghs_[A-Za-z0-9]{30,}",
    "github_pat_": r"\bgithub_pat_\w{30,}",
    "glpat-": r"\bglpat-[\w-]{20,}",
    "eyj": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
    "aiza": r"\bAIza[\w-]{35}",
    "ya29.": r"\bya29\.[\w-]{20,}",
    "_live_": r"\b[spr]k_live_[A-Za-z0-9]{10,}",
    "_test_": r"\b[spr]k_test_[A-Za-z0-9]{10,}",
    "whsec_": r"\bwhsec_[A-Za-z0-9+/=]{16,}",
    "sk-": r"\bsk-(?=[\w-]*\d)[\w-]{20,}",
    "hf_": r"\bhf_[A-Za-z0-9]{30,}",
    "npm_": r"\bnpm_[A-Za-z0-9]{36}",
    "pypi-": r"\bpypi-[\w-]{40,}",
    "sg.": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
}

_VALUE = rf"[^\s`'\"<>{MARK}]"
_IS = r"['\"]?\s?[:=]\s?['\"`]?"
_PASSWORD = (
    # all of a value behind "=", and of one that ends its line: "password: correct-horse"
    (rf"[a-z]{{0,12}}\s?=\s?['\"`]?({_VALUE}{{4,}})", bool),
    (rf"[a-z]{{0,12}}['\"]?\s?:\s?['\"`]?({_VALUE}{{4,}})(?=['\"`]?\s*$)", bool),
    # where the line goes on, only what is no word: "password: please reset it"
    (rf"[a-z]{{0,12}}(?:{_IS}|\s+(?:is|was|ist|est|es)\s+['\"`]?)({_VALUE}{{4,}})", _is_no_word),
)
_KEY = ((rf"(?:[ _-]?(?:key|token|id))?{_IS}({_VALUE}{{8,}})", _is_mixed),)
_BEARER = ((r" ([\w.~+/=-]{16,})", _is_mixed),)
_VALUES = {
    **dict.fromkeys(("passw", "passphrase", "passcode", "pwd"), _PASSWORD),
    **dict.fromkeys(("kennwort", "mot de passe", "contraseña"), _PASSWORD),
    **dict.fromkeys(("api", "access", "token", "secret", "private", "signing"), _KEY),
    "bearer": _BEARER,
}


def _compile() -> dict[str, list[_Pattern]]:
    flags = re.IGNORECASE | re.MULTILINE
    table: dict[str, list[_Pattern]] = {}
    for cue, pattern in _FORMATS.items():
        table[cue] = [(re.compile(pattern, re.DOTALL), bool)]
    for cue, rows in _VALUES.items():
        table[cue] = [(re.compile(rf"\b\w{{0,30}}{cue}{p}", flags), check) for p, check in rows]
    return table


_PATTERNS = _compile()
_LONG = re.compile(r"(?<![\w/+=.-])[A-Za-z0-9+/]{32,}={0,2}(?![\w/+=-])")


def find_secrets(text: str) -> Iterator[Finding]:
    """Find keys, tokens and passwords; of `password: x` only the `x`."""
    lowered = text.lower()
    for cue, patterns in _PATTERNS.items():
        if cue in lowered:
            for pattern, is_secret in patterns:
                yield from _find(text, pattern, is_secret)
    if len(text) >= 32:
        yield from _find(text, _LONG, _is_dense)


def _find(
    text: str, pattern: re.Pattern[str], is_secret: Callable[[str], bool]
) -> Iterator[Finding]:
    for match in pattern.finditer(text):
        group = match.lastindex or 0
        if is_secret(match[group]):
            yield Finding(*match.span(group), "secret")
