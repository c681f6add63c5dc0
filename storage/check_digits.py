"""Check digits: how a card, an account or a national id tells that it is written rightly."""

import re
from collections.abc import Sequence


def digits_of(value: str) -> list[int]:
    """Return the digits of a value, whatever stands between them."""
    return [int(c) for c in value if c.isdigit()]


def passes_luhn(value: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    digits = digits_of(value)[::-1]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0 and len(set(digits)) > 1


def _weigh(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def is_day_first(digits: Sequence[int]) -> bool:
    """Tell whether six digits are a day, a month and a year."""
    return _is_date(10 * digits[2] + digits[3], 10 * digits[0] + digits[1])


def is_year_first(digits: Sequence[int], centuries: int = 0) -> bool:
    """Tell whether six digits are a year, a month and a day.

    Args:
        centuries: What some states add to the month for each century.
    """
    month = 10 * digits[2] + digits[3]
    return _is_date(month % centuries if centuries else month, 10 * digits[4] + digits[5])


def passes_mod_11_10(value: str) -> bool:
    """Source: ISO 7064, mod 11,10."""
    product = 10
    *digits, check = digits_of(value)
    for digit in digits:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == check


def passes_verhoeff(value: str) -> bool:
    """Source: J. Verhoeff 1969; here the group's table is computed."""
    permutation = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    total = 0
    for place, given in enumerate(reversed(digits_of(value))):
        digit = given
        for _ in range(place % 8):
            digit = permutation[digit]
        total = _multiply(total, digit)
    return total == 0


def _multiply(a: int, b: int) -> int:
    """Multiply in the group of a pentagon's turns (0-4) and flips (5-9)."""
    if a < 5:
        return (a + b) % 5 + 5 * (b >= 5)
    return (a - b) % 5 + 5 * (b < 5)


def passes_dni(value: str) -> bool:
    """Spain: the letter follows from the number mod 23; X, Y, Z stand for 0, 1, 2."""
    compact = re.sub(r"\W", "", value).upper()
    number = compact[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == compact[-1]


def passes_nir(value: str) -> bool:
    """France: key = 97 - number mod 97."""
    digits = "".join(map(str, digits_of(value)))
    return 97 - int(digits[:-2]) % 97 == int(digits[-2:])


def passes_cpf(value: str) -> bool:
    """Brazil: two check digits mod 11."""
    digits = digits_of(value)
    sums = (_weigh(digits[:n], range(n + 1, 1, -1)) * 10 % 11 % 10 for n in (9, 10))
    return list(sums) == digits[9:] and len(set(digits)) > 1


def passes_cnpj(value: str) -> bool:
    """Brazil, companies: two check digits mod 11."""
    digits, weights = digits_of(value), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    sums = (_weigh(digits[:n], weights[13 - n :]) * 10 % 11 % 10 for n in (12, 13))
    return list(sums) == digits[12:]


def passes_ahv(value: str) -> bool:
    """Switzerland: weights 1 and 3, as in EAN-13."""
    return _weigh(digits_of(value), (1, 3) * 7) % 10 == 0


def passes_tax_id(value: str) -> bool:
    """Germany: of the first ten digits one comes twice or thrice; the last one checks."""
    digits = digits_of(value)
    repeats = sorted(map(digits[:10].count, set(digits[:10])))
    return repeats[-1] in (2, 3) and repeats[-2] == 1 and passes_mod_11_10(value)


def passes_pension(value: str) -> bool:
    """Germany: digit sums of the weighted digits, the letter as two."""
    compact = re.sub(r"\W", "", value).upper()
    digits = digits_of(f"{compact[:8]}{ord(compact[8]) - 64:02}{compact[9:]}")
    products = (d * w for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False))
    return sum(sum(divmod(product, 10)) for product in products) % 10 == digits[12]


def passes_rijksregister(value: str) -> bool:
    """Belgium: 97 - number mod 97, with a 2 before it for those born since 2000."""
    digits = "".join(map(str, digits_of(value)))
    keys = (97 - int(f"{century}{digits[:9]}") % 97 for century in ("", "2"))
    return int(digits[9:]) in keys and is_year_first(digits_of(value), 20)


def passes_pesel(value: str) -> bool:
    """Poland: weights 1, 3, 7, 9; the month tells the century."""
    digits = digits_of(value)
    return _weigh(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0 and is_year_first(digits, 20)


def passes_fodselsnummer(value: str) -> bool:
    """Norway: two check digits mod 11."""
    digits = digits_of(value)
    first = _weigh(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = _weigh(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0 and is_day_first(digits)


def passes_hetu(value: str) -> bool:
    """Finland: a letter mod 31."""
    digits = "".join(map(str, digits_of(value[:-1])))
    letter = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31]
    return letter == value[-1].upper() and is_day_first(digits_of(value))


def passes_personnummer(value: str) -> bool:
    """Sweden: Luhn over ten digits, a date first."""
    digits = digits_of(value)[-10:]
    return is_year_first(digits) and passes_luhn("".join(map(str, digits)))


def passes_rodne_cislo(value: str) -> bool:
    """Czechia, Slovakia: divisible by 11; 50 is added to the months of women."""
    digits = digits_of(value)
    number = int("".join(map(str, digits)))
    return number % 11 == 0 and is_year_first(digits, 50)


def passes_cnp(value: str) -> bool:
    """Romania: weights mod 11, 10 counts as 1."""
    digits = digits_of(value)
    total = _weigh(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if total == 10 else total) == digits[12] and is_year_first(digits[1:])


def passes_kimlik(value: str) -> bool:
    """Türkiye: two check digits mod 10."""
    digits = digits_of(value)
    tenth = (7 * sum(digits[:9:2]) - sum(digits[1:8:2])) % 10
    return [tenth, (sum(digits[:9]) + tenth) % 10] == digits[9:]


def passes_svnr(value: str) -> bool:
    """Austria: the fourth digit checks the others."""
    digits = digits_of(value)
    return _weigh(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == digits[3] and is_day_first(
        digits[4:]
    )


def passes_resident_id(value: str) -> bool:
    """China. Source: ISO 7064, mod 11-2."""
    total = sum(int(d) * pow(2, 17 - n, 11) for n, d in enumerate(value[:17]))
    return "10X98765432"[total % 11] == value[17].upper()


def passes_rut(value: str) -> bool:
    """Chile: weights 2 to 7 from the right; 10 is a K."""
    compact = re.sub(r"\W", "", value).upper()
    digits, check = compact[:-1], compact[-1]
    total = _weigh([int(d) for d in reversed(digits)], (2, 3, 4, 5, 6, 7, 2, 3))
    return "0K987654321"[total % 11] == check


def passes_cuit(value: str) -> bool:
    """Argentina: weights mod 11."""
    return _weigh(digits_of(value), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def passes_nric(value: str) -> bool:
    """Singapore: a letter mod 11 that depends on the first one."""
    compact = value.upper()
    total = _weigh(digits_of(compact), (2, 7, 6, 5, 4, 3, 2)) + 4 * (compact[0] in "TG")
    letters = "JZIHGFEDCBA" if compact[0] in "ST" else "XWUTRQPNMLK"
    return letters[total % 11] == compact[-1]


def passes_pps(value: str) -> bool:
    """Ireland: a letter mod 23."""
    compact = value.upper()
    extra = 9 * (ord(compact[8]) - 64) if compact[8:] and compact[8] != "W" else 0
    total = _weigh(digits_of(compact), range(8, 1, -1)) + extra
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == compact[7]


def passes_snils(value: str) -> bool:
    """Russia: weights 9 to 1, mod 101."""
    digits = digits_of(value)
    return _weigh(digits[:9], range(9, 0, -1)) % 101 % 100 == 10 * digits[9] + digits[10]


def passes_thai(value: str) -> bool:
    """Thailand: weights 13 to 2, mod 11."""
    digits = digits_of(value)
    return (11 - _weigh(digits[:12], range(13, 1, -1)) % 11) % 10 == digits[12]
