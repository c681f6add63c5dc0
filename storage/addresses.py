"""Street addresses, as they are commonly written in languages of Europe and America.

Each row has its cues in lower case: where none of them stands in the text, no pattern is tried.
Small letters are for what can be nothing else; where capitals decide, a check asks for them.
"""

# ruff: noqa: SIM905 (words read better as text)

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from storage import address_parts as part
from storage.cues import compile_cues
from storage.drafts import Finding

# Words before "street" or "drive" that make no address: "3 hard drive", "2 way street".
_NO_STREET = frozenset(
    """
    the a an this that my your our his her their its of on off down up in into at to from for and or
    way one two minutes minute mins min hour hours day days weeks week months years miles mile km
    kilometers blocks block people users gb tb mb kb gig hard flash disk usb thumb external google
    shared test one-way two-way dead more other new old main same next last first lanes lane
    low long short side back out per cross busy empty big small tennis basketball food supreme us
    network ssd nvme tape cloud time full half double single third second
    """.split()
)
_MERE_WORDS = frozenset("row hill circle cir green walk grove trail trl gardens parade".split())
_STREETS = frozenset(
    "street avenue road boulevard crescent terrace parkway highway blvd lane alley".split()
)


def _is_english(match: re.Match[str]) -> bool:
    """Ask for capitals, or at least for words that streets are called by."""
    words = match["name"].split()
    if any(word.lower() in ("google", "hard", "flash", "disk") for word in words):
        return False
    if match["rest"]:
        return True
    if match["street"].lower() in _MERE_WORDS:
        return False
    if all(not word[0].islower() for word in words):
        return True
    if any(word.lower() in _NO_STREET for word in words):
        return False
    is_alone = not re.match(r"[ \t]*[^\s,.;!?)]", match.string[match.end() :])
    return len(match["number"]) > 1 and (match["street"].lower() in _STREETS or is_alone)


def _is_spanish(match: re.Match[str]) -> bool:
    """Ask for a capital, or for what is only a street."""
    is_street = re.match(
        r"c/|calle|paseo|avenida|avda|.*\sn[\u00ba\u00b0]", match[0], re.IGNORECASE
    )
    return bool(is_street) or not match["name"][0].islower()


def _is_italian(match: re.Match[str]) -> bool:
    """Ask for a particle or a capital: "via" is a word elsewhere."""
    has_capitals = not match["name"][0].islower() and not match[0].startswith("via ")
    return bool(match["of"]) or has_capitals or bool(_POSTAL.search(match[0]))


def _is_french(match: re.Match[str]) -> bool:
    """Refuse "5 avenue and ..."."""
    return not re.match(r"\d+\s(?:avenue|boulevard)\s(?:and|or|is|was|in|on)\b", match[0], re.I)


def _is_short_street(match: re.Match[str]) -> bool:
    """Ask for "Str." or a town: "Ring 5" alone may be anything."""
    is_street = match["name"].lower().endswith(("str.", "str")) and match[0][0].isupper()
    return is_street or bool(_POSTAL.search(match[0]))


def _is_northern(match: re.Match[str]) -> bool:
    """Ask for a town, or for whose street it is: "boarding gate 25" is none."""
    return bool(_POSTAL.search(match[0]) or re.match(r"\S+(?:\s\S+)*s\s", match[0]))


def _has_town(match: re.Match[str]) -> bool:
    """Refuse what is counted before a comma: "Chapter 12, 1500 Words", "March 3, 2024 Report"."""
    is_counted = _COUNTED.match(match[0])
    return not is_counted and (
        bool(match["unit"]) or not re.search(r",\s(?:19|20)\d\d\s", match[0])
    )


def _is_said_to_be(match: re.Match[str]) -> bool:
    return bool(_SAID_BEFORE.search(match.string, max(0, match.start() - _REACH), match.start()))


def _is_any(_: re.Match[str]) -> bool:
    return True


class _Row(NamedTuple):
    cues: str
    pattern: str
    is_address: Callable[[re.Match[str]], bool] = _is_any


_COUNTED = re.compile(
    r"(?:Chapter|Pages?|Section|Version|Figure|Table|Issue|Ticket|Step|Day|Week|Build|Release|Room"
    r"|Line|Level|Part|Volume|Phase|Sprint|Batch|Episode|Lot|Gate|Track|Team|Max|Min|Top|Group|Player"
    r"|Area|Class|Grade|Season|Score|Python|Java|Windows|Node|Q"
    r"|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)
_BEFORE_STREET = "(?:alte|neue|obere|untere|große|kleine|hohe|oude|nieuwe|lange|korte|hoge)"
_COMPOUND = (
    "straße|strasse|gasse|platz|allee|damm|ufer|steig|straat|laan|gracht|kade|plein|weg|dijk"
)
_NORTHERN = "gatan|vägen|gränd|veien|vegen|katu|utca"
_SHORT = "str\\.|str|ring|hof|singel|pad|vej|gade|gata|markt|graben|berg|steeg|dreef"
_SEPARATE = "Straße|Strasse|Gasse|Platz|Allee|Weg|Damm|Ufer|Gracht|Kade|Plein|Laan|Dijk"
_ROWS = (
    _Row(  # 12 Example Street, Apt 4b, Springfield, IL 62704
        " street| avenue| road| boulevard| lane| drive| court| square| place| terrace"
        "| parkway| highway| crescent| close| way| blvd| pkwy| hwy| alley| mews| row"
        "| grove| gardens| hill| walk| wharf| quay| circle| trail| parade| esplanade"
        "| broadway| green",
        rf"""(?<![\w./-])(?<!\d,) (?P<number> \d{{1,5}}[a-z]?(?:/\d{{1,5}}[a-z]?)? )\s
        (?:(?:[NSEW]\.?|NE|NW|SE|SW|north|south|east|west)\s)? (?P<name> (?:{part.WORD}
        |\d{{1,3}}(?:st|nd|rd|th))(?:\s{part.WORD}){{0,2}}? )\s
        (?P<street> street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|square
           |place|terrace|tce|parkway|pkwy|highway|hwy|crescent|cres|close|way|alley
           |(?-i:Mews|Row|Grove|Gardens|Gdns|Hill|Walk|Wharf|Quay|Circle|Cir|Trail|Trl|Parade|Pde
           |Esplanade|Green) )\b\.?
        (?:\s(?:[NSEW]|NW|NE|SW|SE|(?-i:West|East|North|South))\b\.?)?
        (?P<rest> {part.FLAT} {part.ENGLISH_TOWN} )""",
        _is_english,
    ),
    _Row(  # Beispielstraße 12a, 10115 Berlin; Wilgenweg 3-II, 3512 AB Utrecht
        f"{_COMPOUND}|{_NORTHERN}",
        rf"""\b(?: {part.NAME}\s(?:(?:de|van|von|der|den|zu[mr]?)\s){{0,2}}(?={part.CAPITAL})
          | {_BEFORE_STREET}\s )?
        (?: [^\W\d_][\w'-]{{2,}}(?:{_COMPOUND}|{_NORTHERN}) | {part.NAME}[ -](?:{_SEPARATE})
          | [^\W\d_]{{3,}}\s(?:straße|strasse|gasse|allee|straat|gracht|kade|laan) )
        \s{part.NUMBER}(?![\w%]) {part.TOWN}""",
    ),
    _Row(  # Gartenstr. 5
        "str.|str |ring |hof |singel |pad |vej |gade |gata |markt |graben |berg |steeg |dreef ",
        rf"""\b(?: {part.NAME}[ -](?:(?:de|van|von|der|den)\s){{0,2}} )? (?P<name>
        {part.WORD}(?:{_SHORT}) | {part.NAME}\sStr\. )
        \s{part.NUMBER}(?![\w%]) {part.TOWN}""",
        _is_short_street,
    ),
    _Row(  # 12 bis, rue de la Paix, 75002 Paris
        " rue | avenue| boulevard| place d| chemin| impasse| allée| quai | cours d"
        "| route d| passage d| ruelle| faubourg| place | pl.| av.| bd | bd.| bld "
        "| boul| chem| imp.| rte | all.| sq.| r. ",
        rf"""\b\d{{1,4}}(?:\s?(?:bis|ter|quater)|[A-D])?,?\s
        (?: (?:rue|avenue|boulevard|chemin|impasse|allée|quai|ruelle|faubourg)\s
            {part.OF_FRENCH}{{0,3}} {part.WORD}
          | (?:place|cours|route|passage|square)\s {part.OF_FRENCH}{{1,3}} {part.WORD}
          | (?:(?:pl|av|bl?v?d|boul|chem?|imp|rte|all|sq|r)\.\s?|(?:bl?v?d
          |rte)\s)(?:{part.OF_FRENCH}{{0,3}} {part.NAME})
          | (?:place|avenue|boulevard|cité|cours|villa|square)\s{part.NAME} )
        {part.NAMES} {part.TOWN}""",
        _is_french,
    ),
    _Row(  # Calle de Alcalá 45, 3º B, 28014 Madrid; Rua das Flores, 12
        "calle |c/|avenida|avda|plaza|paseo|camino|carretera|carrer|plaça|rua |travessa|largo"
        "|praça|rúa"
        "|av.",
        rf"""(?<!\w)(?: calle|c/(?!o\b)|avenida|avda\.?|plaza|plaça|paseo|camino|carretera|carrer
        |rúa|rua
        |travessa|largo|praça|av\. ) \s?{part.OF}
        (?P<name> {part.WORD}(?:\s(?:de|del|la|los|las|y|da|do|dos|das|e)\b|\s{part.NAME}){{0,4}}
        ),?\s
        (?:n[\u00ba\u00b0o]\.?\s?|n[úu]m(?:ero)?\.?\s|\#)?{part.NUMBER}(?![\w%]) {part.TOWN}""",
        _is_spanish,
    ),
    _Row(  # Via Roma, 10, 00184 Roma
        " via | viale|piazza| corso|vicolo| largo|piazzale|strada|p.zza|p.za|v.le|c.so|l.go",
        rf"""\b(?:via|viale|piazza|piazzale|corso|vicolo|strada|largo|p\.z?za|v\.le|c\.so|l\.go)\s
        (?P<of> (?:(?:di|dei|del|della|delle|dello|degli|dal)\s|[dl]{{1,4}}['\u2019]){{0,2}} )
        (?P<name> {part.WORD}(?:\s{part.NAME}){{0,3}} ),?\s{part.NUMBER}(?![\w%]) {part.TOWN}""",
        _is_italian,
    ),
    _Row(  # ul. Długa 5/7, 00-950 Warszawa
        " ul.| al.| os.| pl.",
        rf"""\b(?:ul|al|os
        |pl)\.\s{part.NAME}(?:\s{part.NAME}){{0,3}}\s{part.NUMBER}(?:\sm\.?\s\d{{1,3}})?
        {part.TOWN}""",
    ),
    _Row(  # Bağdat Cad. No: 12
        " cad| sok| mah| bulvar",
        rf"""\b{part.NAME}(?:\s{part.NAME}){{0,2}}\s(?:cad|sok|mah|bulvar)\w*\.?,?\s(?:no:?\s?)?
        \d{{1,4}}(?:/\d{{1,3}})? {part.UNITS}""",
    ),
    _Row(
        " box|locked bag|private bag",
        rf"""\b(?:(?:gpo|p\.?\s?o\.?)\sbox|locked\sbag|private\sbag)\s(?:no\.?\s)?[A-Z]?\d{{1,6}}\b
        {part.ENGLISH_TOWN}""",
    ),
    _Row(  # Postfach 10 22 33, 70018 Stuttgart
        "postfach|apartado|apdo|boîte postale|casella postale|caixa postal|postbus|postboks|skrytka"
        "|case postale|postilokero|postboks|poštový|postafiók",
        rf"""\b(?:postfach|(?:apartado|apdo\.?)(?:\s(?:de\s)?correos)?|boîte\spostale
        |casella\spostale
        |caixa\spostal|postbus|postboks|postilokero|skrytka(?:\spocztowa)?(?:\snr)?|case\spostale
        |postafiók)
        \s\d(?:\s?\d){{0,6}}\b(?!\s?\d) {part.TOWN}""",
    ),
    _Row(  # BP 90412, 44004 Nantes Cedex 1; Box 512, 101 30 Stockholm
        " bp | b.p. | cs | tsa | box ",
        rf"""\b(?:BP|B\.P\.|CS|TSA|Box)\s\d{{1,6}},?\s(?:\d{{5}}
        |\d{{3}}\s\d\d)\s(?-i:{part.CAPITAL}){part.WORD}{part.NAMES}
        (?:(?<=dex)\s\d{{1,2}}\b)?""",
    ),
    _Row(  # Karl Johans gate 25, 0159 Oslo
        " utca | gate | vei | veg | plass | allé | väg | tie | út | útja | tér | torg | plads "
        "|ulice |náměstí "
        "| trg | ulica ",
        rf"""\b{part.NAME}(?:\s{part.NAME}){{0,2}}\s(?-i:utca|gate|vei|veg|plass|allé|väg|tie|út
        |útja|tér|torg|plads
        |ulice|náměstí|trg|ulica)\s{part.NUMBER}(?![\w%]) {part.TOWN}""",
        _is_northern,
    ),
    _Row(  # ул. Ленина, д. 5, кв. 12
        "ул|просп|пер.|шоссе",
        rf"""(?<!\w)(?:ул(?:ица)?|просп(?:ект)?|пр-т|пер
        |шоссе)\b\.?\s{part.WORD}(?:\s{part.WORD})?,?\s
        (?:д(?:ом)?\.?\s?)?\d{{1,4}}\w?(?:,?\s(?:кв|корп|стр)\.?\s?\d{{1,4}})*""",
    ),
    _Row(  # "Adresse Obere Marktgasse 204": said to be one
        "adres|address|anschrift|direcci|indirizzo|endereço|wohn|lives at|live at",
        rf"""(?<=[\w:]\s) (?<!\d\s)
        {part.NAME}(?:\s{part.WORD}){{0,3}}?\s{part.NUMBER}(?![\w%:.]) {part.TOWN}""",
        _is_said_to_be,
    ),
)
_BEFORE_TOWN = (  # where a postcode and a town follow
    _Row(  # Am Mühlbach 231/7, 24103 Kiel
        "",
        rf"""\b(?: am|an\sde[rnm]|auf\sde[rm]|im|in\sde[rnm]|zum|zur|unter\sde[rn]|hinter\sde[rm]
        |vor\sde[rm]|beim )
        \s{part.WORD}(?:\s{part.NAME})?\s{part.NUMBER},\s(?:[A-Z]{{1,2}}-)?\d{{4,5}}
        \s[^\W\d_]{{3,}}{part.NAMES}""",
    ),
    _Row(  # Damrak 1, 1012 LG Amsterdam; Mannerheimintie 12, 00100 Helsinki
        "",
        rf"""\b{part.NAME}(?:\s{part.NAME}){{0,2}}\s{part.NUMBER}(?P<unit>{part.UNITS}),\s
        (?:\d{{4}}\s?(?-i:[A-Z]{{2}})|(?:[A-Z]{{1,2}}-)?\d{{4,5}}|\d{{4}}-\d{{3}}|\d{{3}}\s\d\d)
        \s{part.CAPITAL}(?-i:[\w'-]*[^\W\d_A-Z][\w'-]*)(?:[ -]{part.NAME})?(?![\w:])""",
        _has_town,
    ),
)
_CUES = tuple((cue, number) for number, row in enumerate(_ROWS) for cue in row.cues.split("|"))
_ANY_CUE = compile_cues(cue for cue, _ in _CUES)
_POSTAL = re.compile(r"[,.\w]\s(?:[A-Z]{1,2}-)?(?:\d{4,5}|\d{3}\s\d\d)\s")
_TOWN_AHEAD = re.compile(r",(?<=[\w.],)\s(?:[A-Z]{1,2}-)?(?:\d{4,5}|\d{3}\s\d\d)[\s-]")
_SAID_BEFORE = re.compile(
    r"\b(?:adress?e?|address|anschrift|direcci[óo]n|indirizzo|endereço|wohn\w{0,4}|lives?\sat)"
    r"(?:\s?[:=]|\s(?:is|ist|es|est|è|é|in|at|der|am))?\s$",
    re.IGNORECASE,
)
_BRITISH = re.compile(rf"\b{part.UK}\b".replace(r"\s", " "))  # SW1A 1AA
_SHORT_STREET = re.compile(r" (?:st|ave|rd|ln|dr|ct)\b")
_REACH = 80  # characters before an address that are looked at
_HAS_DIGIT = re.compile(r"\d")


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """Compile a row when it is first needed."""
    return re.compile(pattern, re.VERBOSE | re.IGNORECASE)


def find_addresses(text: str) -> Iterator[Finding]:
    """Find a street with its number, what follows of flat and town included; British postcodes."""
    if not _HAS_DIGIT.search(text):
        return
    for row in _choose_rows(text):
        for match in _compile(row.pattern).finditer(text):
            if row.is_address(match):
                before = part.BEFORE.search(text[max(0, match.start() - _REACH) : match.start()])
                start = match.start() - (len(before[0]) if before else 0)
                yield Finding(start, match.end(), "address")
    for match in _BRITISH.finditer(text):
        before = part.BEFORE_POSTCODE.search(text[max(0, match.start() - _REACH) : match.start()])
        yield Finding(match.start() - (len(before[0]) if before else 0), match.end(), "address")


def _choose_rows(text: str) -> Iterator[_Row]:
    """Yield the rows that have a chance."""
    lowered = f" {text.lower()}".replace("\n", " ")
    numbers = (
        {number for cue, number in _CUES if cue in lowered} if _ANY_CUE.search(lowered) else set()
    )
    if 0 not in numbers and _SHORT_STREET.search(lowered):
        numbers.add(0)
    yield from (_ROWS[number] for number in sorted(numbers))
    if _TOWN_AHEAD.search(text):
        yield from _BEFORE_TOWN
