"""Where in a sentence somebody is named: "ask Mark", "thanks, Will", "my son Leo", "Rose said".

The words around a name tell it from the ordinary word that it also is, and a stranger's name from
that of a product.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from storage.phrases import (
    ABSENCE,
    ADVERBS,
    ASKING,
    BEING,
    BELONGINGS,
    CLOSERS,
    CONJUNCTIONS,
    DEALINGS,
    DEEDS,
    ENDS,
    FAMILY,
    GREETINGS,
    HABITS,
    LABELS,
    NAMED,
    NO_OWNER,
    OF_THINGS,
    OWNERS,
    PARTINGS,
    PERSONS,
    PLACES,
    PRESENT,
    PROFESSIONS,
    QUESTIONS,
    ROLES,
    SEEKING,
    SPEECH,
    STATES,
    TITLES,
    VERBS,
    YOU,
)

_LONGEST = 48  # characters that are looked at on either side
_OPENERS = "\"'\u201c\u201d\u2018\u2019\u00ab([{*_~@"
_CLOSING = '*~)]"\u201d'
_MOST_WORDS = 3
_RECENT = 16  # places: several questions are asked of one, right after each other
_CALLED = frozenset({"called", "nicknamed", "named"})


_EPONYM = re.compile(
    r"""
    (?:['\u2019]s)?[ -](?:
        optimi[sz]ers? | algorithms? | theorems? | laws? | effects? | distances? | transforms?
        | filters? | equations? | process | scores? | index | numbers? | curves? | diagrams?
        | charts?
        | matrix | chains? | syndrome | disease | scale | constants? | principle | paradox | sort
        | ciphers? | trees? | trie | series | sequence | distribution | regression | street | st
        | avenue | square | road | lane | bridge | airport | station | university | college | hall
        | hospital | stadium | park | award | prize | inc | ltd | gmbh | llc | corp | ag | plc
        | group
        | bank | hotel | cup | ci | server | tests?
    )\b
    | [ ](?:&|and)[ ](?:sons?|co|partners|associates|company)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PRESENTED = re.compile(
    r"((?:[\w'\u2019-]+ ){1,5})(?:is |was |will be |'s |\u2019s )?"
    r"(?:(called|named|nicknamed) |(?<=is )|(?<=was )|(?<=will be ))$"
)
_EXPLAINED = re.compile(
    r" ?(?:\((?=\w+\))|(?:\(|, )(?:my|our|the|his|her|their|your|an?) )((?:[\w-]+ ?){1,3})[,)]"
)
_SAYS_WHENCE = re.compile(r" from\b| \(")
_POSTCODE = re.compile(r"\d{4,5}")


@lru_cache(_RECENT)
def _before(text: str, start: int) -> Sequence[str]:
    """Return the last words before, alone and with those before them: "ask", "to ask"."""
    line = text[max(0, start - _LONGEST) : start].rpartition("\n")[2].lower().rstrip(_OPENERS)
    if not line.endswith((" ", "\t", "\u00a0")):
        return ()
    words = [word.lstrip(_OPENERS) for word in line.split()[-_MOST_WORDS:]]
    return tuple(" ".join(words[-n:]) for n in range(1, len(words) + 1))


def _after(text: str, end: int) -> list[str]:
    """Return the next words in the line, an apostrophe's "s" being one."""
    line = text[end : end + _LONGEST].partition("\n")[0].lower().lstrip(_CLOSING)
    if line[:2] in {"'s", "\u2019s"}:
        return [line[:2], *line[2:].split()]
    return line.split() if line[:1] in {" ", "\t"} else []


def is_introduced(text: str, start: int) -> bool:
    """Tell whether what comes can only be somebody: "Mr. …", "my son …", "named …"."""
    phrases = _before(text, start)
    if not phrases:
        return False
    last = phrases[0].rstrip(",")
    if last in TITLES or (last.rstrip(".") in TITLES and last != "m"):
        return True
    if last in FAMILY:
        return not OWNERS.isdisjoint(phrases[-1].split()[:-1])
    return not NAMED.isdisjoint(phrases) or (phrases[0] in _CALLED and is_presented(text, start))


def is_greeted(text: str, start: int) -> bool:
    """Tell whether whoever comes is spoken to: "hi …", "thanks, …", "cc …"."""
    return any(phrase.rstrip(",:") in GREETINGS for phrase in _before(text, start))


def is_dealt_with(text: str, start: int) -> bool:
    """Tell whether something is done to what comes that is done to people: "ask …"."""
    return not DEALINGS.isdisjoint(_before(text, start))


def acts(text: str, end: int) -> bool:
    """Tell whether what stands before does as people do: "… said", "…'s on vacation"."""
    words = [word.strip(".,!?;:)") for word in _after(text, end)]
    if words and words[0] in BEING:
        return not STATES.isdisjoint((*words[1:2], " ".join(words[1:3])))
    if words and words[0] in ADVERBS:
        del words[0]
    return bool(words) and (words[0] in DEEDS or words[:2] in [["and", "i"], ["&", "i"]])


def has_verb(text: str, end: int) -> bool:
    """Tell whether a verb comes that cannot follow one: "… will do it"."""
    words = _after(text, end)
    return bool(words) and words[0] in VERBS


def keeps(text: str, end: int, *, in_person: bool = False) -> bool:
    """Tell whether a verb comes that says what one person does to something: "… covers the".

    Args:
        in_person: Not by what months and things do as well: "… starts".
    """
    words = _after(text, end)
    if words and words[0] in ADVERBS:
        del words[0]
    if not words or (in_person and words[0] in OF_THINGS):
        return False
    return words[0] in HABITS and words[1:2] != ["of"]


def owns_personally(text: str, end: int) -> bool:
    """Tell whether something comes that only people have: "…'s birthday"."""
    words = [word.strip(".,!?;:)") for word in _after(text, end)[:3]]
    return words[:1] in [["'s"], ["\u2019s"]] and not BELONGINGS.isdisjoint(
        (*words[1:2], " ".join(words[1:]))
    )


def is_presented(text: str, start: int) -> bool:
    """Tell whether who comes was spoken of by what they are: "our plumber is …"."""
    match = _PRESENTED.search(text[max(0, start - _LONGEST) : start].lower())
    if not match:
        return False
    words = match[1].split()
    is_known = not (FAMILY | PERSONS | PROFESSIONS).isdisjoint(words)
    return is_known and (match[2] is not None or not OWNERS.isdisjoint(words))


def is_explained(text: str, end: int) -> bool:
    """Tell whether it comes who that is: "… (my sister)", "…, our auditor"."""
    match = _EXPLAINED.match(text[end : end + _LONGEST].lower())
    return match is not None and not (FAMILY | PERSONS | PROFESSIONS).isdisjoint(match[1].split())


def is_called_at_end(text: str, start: int, end: int) -> bool:
    """Tell whether whom "you" means is named last: "what do you think, …?"."""
    line = text[max(0, start - _LONGEST) : start].rpartition("\n")[2].lower()
    is_last = text[end : end + _LONGEST].partition("\n")[0].strip(" ?!.") == ""
    return is_last and line.endswith(", ") and not YOU.isdisjoint(re.findall(r"\w+", line))


def is_asked_after(text: str, start: int, end: int) -> bool:
    """Tell whether somebody is looked for: "is … in today?"."""
    words = [word.strip(".,!?") for word in _after(text, end)[:2]]
    is_sought = not SEEKING.isdisjoint(_before(text, start))
    return is_sought and not PRESENT.isdisjoint((*words[:1], " ".join(words)))


def is_present(text: str, end: int) -> bool:
    """Tell whether somebody is there or is not: "… is back"."""
    words = [word.strip(".,!?") for word in _after(text, end)[:3]]
    states = (*words[1:2], " ".join(words[1:]))
    return words[:1] == ["is"] and not (PRESENT | ABSENCE).isdisjoint(states)


def is_spoken_to(text: str, start: int, end: int) -> bool:
    """Tell whether a line begins with whom it is for: "tim, can you look?"."""
    before = text[:start].rpartition("\n")[2]
    words = text[end + 2 : end + _LONGEST].lower().split()
    is_first = not before.strip() and text[end : end + 2] in {", ", ": "}
    return is_first and not ASKING.isdisjoint(words[:1])


def is_all(text: str, start: int, end: int) -> bool:
    """Tell whether nothing else is asked: "…?"."""
    before = text[:start].rpartition("\n")[2]
    return not before.strip() and text[end : end + _LONGEST].partition("\n")[0].strip(" ?") == ""


def begins(text: str, start: int) -> bool:
    """Tell whether a line or a clause begins here."""
    phrases = _before(text, start)
    if not phrases:
        return not text[:start].rpartition("\n")[2].strip(_OPENERS + " \t-\u2022")
    return phrases[0] in CONJUNCTIONS or phrases[0].endswith((",", ".", ";", "!", "?", ":", "-"))


def speaks(text: str, end: int) -> bool:
    """Tell whether what stands before does what no thing does: "… told me", "… is on vacation"."""
    words = [word.strip(".,!?;:)") for word in _after(text, end)]
    if words and words[0] in BEING:
        return not ABSENCE.isdisjoint((*words[1:2], " ".join(words[1:3])))
    return not SPEECH.isdisjoint((*words[:1], " ".join(words[:2])))


def is_in_question(text: str, start: int, end: int) -> bool:
    """Tell whether it is asked what somebody does: "did … push?", "where is …?"."""
    phrases = _before(text, start)
    return not QUESTIONS.isdisjoint(phrases) and (ends(text, end) or bool(_after(text, end)))


def owns(text: str, end: int) -> bool:
    """Tell whether something belongs to what stands before: "…'s branch"."""
    words = _after(text, end)
    return words[:1] in [["'s"], ["\u2019s"]] and words[1:2] != [] and words[1] not in NO_OWNER


def ends(text: str, end: int) -> bool:
    """Tell whether a part of the sentence ends here, as behind a name: "thanks …!"."""
    rest = text[end : end + _LONGEST].lstrip(" \t")
    if not rest or rest.startswith(CLOSERS) or not rest[0].isalnum():
        return True
    return rest.split()[0].lower().strip(".,!?") in ENDS


def is_noted(text: str, start: int) -> bool:
    """Tell whether what comes is put down as somebody: "Applicant: …", "Regards, …"."""
    if text[:start].endswith("\n"):
        line = text[max(0, start - _LONGEST) : start - 1].rpartition("\n")[2]
        return line.lower().strip(" \t,.!") in PARTINGS
    phrases = _before(text, start)
    is_label = bool(phrases) and phrases[0].endswith(":")
    return is_label and not LABELS.isdisjoint(phrase.rstrip(":*_ ") for phrase in phrases)


def has_role(text: str, start: int) -> bool:
    """Tell whether it says before what somebody is: "tenant …", "former colleague …"."""
    return not ROLES.isdisjoint(phrase.rstrip(",") for phrase in _before(text, start))


def is_place(text: str, start: int) -> bool:
    """Tell whether what comes is the rest of a place's name: "São …", "50674 …"."""
    phrases = _before(text, start)
    return bool(phrases) and (phrases[0] in PLACES or bool(_POSTCODE.fullmatch(phrases[0])))


def is_eponym(text: str, word: re.Match[str]) -> bool:
    """Tell whether a thing bears the name: "Adam optimizer", "Johnson & Johnson"."""
    if _EPONYM.match(text, word.end()):
        return True
    reach = len(word[0]) + len(" & ")
    near = text[max(0, word.start() - reach) : word.end() + reach]
    return f"{word[0]} & {word[0]}" in near


def is_of(text: str, end: int) -> bool:
    """Tell whether it says where somebody is from: "… from procurement", "… (Ferrowick)"."""
    return bool(_SAYS_WHENCE.match(text, end))
