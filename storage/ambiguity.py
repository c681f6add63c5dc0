"""Whether a word that is a name and something else is a name here: Will, May, Jordan, Ada."""

import re

from storage import name_positions as positions
from storage.drafts import MARK
from storage.given_names import first_names
from storage.ordinary_words import (
    CALENDAR_WORDS,
    COMMON_WORDS,
    NAME_WORDS,
    read_lexicon,
    read_words,
)

_OPENERS = f" \t\"'\u201c\u201d\u2018\u2019\u00ab([{{*_~>{MARK}"
_DATE_BEFORE = re.compile(
    r"(?:\d(?:st|nd|rd|th)?|\b(?:in|on|of|since|until|till|by|before|after|last|next|this|every|each"
    r"|early|mid|late|end|from|to|through|around|for|and|or|the|our|your|a|im|ab|bis|seit|ende|anfang|mitte))[\s,-]*$",
    re.IGNORECASE,
)
_DATE_AFTER = re.compile(r"[\s,-]*\d")
_PLACE_BEFORE = re.compile(
    r"""(?<!\w)(?:
        in | near | across | within | outside | visit(?:ing|ed)?
        | (?: back | fl(?:y|ew|ying|ights?) | travel\w* | mov(?:e|ed|ing) | trips? | go | going
            | goes | went | dr(?:ive|ove) | train | based
            | liv(?:e|es|ed|ing) | born | arriv\w+ | land\w*
            | ship\w* | been | head\w* | relocat\w+ | deliver\w* | way | ports? | ported
            | switch\w* | migrat\w+ | rewr\w+ | translat\w+
          )[ ](?:\w+[ ])?(?:in|from|to|at|near|into)
        | us(?:e|es|ed|ing) | wr(?:ite|ites|iting|itten|ote) | learn\w* | teach\w* | speak\w*
        | instal\w+ | upgrad\w+ | compil\w+ | deploy\w*
        | our | the | a | an | some | more | any | every | of | plain | pure | new | old
    )[ \t]+$""",
    re.VERBOSE,
)
_THING_AFTER = re.compile(
    r"""
    [ \t]*(?: \(the\b | ,[ ][A-Z]{2}\b | v?\d+\.\d )
    | [ \t]+(?:
        tests? | scripts? | code | codebase | gems? | compilers? | version | lang(?:uage)?
        | programs? | library | packages? | apps? | airport | office | meetup | leg | calendar
        | framework | specs? | trip | river | time | runtime | syntax | developers? | tea | rice
        | oil | on[ ]rails | holidays? | church | values | faith | devs? | docs | bindings
        | servers? | client | plugin | modules? | repo | builds? | pipelines? | jobs? | instance
        | cluster | dashboard | bug | state | city | line | station | street
        | complian\w+ | requirements? | regulations? | act | sneakers | music | tutorials? | style
        | snippets? | books? | cop | vs | migration | exceptions? | errors? | warnings? | functions?
        | is[ ](?:an?|the)[ ](?:\w+[ ]){0,2}(?:language|framework|library|tool|country|city|state
            |place|product|service|database)
    )\b
    """,
    re.VERBOSE,
)
_TRAVEL_BEFORE = re.compile(
    r"(?<!\w)(?:(?:fl(?:y|ew|ying|ights?)|trains?|trips?|travel\w*|mov(?:e|ed|ing)|dr(?:ive|ove)"
    r"|relocat\w+|ship\w*) (?:back )?(?:to|from)|based in|li(?:ve|ves|ved|ving) in"
    r"|(?:offices?|conference|warehouse|hotel|airport|plant|branch) (?:in|at|near)"
    r"|(?<!loop )(?<!bring )(?<!pull )(?<!call )(?<!rope )(?<!fill )(?<!looped )(?<!pulled )"
    r"(?<!brought )(?<!looping )(?<!bringing )(?<!pulling )(?<!cc )(?<!add )in)[ \t]+$"
)
_TOWN_AFTER = re.compile(
    r",[ ][A-Z]{2}\b|[ \t]+(?:data ?center|office|airport|plant|region|warehouse|site|hotel"
    r"|conference|team|branch)\b"
)
_ARTICLE_BEFORE = re.compile(
    r"(?<!\w)(?:d(?:er|ie|as|en|em|es)|ein(?:e[nmrs]?)?|kein(?:e[nmrs]?)?|im|am|zum|zur|vom|ins|ans"
    r"|beim|l[aeo]s?|el|un[ae]?|het|een|os?|uma?|il|gli|the|a|an)[ \t]+$",
    re.IGNORECASE,
)
_IS_SET = re.compile(r"[ \t]*[:=][ \t]*\d")  # "Max: 30"
_IS_VERB = re.compile(r" (?:this|that|it|we|you|they|i|the|an?|all|any|your|my|our|there)\b")
_CONTACT = re.compile(rf"[ \t]*[-\u2013:]?[ \t]*{MARK}[ \t]*(?:[,;|\n]|$)")  # "Drew <phone>, …"
_BESIDE = re.compile(r"(?:(?:,| and| or|,? &| vs\.?| than) |/)([^\W\d_]+)")
_CALLED_ON = re.compile(
    r"[ \t]*(?:\?|:[ \t]+(?!\d)|\u2192|->|=>|\|)|[ \t]+(?:[\u2013\u2014-]|please\b|pls\b)"
)
_LINE_END = re.compile(r"[ \t]*(?:\n|$)")
_LISTED = re.compile(
    r",[ \t]|['\u2019]s\b|[ \t]*(?:and|&|\+|/|or|und|et|y|e|og|och|en)[ \t]*[^\W\d_a-z]"
)
_ALONE_BEFORE = re.compile(r"(?:^|[\n\].;|\u2192>?!\u2022-])[ \t*_]*$")
_CLAUSE_BEFORE = re.compile(
    r"(?<!\w)(?:if|that|when|because|think|hope|guess|know|so|until|since|while|says?|said"
    r"|did|does)[ \t]+$"
)
_CLAUSE_AFTER = re.compile(r"[ \t]+(?:can|could|wants|knows|thinks|said|says|joins|agrees)\b")
_PAIR = re.compile(
    r"[ \t]*(?:and|&|\+|/)[ \t]*([^\W\d_]+)[ \t]+(?:share|both|please|pls|will|can|should|could"
    r"|have|said|think|want|agree|went|work|joined|met|did|do"
    r"|are[ ](?:both|on|out|off|in|here|back|joining|working))\b"
)
_PAIRED_BEFORE = re.compile(r"([^\W\d_]+)[ \t]*(?:and|&|\+|/)[ \t]*$")
_BULLETS = (":", "-", "*", "\u2022", ",", ";", "\u2013")
_LONGEST = 32


def is_ordinary(word: str) -> bool:
    """Tell whether a name, in lower case, is a word that anybody may use."""
    return word in read_words() or (len(word) <= 2 and word.isascii())


def is_elsewhere(word: str) -> bool:
    """Tell whether a name is also that of a place or a product: its capital says nothing."""
    return word in read_lexicon("elsewhere")


def is_thing(text: str, start: int, end: int) -> bool:
    """Tell whether a place or a product is meant: "back from Jordan", "our Jasmine tests"."""
    before = text[max(0, start - _LONGEST) : start].lower()
    if _PLACE_BEFORE.search(before) or _THING_AFTER.match(text, end):
        return True
    beside = _BESIDE.match(text, end)
    return beside is not None and _is_only_elsewhere(beside[1].lower())


def is_place(text: str, start: int, end: int) -> bool:
    """Tell whether a last name is a town here, or a foreign word: "flights to …", "der Berg"."""
    before = text[max(0, start - _LONGEST) : start].lower()
    if _ARTICLE_BEFORE.search(before):
        is_town = text[start - 4 : start].lower() == "the " and _TOWN_AFTER.match(text, end)
        return bool(is_town) or text[start:end].lower() in read_lexicon("foreign")
    return bool(_TRAVEL_BEFORE.search(before)) and text[end : end + 2] not in {"'s", "\u2019s"}


def _is_only_elsewhere(word: str) -> bool:
    return is_elsewhere(word) and word not in first_names()


def is_called(text: str, start: int, end: int) -> bool:
    """Tell whether an ordinary word that somebody goes by is meant as a name here."""
    word = text[start:end]
    if word[0].isupper() and (len(word) <= 2 or not word.isupper()):
        return _is_capital_a_name(text, start, end) or _is_addressed(text, start, end)
    return _is_addressed(text, start, end) or _is_missed(text, start, end)


def _is_addressed(text: str, start: int, end: int) -> bool:
    """Tell by what is done to people alone, whatever the case."""
    if positions.ends(text, end) and (
        positions.is_greeted(text, start)
        or positions.is_dealt_with(text, start)
        or positions.is_noted(text, start)
    ):
        return True
    return positions.is_introduced(text, start)


def _is_capital_a_name(text: str, start: int, end: int) -> bool:
    """Tell whether the capital of an ordinary word has no other reason than being a name."""
    word = text[start:end].lower()
    if word in COMMON_WORDS or _IS_SET.match(text, end):
        return False
    if text[:start].endswith(", ") and _IS_VERB.match(text, end):
        return False
    if positions.acts(text, end):
        return True
    if word in CALENDAR_WORDS:
        if positions.keeps(text, end, in_person=True) and not is_date(text, start, end):
            return True
        return not (is_date(text, start, end) or _starts_sentence(text, start))
    return not _starts_sentence(text, start) or _is_subject(text, start, end)


def _is_subject(text: str, start: int, end: int) -> bool:
    """Tell whether a sentence, or a line, begins with whom it is about or for."""
    if positions.has_verb(text, end) or positions.keeps(text, end) or _LISTED.match(text, end):
        return True
    if positions.is_noted(text, start):
        return positions.ends(text, end)
    if _CONTACT.match(text, end) or _LINE_END.match(text, end):
        return text[:start].rstrip().endswith(_BULLETS)
    is_alone = _ALONE_BEFORE.search(text, max(0, start - _LONGEST), start)
    return bool(is_alone and _CALLED_ON.match(text, end))


def is_date(text: str, start: int, end: int) -> bool:
    """Tell whether a month or a day is meant: "in May", "May 4"."""
    if text[start:end].lower() not in CALENDAR_WORDS:
        return False
    before = text[max(0, start - 12) : start]
    return bool(_DATE_BEFORE.search(before) or _DATE_AFTER.match(text, end))


def _is_missed(text: str, start: int, end: int) -> bool:
    """Tell, without a capital, by "is sunny in?", "mark told me", "may and april share"."""
    word = text[start:end].lower()
    if word in COMMON_WORDS:
        return False
    if positions.begins(text, start) and _begins_alone(text, start, end):
        return True
    return (
        positions.is_asked_after(text, start, end)
        or positions.is_called_at_end(text, start, end)
        or positions.is_in_question(text, start, end)
        or (word not in CALENDAR_WORDS and positions.owns(text, end))
        or _is_in_clause(text, start, end)
        or _is_one_of_two(text, start, end)
    )


def _begins_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a clause begins with whom it is about: "mark told me", "WILL IS OUT"."""
    word = text[start:end]
    is_doubled = text[end : end + len(word) + 2].lower() == f" {word.lower()} "
    return (
        is_doubled
        or positions.keeps(text, end, in_person=True)
        or positions.speaks(text, end)
        or positions.is_spoken_to(text, start, end)
        or (word.isupper() and len(word) > 2 and positions.has_verb(text, end))
        or (text[end : end + 1] == "?" and positions.is_all(text, start, end))
    )


def _is_in_clause(text: str, start: int, end: int) -> bool:
    """Tell by a clause that has no other subject: "i hope hope can join"."""
    before = text[max(0, start - _LONGEST) : start].lower()
    after = text[end : end + _LONGEST].lower()
    goes_on = _CLAUSE_AFTER.match(after) or positions.is_present(text, end)
    return bool(_CLAUSE_BEFORE.search(before) and goes_on)


def _is_one_of_two(text: str, start: int, end: int) -> bool:
    """Tell whether two such words do together what people do: "mark and will please mute"."""
    pair = _PAIR.match(text[end : end + _LONGEST].lower())
    if pair and pair[1] in NAME_WORDS | CALENDAR_WORDS and _starts_sentence(text, start):
        return True
    first = _PAIRED_BEFORE.search(text[max(0, start - _LONGEST) : start].lower())
    if not first or first[1].lower() not in NAME_WORDS | CALENDAR_WORDS:
        return False
    begin = max(0, start - _LONGEST) + first.start()
    joined = _PAIR.match(text[begin + len(first[1]) : end + _LONGEST].lower())
    return bool(joined and _starts_sentence(text, begin))


def _starts_sentence(text: str, start: int) -> bool:
    """Tell whether the sentence starts here, but for openers, list marks and placeholders."""
    before = text[:start].rstrip(_OPENERS)[-1:]
    goes_on = before.isalnum() or before in tuple(",&+/=@") or text[start - 1 : start] == "-"
    return not goes_on
