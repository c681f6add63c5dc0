"""National ids, tax and insurance numbers: what many states number their people by.

Each row of the table is how such a number is written and the check that its digits pass. A later
kind is one more row. Where a number has no check, a word before it must say what it is.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

from storage import check_digits as check
from storage.drafts import Finding, scan

Check = Callable[[str], object]


def _begins_with_day(value: str) -> bool:
    return check.is_day_first(check.digits_of(value))


def _begins_with_year(value: str) -> bool:
    return check.is_year_first(check.digits_of(value))


def _is_south_african(value: str) -> bool:
    return _begins_with_year(value) and check.passes_luhn(value)


_TABLE: tuple[tuple[str, Check], ...] = (
    (r"(?!000|666)\d{3}([.-])(?!00)\d\d\1(?!0000)\d{4}", bool),  # United States
    (r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?(?:[AC-HJKMNP-RT-Y]"
     r"[AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y]{2}\d\d)", bool),  # ... its Medicare
    (  # United Kingdom
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ .-]?\d\d[ .-]?\d\d[ .-]?\d\d[ .-]?[A-D]",
        bool,
    ),
    (r"\d{3}-\d{3}-\d{3}", check.passes_luhn),  # Canada
    (r"(?i:(?:\d{8}|\d\d\.\d{3}\.\d{3}|[XYZ]-?\d{7})[ -]?[A-HJ-NP-TV-Z])", check.passes_dni),
    (r"(?i:[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z])", bool),  # Italy
    (r"[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", check.passes_nir),
    (r"\d{3}\.\d{3}\.\d{3}-\d\d", check.passes_cpf),
    (r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d", check.passes_cnpj),
    (r"756\.?\d{4}\.?\d{4}\.?\d\d", check.passes_ahv),
    (r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}", check.passes_tax_id),
    (r"\d\d ?\d{6} ?[A-Z] ?\d{3}", check.passes_pension),
    (r"\d\d\.?\d\d\.?\d\d[- ]?\d{3}[. ]?\d\d", check.passes_rijksregister),
    (r"\d{11}", check.passes_pesel),
    (r"[0-7]\d[01]\d{3} ?\d{5}", check.passes_fodselsnummer),
    (r"[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[\dA-Y]", check.passes_hetu),
    (r"(?:(?:19|20)?\d{6}[-+]|(?:19|20)\d{6})\d{4}", check.passes_personnummer),
    (r"[0-3]\d[01]\d{3}-\d{4}", _begins_with_day),  # Denmark, Iceland
    (r"[0-3]\d[01]\d{3}-[0-2]\d{4}", _begins_with_day),  # Latvia
    (r"\d{6}/\d{3,4}", check.passes_rodne_cislo),
    (r"[1-9]\d{12}", check.passes_cnp),
    (r"[1-9]\d{10}", check.passes_kimlik),
    (r"[1-9]\d{3} [0-3]\d[01]\d{3}", check.passes_svnr),
    (r"[1-9]\d{5}(?:19|20)\d\d[01]\d[0-3]\d{4}[\dX]", check.passes_resident_id),
    (r"\d\d[01]\d[0-3]\d-[1-8]\d{6}", _begins_with_year),  # Korea
    (r"\d\d[01]\d[0-3]\d-\d\d-\d{4}", _begins_with_year),  # Malaysia
    (r"\d\d[01]\d[0-3]\d ?\d{4} ?[012][89]\d", _is_south_african),
    (r"[2-9]\d{3}([ -])\d{4}\1\d{4}", check.passes_verhoeff),  # India
    (r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", bool),  # ... its tax number
    (r"\d{1,2}(?:\.\d{3}\.\d{3}|\d{6})-[\dK]", check.passes_rut),
    (r"(?:2[0347]|3[034])-\d{8}-\d", check.passes_cuit),
    (r"(?i:[A-Z][AEIOUX][A-Z]{2}\d\d[01]\d[0-3]\d[HMX][A-Z]{5}[A-Z\d]\d)", bool),  # Mexico
    (r"[STFG]\d{7}[A-Z]", check.passes_nric),
    (r"\d{7}[A-W][A-IW]?", check.passes_pps),
    (r"\d{3}-\d{3}-\d{3}[ -]\d\d", check.passes_snils),
    (r"\d-\d{4}-\d{5}-\d\d-\d", check.passes_thai),
    (r"784-?\d{4}-?\d{7}-?\d", check.passes_luhn),  # United Arab Emirates
)  # fmt: skip
_EDGES = r"(?<![^\W_])(?<![.+-])(?:{})(?![^\W_]|[.-]\d)"

_CALLED = r"""ssn | social\ security | social(?=\W{1,3}(?:\d\W{0,3}){9}(?!\d))
    | national\ (?:id|insurance) | passport | reisepass | passeport | pasaporte | passaporto
    | insurance\ (?:number|no|id) | driv(?:er'?s?|ing)\ licen[cs]e | führerschein
    | tax(?:payer)?\ (?:id|number|no) | steuer-?(?:id|nummer|identifikationsnummer) | nhs | nino
    | bsn | burgerservicenummer | nif | dni | cpf | cnpj | curp | rfc | aadhaa?r | pesel
    | personnummer | c[eé]dula | cuit | egn | oib | tfn | itin | (?-i:SIN|EIN|TIN|PAN|NIE|RUT)
    | id(?:\ card)?\ (?:number|no) | my\ number | medicare | (?:personal)?ausweis\w*
    | sozialversicherung\w* | versicherten\w* | s[eé]curit[eé]\ sociale | codice\ fiscale
    | (?:account|a/c)(?:\ (?:number|no))?(?=\W{1,4}\d{6}) | acct | konto(?:nummer|nr)?
    | routing(?:\ number)? | sort\ code | (?:credit\ |debit\ )?card\ number | personn(?:umme)?r
    | passaporte | paspoort\w* | paszport\w* | pass(?=(?:nummer|\ ?-?nr)\b) | passnummer |
    útlevél\w* | pasaport
    | паспорт\w* | διαβατήριο | 护照 | cestovní\ pas | pas(?=\ č) | führerausweis | rijbewijs\w*
    | permis\ de\ conduire | carnet\ de\ conducir | patente\ di\ guida | prawo\ jazdy | körkort |
    førerkort | инн | снилс
    | cartão\ de\ cidadão | carte\ d['\u2019]identité | carta\ d['\u2019]identità |
    dowód\w*(?:\ osobist\w*)?
    | identiteitskaart | n[uú]m[eé]ro\ fiscal | numero\ fiscal | kvk | partita\ iva | nie(?=\W) |
    nss | cuil | rg(?=\W) | bvn | nin(?=\W)
    | ird(?=\W) | ahv | avs | rodné\ číslo | henkilötunnus | cpr | fødselsnummer | emirates\ id |
    nric | fin(?=\W)
    | iqama | tax\ file\ number | steuernummer | bank\ account | bsb(?=\W) | swift(?=\W)"""
_THEN = r"""number | num | nummer | numero | número | numéro | n[\u00ba\u00b0] | č | номер | no |
    nr | id | is | it's | was | ist | lautet | est | es | är | jest
    | é | è | er | on | for | me | mine | my"""
_OF = r"(?:for|of|from|on|für|vom|von|de|del|du|pour|para|til|do|van|voor|di|per|spaced)"
_CUED = re.compile(
    rf"""(?: \b(?: {_CALLED.replace(chr(92) + " ", "[ _-]")} ) (?: [\s:.,=\#'"\u2116-] | \b(?:
    {_THEN} )(?![^\W_]) ){{0,8}}
        (?: \s?{_OF}\s?[^\n\d:=]{{0,20}}[^\n:=]{{0,4}}[:=][\s"']{{0,2}} )?
        (?: (?<=\W)( [A-Z]{{0,3}}-? \d (?: [ .\-/\n]{{0,3}} [A-Z]? \d ){{4,16}} (?:
        -?[A-Z]{{1,2}} )? )
          | (?<=[\s:\#"'-])( (?=(?:[A-Z]*\d){{4}}) [A-Z\d]{{6,18}} ) ) (?![^\W_]) )""",
    re.VERBOSE | re.IGNORECASE,
)


@cache
def compile_number(form: str) -> re.Pattern[str]:
    """Compile the form of a number when it is first needed."""
    return re.compile(_EDGES.format(form), re.ASCII)


def find_national_ids(text: str) -> Iterator[Finding]:
    """Find what passes a check, and what is said to be such a number."""
    for form, passes in _TABLE:
        for match in scan(text, compile_number(form), passes):
            yield Finding(*match.span(), "number")
    for match in _CUED.finditer(text):
        yield Finding(*match.span(match.lastindex or 0), "number")
