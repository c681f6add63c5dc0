"""Phone numbers: written so that they look like one, and valid somewhere; or said to be one."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from storage.drafts import Finding

_REGIONS = (
    *("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "AT", "CH", "IE", "PT", "PL", "CZ", "GR"),
    *("SE", "NO", "DK", "FI", "HU", "RO", "TR", "IL", "AE", "ZA", "NG", "KE", "EG"),
    *("AU", "NZ", "IN", "JP", "KR", "SG", "ID", "PH", "BR", "MX", "AR", "CO", "CL"),
)
_SURE = 11  # digits behind a "+" that are a phone number, if the country exists


def _is_possible(number: str) -> bool:
    """Ask phonenumbers whether the country has numbers as long; the longest are no other thing."""
    import phonenumbers  # here, because it takes 50 ms and few texts need it

    try:
        parsed = phonenumbers.parse(f"+{number.lstrip('+0(')}")
    except phonenumbers.NumberParseException:
        return False
    digits = sum(map(str.isdigit, number))
    return phonenumbers.is_possible_number(parsed) or _SURE <= digits <= 15


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
_EXTENSION = re.compile(  # which the number has for one desk
    r"""[\s,;]{0,2} \(? (?: x | ext(?:ension)?\b\.? | \# | durchwahl | dw\b\.? | klappe |
    app(?:arat)?\b\.?
        | ramal | anexo | interno | int\. | poste | toestel | tst\. | wew\.? | linka | mellék |
        dahili | доб\.? )
        [\s:]{0,2} \d{1,5} \)? (?![^\W_]|[.,:/-]\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_EDGES = r"(?<![^\W_])(?<![.,:/#+-])(?:{})(?:(?=x\d{{1,5}}\b)|(?![^\W_]|[.,:/-]\d))"
_SHAPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (  # +44 (0)20 7946 0958
        r"(?:\(\+[1-9]\d{0,2}\)|\+\s?\(?[1-9])(?:[ .\-/()\n\u00a0]{0,3}\d){6,14}",
        _is_possible,
    ),
    (r"00[1-9]\d(?:[ .\-/()]{0,2}\d){6,12}", _is_possible),  # 0049 30 901820
    (r"(?:1[ .-])?\(\d{3}\)[ -]?\d{3}[ .-]\d{4}", bool),  # (202) 555-0143
    (r"(?:1[ .-])?\d{3}([./-])\d{3}\1\d{4}", bool),
    (r"(?:1 )?[2-9]\d\d [2-9]\d\d \d{4}", _is_valid),
    (r"\(\d\d\) ?9?\d{4}[ -]\d{4}", bool),  # (11) 96123-4567
    (r"[6-9]\d\d \d\d \d\d \d\d", bool),
    (r"[6-9]\d{4} \d{5}", _is_valid),  # 98765 43210
    (r"8[ -]?\(\d{3}\)[ -]?\d{3}-?\d\d-?\d\d", bool),  # 612 34 56 78
    (r"0\d{4} \d{3} ?\d{3}", bool),  # 01632 960961
    (r"0[1-9]\d{7,9}", _is_valid),  # 0612345678
    (r"\(0\d{1,5}\)(?:[ ./-]?\d{2,8}){1,4}", _is_valid),  # (030) 901820
    # 020 7946 0958, 06 12 34 56 78, but no longer row of numbers
    (
        r"(?<!\d )(?=(?:[ ./-]{0,3}\d){9})0\d{1,4}(?:(?: ?[./-] ?| )\d{2,8}){1,5}(?! \d\d)",
        _is_valid,
    ),
)
_NUMBER = r"( (?<![\d.,+/]) \(?\+?\d (?: [ .\-/()]{0,3} \d ){6,11} ) (?! [^\W_] | [.,:/-]\d )"
_CALLED = r"""phone | tele?(?:f(?:on[eo]?|oon))? | t[eé]l[eé](?:phone|fono)
    | cell(?:ulare?|phone)? | mobil[ea]?(?:nummer)? | m[oó]vil | celular | handynummer
    | rufnummer | natel | gsm | whats?app | viber | fax | (?:za)?dzwo[nń] | mi \s cel
    | (?: m[oó]j | meine? | mijn | mon | meu | mitt? | moje ) \s (?: numer | nummer | n[uú]mero |
    numéro | číslo )
    | m[yi] \s (?: number | numero | n[uú]mero ) | hotline | landline | switchboard | callback
    | kom(?:[oó]rka)?(?=[.:\s]{1,2}\d) | puh(?:elin)? | stac(?=\.) | telem[oó]vel |
    m[oó]bil(?:telefon|szám)?
    | mob(?=[.:\s]) | telefono?s? | vaste\slijn | festnetz | tlf | tfn(?=[.:]) | тел(?:ефон)? |
    моб(?:ильный)?
    | τηλ(?:έφωνο)? | κινητό | telefonu | pager | direct\sline | voicemail | emergency\scontact
    | rückruf | 電話(?:番号)? | 携帯 | 电话 | 手机 | 전화(?:번호)? | טלפון | هاتف
    | (?: call | text | ring | reach | dial ) \s (?: me | us | him | her | them )
    | chiama(?:mi|ci) | appelle[- ]moi | ll[aá]ma(?:me|nos) | ruf\s(?:mich|uns)\san | bel\sme"""
_ADJECTIVES = r"(?: handy | portable ) (?= [^\d\n]{0,12} [(+0] )"
_THEN = r"""stac | dom | kom | home | work | office | desk | direct | main | b[uü]ro | bureau |
    privat
    | oficina | ufficio | escrit[oó]rio | casa | trabajo | at | on | is | are | no | nr | num |
    number | now | today | still | line | es | est
    | ist | lautet | é | è | är | er | al | au | op | unter | sous | me | my | n[uú]mero | nummer
    | numéro"""
_CUED = re.compile(
    rf"""(?: \b(?: {_CALLED} | {_ADJECTIVES} ) | ☎ | 📞 | 📱 )
        (?: [\s:.=#\ufe0f] | \b(?: {_THEN} )\b ){{0,10}}? {_NUMBER}""",
    re.VERBOSE | re.IGNORECASE,
)
_CUED_LOOSELY = re.compile(  # "call the garage on 01211 167682"
    rf"""\b(?: call | ring | text | dial ) \s (?: [^\W\d]+\s ){{1,3}} (?: on | at | under ) :? \s
        {_NUMBER}""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(r"(?:\d{4}[./-]\d\d?[./-]\d\d?|\d\d?[./-]\d\d?[./-](?:\d{4}|\d\d))(?![./-]?\d)")
_BARE = re.compile(r"(?<![^\W_])(?<![.,:/#+-])\d{9,12}(?![^\W_]|[.,:/-]\d)", re.ASCII)
_BESIDE = re.compile(  # in groups, but no amount
    r"(?<![^\W_])(?<![.,:/#+$\u20ac\u00a3-])(?<!\d )"
    r"(?:(?=(?:\D?\d){8})\d{2,5}(?:[ -]\d{2,4}){2,4}|[2-9]\d\d-\d{4})(?![^\W_]|[.,:/ -]\d"
    r"| ?[$\u20ac\u00a3%])",
    re.ASCII,
)
_FIGURES_AFTER = re.compile(r"[^\d+(]+\(?(?=\d)")
_ASIDE = re.compile(r"\s*[\n(][^)]*$")


@cache
def _compile(shape: str) -> re.Pattern[str]:
    """Compile a shape when it is first needed."""
    return re.compile(_EDGES.format(shape), re.ASCII)


def find_phones(text: str) -> Iterator[Finding]:
    """Find phone numbers: international, common national forms, bare ones after "call me"."""
    if not _SEVEN_DIGITS.search(text):
        return
    found = tuple(_find_each(text))
    for start, end in found:
        extension = _EXTENSION.match(text, end)
        yield Finding(start, extension.end() if extension else end, "phone")
    if found:
        yield from _find_beside(text, found)


def _find_each(text: str) -> Iterator[tuple[int, int]]:
    for shape, is_phone in _SHAPES:
        for match in _compile(shape).finditer(text):
            if length := _measure(match[0], is_phone):
                yield match.start(), match.start() + length
    for pattern in (_CUED, _CUED_LOOSELY):
        for match in pattern.finditer(text):
            if not _DATE.match(match[1]):
                yield match.span(1)


def _find_beside(text: str, found: Iterable[tuple[int, int]]) -> Iterator[Finding]:
    """Find others on the line of one: "mobile 612 345 678, office 91 411 22 33"."""
    ends = {text.find("\n", end): start for start, end in found}
    for end, start in ends.items():
        line = text.rfind("\n", 0, start) + 1
        for match in _BESIDE.finditer(text, line, len(text) if end < 0 else end):
            is_local = len(match[0]) == len("555-0143")
            if is_local or (not _DATE.match(match[0]) and _is_valid(match[0])):
                yield Finding(*match.span(), "phone")


def find_bare_phones(text: str) -> Iterator[Finding]:
    """Find rows of digits that are valid somewhere: phone numbers if somebody disguised them."""
    for match in _BARE.finditer(text):
        if _is_valid(match[0]):
            yield Finding(*match.span(), "phone")


def _measure(value: str, is_phone: Callable[[str], bool]) -> int:
    """Return how much of a value is a phone number, without the figures after it; 0 if none is."""
    if _DATE.match(value):
        return 0
    if is_phone is not _is_possible:
        return len(value) * is_phone(value)
    cuts = [value[: gap.start()] for gap in _FIGURES_AFTER.finditer(value)]
    for cut in (value, *reversed(cuts)):
        if _is_valid(cut.replace("\n", " ")):
            return len(cut)
    whole = _ASIDE.sub("", value)
    return len(whole) * is_phone(whole)
