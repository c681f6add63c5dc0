"""Numbers that belong to one person: cards, bank accounts, national ids, told by their checks."""

import re
from collections.abc import Callable, Iterator

from storage.drafts import Finding, scan

_EDGES = r"(?<![^\W_])(?<![.+-])(?:{})(?![^\W_]|[.-]\d)"
_SIX_DIGITS = re.compile(r"\d(?:[ .-]?[A-Za-z]?\d){5}", re.ASCII)  # all kinds have as many together


def _digits(value: str) -> list[int]:
    return [int(c) for c in value if c.isdigit()]


def _passes_luhn(value: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    digits = _digits(value)[::-1]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0 and len(set(digits)) > 1


def _passes_mod_97(compact: str) -> bool:
    """Source: ISO 13616, check digits by ISO 7064 mod 97-10."""
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _passes_dni(value: str) -> bool:
    """Spain: the letter follows from the number mod 23; X, Y, Z stand for 0, 1, 2."""
    number = value[:-1].strip("-").upper().translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == value[-1].upper()


def _passes_nir(value: str) -> bool:
    """France: key = 97 - number mod 97."""
    digits = "".join(map(str, _digits(value)))
    return 97 - int(digits[:-2]) % 97 == int(digits[-2:])


def _passes_cpf(value: str) -> bool:
    """Brazil: two check digits mod 11."""
    digits = _digits(value)
    sums = (sum(d * (n + 1 - i) for i, d in enumerate(digits[:n])) * 10 % 11 for n in (9, 10))
    return [total % 10 for total in sums] == digits[9:]


def _passes_ean(value: str) -> bool:
    """Switzerland (AHV): weights 1 and 3, as in EAN-13."""
    digits = _digits(value)
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


_TABLE: tuple[tuple[str, Callable[[str], bool]], ...] = (
    # cards: Visa, Mastercard, Discover, JCB, UnionPay; American Express; Diners; the long ones
    (r"(?:4\d|5[1-5]|2[2-7]|6\d|35)\d\d([ -]?)\d{4}\1\d{4}\1\d{4}", _passes_luhn),
    (r"3[47]\d\d([ -]?)\d{6}\1\d{5}", _passes_luhn),
    (r"3[068]\d\d([ -]?)\d{6}\1\d{4}", _passes_luhn),
    (r"[46]\d{16,18}", _passes_luhn),
    (r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", bool),  # United States
    (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", bool),  # United Kingdom
    (r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]", _passes_dni),
    (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", bool),  # Italy
    (r"[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d\d ?\d{3} ?\d{3} ?\d\d", _passes_nir),
    (r"\d{3}\.\d{3}\.\d{3}-\d\d", _passes_cpf),
    (r"756\.\d{4}\.\d{4}\.\d\d", _passes_ean),
)
_PATTERNS = tuple((re.compile(_EDGES.format(p), re.ASCII), passes) for p, passes in _TABLE)

_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}", re.ASCII | re.IGNORECASE)
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
    if not _SIX_DIGITS.search(text):
        return
    for pattern, passes in _PATTERNS:
        for match in scan(text, pattern, passes):
            yield Finding(*match.span(), "number")
    for match in scan(text, _IBAN, _measure_iban):
        yield Finding(match.start(), match.start() + _measure_iban(match[0]), "number")


def _measure_iban(value: str) -> int:
    """Return how many characters are an IBAN, whatever words come after it; 0 if none is."""
    length = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    ends = [end for end, c in enumerate(value, start=1) if c != " "]
    if not 0 < length <= len(ends):
        return 0
    end = ends[length - 1]
    return end if _passes_mod_97(value[:end].replace(" ", "")) else 0
