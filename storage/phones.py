"""Phone numbers: written so that they look like one, and valid somewhere."""

import re
from collections.abc import Callable, Iterator

from storage.drafts import Finding

_REGIONS = (
    *("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "AT", "CH", "IE"),
    *("SE", "PL", "PT", "AU", "NZ", "IN", "BR", "MX", "JP", "ZA"),
)


def _is_possible(number: str) -> bool:
    """Ask phonenumbers whether the country has numbers as long."""
    import phonenumbers  # here, because it takes 50 ms and few texts need it

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{number.lstrip('+0')}"))
    except phonenumbers.NumberParseException:
        return False


def _is_valid(number: str) -> bool:
    """Ask phonenumbers whether such a number is given out anywhere in the regions."""
    import phonenumbers

    for region in _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


_SEVEN_DIGITS = re.compile(r"\d(?:[ \t./()\-\u00a0]{0,3}\d){6}", re.ASCII)
_EDGES = r"(?<![^\W_])(?<![.,:/#+-])(?:{})(?![^\W_]|[.,:/-]\d)"
_SHAPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"\+\(?[1-9](?:[ .\-/()\u00a0]{0,3}\d){6,14}", _is_possible),  # +44 (0)20 7946 0958
    (r"00[1-9]\d(?:[ .\-/()]{0,2}\d){6,12}", _is_possible),  # 0049 30 901820
    (r"(?:1[ .-])?\(\d{3}\) ?\d{3}[ .-]\d{4}", bool),  # (202) 555-0143
    (r"(?:1[ .-])?\d{3}([.-])\d{3}\1\d{4}", bool),
    (r"(?:1 )?[2-9]\d\d [2-9]\d\d \d{4}", _is_valid),
    (r"0\d{4} \d{3} ?\d{3}", bool),  # 01632 960961
    (r"\(0\d{1,5}\)(?:[ ./-]?\d{2,8}){1,4}", _is_valid),  # (030) 901820
    # 020 7946 0958, 06 12 34 56 78, but no longer row of numbers
    (r"(?<!\d )(?=(?:\D?\d){9})0\d{1,4}(?:[ ./-]\d{2,8}){1,5}(?! \d\d)", _is_valid),
)
_PATTERNS = tuple((re.compile(_EDGES.format(p), re.ASCII), is_phone) for p, is_phone in _SHAPES)
_CUED = re.compile(
    r"""(?: \b(?: phone | tel | mobile | cell | whatsapp | fax | telefon | handynummer | téléphone
              | (?: call | text | ring | reach ) \s (?: me | us | him | her | them ) )
          | ☎ | 📞 | 📱 )
        (?: [\s:.=#\ufe0f] | \b(?: at|on|is|no|nr|number )\b ){0,8}?
        ( (?<![\d.,+/]) \(? \d (?: [ .\-/()]{0,2} \d ){6,11} ) (?! [^\W_] | [.,:/-]\d )""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(r"(?:\d{4}[./-]\d\d?[./-]\d\d?|\d\d?[./-]\d\d?[./-](?:\d{4}|\d\d))(?![./-]?\d)")


def find_phones(text: str) -> Iterator[Finding]:
    """Find phone numbers: international, common national forms, bare ones after "call me"."""
    if not _SEVEN_DIGITS.search(text):
        return
    for pattern, is_phone in _PATTERNS:
        for match in pattern.finditer(text):
            if not _DATE.match(match[0]) and is_phone(match[0]):
                yield Finding(*match.span(), "phone")
    for match in _CUED.finditer(text):
        if not _DATE.match(match[1]):
            yield Finding(*match.span(1), "phone")
