"""Numbers that belong to one person: cards, bank accounts, national ids, told by their checks."""

import re
from collections.abc import Callable, Iterator

from storage.check_digits import passes_luhn
from storage.drafts import Finding, scan
from storage.national_ids import compile_number, find_national_ids

# what all kinds have: so many digits together, or letters around them
_CANDIDATE = re.compile(r"\d(?:[ ./_\n-]{0,3}[A-Za-z]{0,2}\d){5}|[A-Z]{5}\d{4}[A-Z]", re.ASCII)


def _passes_mod_97(compact: str) -> bool:
    """Source: ISO 13616, check digits by ISO 7064 mod 97-10."""
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


_TABLE: tuple[tuple[str, Callable[[str], bool]], ...] = (
    # cards: Visa, Mastercard, Discover, JCB, UnionPay; American Express; Diners; the long ones
    (r"(?:4\d|5[1-5]|2[2-7]|6\d|35)\d\d(?:[ ._/\n-]?\d{4}){3}", passes_luhn),
    (r"3[47]\d\d[ ._/\n-]?\d{6}[ ._/\n-]?\d{5}", passes_luhn),
    (r"3[068]\d\d[ ._/\n-]?\d{6}[ ._/\n-]?\d{4}", passes_luhn),
    (r"[46]\d{16,18}", passes_luhn),
)

_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d\d(?:[ .\n-]?[A-Z0-9]){11,30}", re.ASCII | re.IGNORECASE)
# Source: SWIFT's IBAN registry
_IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        """
        AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20
        EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27
        JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PK24 PL28 PS29
        PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 XK20
        """,
    )
}


def find_numbers(text: str) -> Iterator[Finding]:
    """Find cards, IBANs and national ids of the common kinds."""
    if not _CANDIDATE.search(text):
        return
    for form, passes in _TABLE:
        for match in scan(text, compile_number(form), passes):
            yield Finding(*match.span(), "number")
    yield from find_national_ids(text)
    position = 0
    while iban := _IBAN.search(text, position):
        length = _measure_iban(iban[0])
        if length:
            yield Finding(iban.start(), iban.start() + length, "number")
        position = iban.start() + (length or 1)  # another one may follow at once


def _measure_iban(value: str) -> int:
    """Return how many characters are an IBAN, whatever words come after it; 0 if none is."""
    length = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    ends = [end for end, c in enumerate(value, start=1) if c.isalnum()]
    if not 0 < length <= len(ends):
        return 0
    end = ends[length - 1]
    return end if _passes_mod_97("".join(filter(str.isalnum, value[:end]))) else 0
