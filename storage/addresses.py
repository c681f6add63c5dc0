"""Street addresses, as they are commonly written in English, German, French, Spanish, Italian.

Each row has its cues in lower case: where none of them stands in the text, no pattern is tried.
"""

import re
from collections.abc import Iterator

from storage.drafts import Finding

_NAME = r"[A-ZÀ-Þ][\w'\u2019.-]*"
_TOWN = rf"(?:,?\s\d{{4,5}}\s{_NAME})?"
_TABLE = (
    (  # 12 Example Street, Apt 4b, Springfield, IL 62704
        "street|avenue|road|boulevard|lane|drive|court|square|place|terrace|parkway|highway"
        "|crescent|close|way|blvd|pkwy|hwy| st| ave| rd| ln| dr| ct",
        rf"""\b\d{{1,5}}[A-Za-z]?\s (?:[NSEW]\.?\s)? (?!Google|Hard|Flash|Disk)
        (?:{_NAME}\s){{1,3}}
        (?i: (?: street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|square
               | place|terrace|parkway|pkwy|highway|hwy|crescent|close|way ) \b\.?
             (?: ,?\s(?:apt|apartment|suite|ste|unit|flat|floor)\.?\s\#?\w{{1,5}}\b )? )
        (?: ,\s{_NAME}(?:\s{_NAME})? ,?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?\b )?""",
    ),
    (  # 221b baker street
        "street|avenue|boulevard",
        r"\b\d{1,5}[a-z]?\s[a-z]{4,}\s(?:street|avenue|boulevard)\b",
    ),
    (  # Beispielstraße 12a, 10115 Berlin
        "straße|strasse|str.|gasse|platz|allee|weg|damm|ufer",
        rf"""\b{_NAME} (?: (?<=\w)(?:straße|strasse|str\.|gasse|platz|allee|weg|damm|ufer)
        | [ -](?:Straße|Strasse|Str\.|Gasse|Platz|Allee|Weg|Damm|Ufer) )
        \s\d{{1,4}}\s?[a-z]?\b {_TOWN}""",
    ),
    (  # 12 bis, rue de la Paix, 75002 Paris
        "rue|avenue|boulevard|place|chemin|impasse|allée|quai",
        rf"""\b\d{{1,4}}(?:\s(?:bis|ter))?,?\s
        (?:rue|avenue|boulevard|place|chemin|impasse|allée|quai)\s
        (?:(?:de|du|des|la|le|les)\s|[dl]['\u2019]){{0,3}} {_NAME}(?:\s{_NAME}){{0,3}} {_TOWN}""",
    ),
    (  # Calle de Alcalá 45; Via Roma, 10
        "calle|avenida|avda.|plaza|paseo|via|viale|piazza|corso",
        rf"""\b(?:Calle|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza|Corso)\s
        (?:(?:de|del|la|las|los|di|della)\s){{0,2}} {_NAME}(?:\s{_NAME}){{0,3}},?\s\d{{1,4}}\b
        {_TOWN}""",
    ),
    ("box", r"(?i:\bp\.?\s?o\.?\sbox\s\d{1,6}\b)"),
)
_PATTERNS = tuple((tuple(cues.split("|")), re.compile(p, re.VERBOSE)) for cues, p in _TABLE)
_POSTCODE = re.compile(r"\b[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")  # SW1A 1AA
_HAS_DIGIT = re.compile(r"\d")


def find_addresses(text: str) -> Iterator[Finding]:
    """Find a street with its number, what follows of flat and town included; British postcodes."""
    if not _HAS_DIGIT.search(text):
        return
    lowered = text.lower()
    for cues, pattern in _PATTERNS:
        if any(cue in lowered for cue in cues):
            for match in pattern.finditer(text):
                yield Finding(*match.span(), "address")
    for match in _POSTCODE.finditer(text):
        yield Finding(*match.span(), "address")
