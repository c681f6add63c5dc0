"""What leads to a machine or a mailbox: web addresses, e-mail addresses, IP addresses."""

import ipaddress
import re
from collections.abc import Iterator

from storage.drafts import MARK, Finding, scan

_URL = re.compile(
    rf"""(?<![^\W_])(?:
        [a-z][a-z0-9+.-]{{1,20}}://[^\s<>"`{MARK}]+
        | www\.[^\s<>"`{MARK}]+
        | git@[\w.-]+\w:[\w./~+-]+
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_DOMAIN_AHEAD = re.compile(r"\.[A-Za-z]{2,4}(?::\d+)?/")
_BARE_URL = re.compile(  # docs.example.org/guide
    rf"""(?<![\w@./-])(?:[a-z0-9](?:[\w-]*\w)?\.)+(?:com|org|net|edu|gov|io|dev|app|co|ai|info|eu|de|fr|es|it
        |nl|uk|ch|at|us|ca|jp|cn|in|br) (?::\d+)?/[^\s<>"`{MARK}]*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_OPENING = {")": "(", "]": "[", "}": "{"}

_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]*[\w+%-]@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}(?!-?[^\W_])"
)

_THREE_PARTS = re.compile(r"\d\.\d{1,3}\.\d")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![^\W_]|\.\d)", re.ASCII)
_IPV6 = re.compile(
    r"""(?<![\w:.])
        (?:[0-9a-f]{0,4}:){2,7} (?: [0-9a-f]{1,4} | (?:\d{1,3}\.){3}\d{1,3} | (?<=::) )
        (?![\w:])""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_VERSION = re.compile(r"\d\.(?:\d+\.0\.|0\.)")
_VERSION_BEFORE = re.compile(r"(?:\b(?:v|ver|version|release|section|chapter)|§)\W{0,3}$", re.I)


def find_urls(text: str) -> Iterator[Finding]:
    """Find addresses with a scheme or `www.`, without the sentence's punctuation behind them."""
    if "://" in text or "www." in text.lower() or "git@" in text:
        for match in _URL.finditer(text):
            yield Finding(match.start(), match.start() + len(_trim(match[0])), "url")
    if "/" in text and _DOMAIN_AHEAD.search(text):
        for match in _BARE_URL.finditer(text):
            yield Finding(match.start(), match.start() + len(_trim(match[0])), "url")


def _trim(url: str) -> str:
    """Cut closing punctuation, but no bracket that was opened inside the address."""
    while url[-1] in ".,;:!?'*_~|)]}\u2019\u201d\u2026":
        opening = _OPENING.get(url[-1])
        if opening and url.count(opening) >= url.count(url[-1]):
            break
        url = url[:-1]
    return url


def find_emails(text: str) -> Iterator[Finding]:
    """Find e-mail addresses; underscores around one are italics."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Finding(match.end() - len(match[0].lstrip("_")), match.end(), "email")


def find_ips(text: str) -> Iterator[Finding]:
    """Find IPv4 and IPv6 addresses, but neither version numbers nor `foo::bar`."""
    if _THREE_PARTS.search(text):
        for match in scan(text, _IPV4, _is_ip):
            if not _is_version(match):
                yield Finding(*match.span(), "ip")
    if "::" in text or text.count(":") >= 7:
        for match in scan(text, _IPV6, _is_ip):
            yield Finding(*match.span(), "ip")


def _is_ip(value: str) -> bool:
    """Ask ipaddress; what has `::` also needs digits and groups, or it is some program's."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    groups = [group for group in re.split(r"[:.]", value) if group]
    return value == "::1" or (len(groups) >= 2 and any(c.isdigit() for c in value))


def _is_version(match: re.Match[str]) -> bool:
    """Tell by its look (`7.0.0.4`, `6.90.0.17`) or, where it is low, by the word before it."""
    before = match.string[max(0, match.start() - 12) : match.start()]
    is_low = int(match[0].partition(".")[0]) < 100
    return bool(_VERSION.match(match[0]) or (is_low and _VERSION_BEFORE.search(before)))
