"""What addresses are made of: numbers, flats, postcodes and towns, as patterns to put together.

The patterns are for `re.VERBOSE | re.IGNORECASE`.
"""

import re

CAPITAL = r"(?-i:[A-Z\u00c0-\u00de\u0104-\u017d])"
NAME = rf"{CAPITAL}[\w'\u2019.-]*"
NAMES = rf"(?:[ -]{NAME}){{0,3}}"
WORD = r"[^\W\d_][\w'\u2019.-]*"
_PART = r"\s?[-/]\s?(?:\d{1,4}[a-z]?|[IVX]{1,4}|[A-Z])(?![^\W_])"
NUMBER = rf"\d{{1,4}}(?:\s?[a-z](?![^\W_]))?(?:{_PART}){{0,3}}"
OF = r"(?:(?:de|del|da|do|das|dos|di|la|las|los|el)\s|[dl]['\u2019]){0,3}"
OF_FRENCH = r"(?:(?:de|du|des|la|le|les)\s|[dl]['\u2019])"

_EIRCODE = r"(?-i:[AC-FHKNPRTV-Y]\d[\dW])\s?(?=[A-Z]*\d)[AC-FHKNPRTV-Y\d]{4}"
UK = r"[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}"
_REGION = rf"""(?: [A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})? | [A-Z]{{2}},?\s[A-Z]\d[A-Z]\s?\d[A-Z]\d | {UK}
    | (?:NSW|VIC|QLD|SA|WA|TAS|ACT|NT)\s\d{{4}} | {_EIRCODE} )\b"""
ENGLISH_TOWN = rf"""(?: ,?\s{{1,2}} (?:{WORD}(?:[ -]{WORD}){{0,2}}(?:\s\d{{1,2}})?,?\s){{0,2}}
    {_REGION}
    | ,\s{NAME}(?:\s{NAME})?,\s(?-i:[A-Z]{{2}})\b
    | ,\s{NAME}(?:[ -]{NAME})?\s\d{{4,6}}\b )?"""
_POSTCODE = r"""(?:\d{4}\s?(?-i:[A-Z]{2}|[a-z]{2})(?=\s)|\d{4,5}|\d{3}\s\d\d|\d\d-\d{3}|\d{4}-\d{3}
    |\d{5}-\d{3}|\d{6})"""
# A flat, a floor, a staircase: what stands between a street's number and the town.
_FLAT_WORD = r"""apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|level|lvl|bldg|building|block
    |tower|lot
    |app(?:artement)?t?|bât(?:iment)?|bat|esc(?:alier|alera)?|étage|porte|rés(?:idence)?|hall
    |piso|puerta|pta|portal|planta|local|dept?o|dpto|int(?:erno)?|ofi?c?|bajo|ático|letra
    |cj|conj(?:unto)?|apto|bloco|sala|casa|andar|fra[cç]ção|lote|scala|piano
    |stg|stiege|top|tür|whg|wohnung|haus|eingang|etage|stock|hinterhaus|bus|hs|app
    |lgh|oppg|leil|as|lok|m|kl|byt|em|ajtó|fszt|кв|корп|стр|подъезд|эт|kat|daire|d|no"""
_FLAT_ALONE = r"""hinterhaus|vorderhaus|hinterhof|seitenflügel|ground\sfloor|penthouse|basement
    |bajos?(?:\s[A-Z])?|ático
    |entresuelo|rez-de-chaussée|rdc|r/c|[EDU]G|erdgeschoss|dachgeschoss|st\.?\s?t[vh]|parterre"""
_ORDINAL = r"\d{1,2}(?:\.?[\u00ba\u00aa\u00b0]|\.|st|nd|rd|th|e|è|er|ème|o|a|r|n|t)"
_ON_FLOOR = r"""(?:floor|fl|og|ug|stock|etage|étage|sal|tv|th|mf|esq|dto|dta|dcha|izda?|izq|fte
    |andar|piso|planta
    |emelet|em|[A-Z])(?![^\W_])\.?(?:\s(?:links|rechts|mitte|left|right|gauche|droite)\b)?"""
_UNIT = rf"""(?: (?:,?\s|\s?[/,]\s?) (?: (?:{_FLAT_WORD})(?![^\W_])[.:]?\s?\#?(?=[A-Z]?\d
    |[A-Z](?![^\W_]))\w{{1,5}}(?![^\W_])
      (?:[-/]\d\w{{0,2}})?
    | (?:{_FLAT_ALONE})(?![^\W_])\.?
    | {_ORDINAL}(?:\s?{_ORDINAL})?\s?{_ON_FLOOR} | {_ORDINAL}\s?{_ORDINAL}(?![^\W_]) |
    \d{{1,2}}\s?[\u00ba\u00aa\u00b0]\.?
    | \#\s?\d{{1,5}}\w?\b ) )"""
_TOWN_TAIL = r"""(?: (?:\sc[eé]dex)?(?<=dex)(?:\s\d{1,2}\b)? | \s(?-i:[A-Z]{1,2})\b(?!['\u2019.])
    | \s?[-/]\s?(?-i:[A-Z]{2})\b
    | \s\((?-i:[A-Z]{2})\) | \s[a-z](?=\s*(?:$|[,.;)\n])) )?"""
_BETWEEN_NAMES = r"""(?:(?:de|del|la|los|las|do|da|di|am|an\sder|im|in|ob\sder|sur|sous|en|aan\sden
    |op|upon|y|e)\s)"""
_TOWN_NAME = rf"""{WORD}(?: (?:\s{_BETWEEN_NAMES}{{1,2}}|[ -])(?:{NAME})
    | \s(?:de|del|do|da|di|am)\s{WORD} ){{0,3}}"""
UNITS = rf"{_UNIT}{{0,4}}"
TOWN = rf"""{UNITS} (?: (?:,?\s|\s[-\u2013]\s)(?:[A-Z]{{1,2}}-)?{_POSTCODE}\s{_TOWN_NAME}
      {_TOWN_TAIL}
    | (?:,\s{NAME}(?:\s(?:d[aeo]s?\s)?{NAME}){{0,3}}){{0,2}}
      (?:\s?[-/,]\s?(?-i:[A-Z]{{2}}))?,?\s\d{{5}}-\d{{3}}\b )?"""
FLAT = rf"(?: {_UNIT}{{1,3}} | ,?\s(?:apt|apartment|suite|ste|unit|flat)\b\.?\s?\#?\w{{1,5}}\b )?"

_HOUSE = (
    "House|Court|Building|Tower|Towers|Lodge|Mansions?|Cottage|Centre|Center|Hall|Plaza|Farm|Barn"
    "|Apartments"
    "|Rectory|Vicarage|Mill|Mews|Point|Works|Wharf|Chambers|Heights|Residence|Park|Villa|Gardens"
)
BEFORE = re.compile(  # "Flat 3, ", "3F1, ", "Unit 5, Riverside Court, ", "c/o Brandt, "
    rf"""(?:^|(?<=[\s(:"])) (?: (?: (?:flat|apt|apartment|unit|suite|room|floor|level|shop
    |studio)\.?\s\#?\w{{1,4}}
        | \d?(?-i:[FRB]|PF|BF|GF)\d(?:/\d)? | \d{{1,2}}/\d{{1,2}}
        | (?-i:The\s)?(?:(?-i:[A-Z])[\w'\u2019]+\s){{1,3}}(?-i:{_HOUSE})(?:,?\s(?:apt|unit|flat
        |suite)\s\w{{1,4}})?
        | c/o\s[^\n,]{{2,40}} ) (?:,\s|\n|,\n) ){{1,3}}$""",
    re.IGNORECASE | re.VERBOSE,
)
BEFORE_POSTCODE = re.compile(  # "The Old Rectory, Church Lane, Bibury, "
    r"(?:(?:The\s)?(?:\d{1,4}[a-z]?\s)?[A-Z][\w'\u2019-]+(?:\s(?:[A-Z][\w'\u2019-]+|of|on|upon|the"
    r"|under|in)){0,3}"
    r",\s){2,4}$"
)
