"""What a text says in disguise: look-alike letters, invisible characters, tokens taken apart.

A disguised text is read once more, as a person reads it. Detectors look at such a `Reading` as at
any text, and what they find is traced back to the characters that were written. What is stored
keeps its characters: a reading is only looked at.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage import lookalikes
from storage.drafts import MARK, Finding

Edit = tuple[int, int, str]  # from where to where, and what is read instead
Span = tuple[int, int]
Write = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it reads, and where each of its characters comes from.

    Args:
        text: What a reader sees.
        spans: For each character of it, the part of the original that it stands for; nothing
            where the text is as it was written.
    """

    text: str
    spans: tuple[Span, ...] | None = None

    def rewrite(
        self, pattern: re.Pattern[str], write: Write, *, is_part_of_last: bool = False
    ) -> "Reading":
        """Put something else for each match.

        Args:
            is_part_of_last: What is left out belongs to the character before it.
        """
        edits = ((*match.span(), write(match)) for match in pattern.finditer(self.text))
        return self._edit(edits, is_part_of_last=is_part_of_last)

    def rewrite_within(
        self, pattern: re.Pattern[str], part: re.Pattern[str], write: Write
    ) -> "Reading":
        """Put something else for some parts of each match."""
        return self._edit(
            (*inner.span(), write(inner))
            for outer in pattern.finditer(self.text)
            for inner in part.finditer(self.text, *outer.span())
        )

    def locate(self, finding: Finding) -> Finding:
        """Return where in the original stands what was found in the reading."""
        return Finding(*self._span(finding.start, finding.end), finding.kind)

    def _edit(self, edits: Iterable[Edit], *, is_part_of_last: bool = False) -> "Reading":
        pieces: list[str] = []
        spans: list[Span] = []
        old: tuple[Span, ...] | None = None
        kept = 0
        for start, end, written in edits:
            old = old or self.spans or tuple((n, n + 1) for n in range(len(self.text)))
            pieces += (self.text[kept:start], written)
            spans += old[kept:start]
            spans += [(old[start][0], old[end - 1][1])] * len(written)
            if is_part_of_last and spans and not written:
                spans[-1] = (spans[-1][0], old[end - 1][1])
            kept = end
        if old is None:
            return self
        return Reading("".join([*pieces, self.text[kept:]]), (*spans, *old[kept:]))

    def _span(self, start: int, end: int) -> Span:
        return (self.spans[start][0], self.spans[end - 1][1]) if self.spans else (start, end)


_PICTURES = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
)
_PICTURE = rf"(?:{_PICTURES.pattern}[\ufe0f\u200d]?)"
_CODE = r":(?=[\w+'-]*[g-z_])[\w+'-]{2,40}:"  # but no part of fe80:ab12:cd34
_DRAWN = rf"(?:{_CODE}|{_PICTURE})+"
_EMOJI = re.compile(rf"(?<=[\w+(@.-]){_DRAWN}(?=[\w@.-]| \w)|(?<=\d) {_DRAWN} (?=\d)")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGIT_CODE = re.compile(rf":(?:{'|'.join(_DIGITS)}):")

_DOT_WORD = r"(?:dot|punkt|point|punto|ponto)"
_AT = r"[(\[{]\s?(?:at|@|\u00e4t|arroba|chiocciola)\s?[)\]}]"
_DOT = rf"[(\[{{]\s?(?:{_DOT_WORD}|\.)\s?[)\]}}]"
_BRACKETED = re.compile(rf"\s*(?:({_AT})|{_DOT})\s*", re.IGNORECASE)
_TOP_LEVEL = (
    "(?:com|org|net|edu|gov|app|dev|io|ai|co|eu|de|at|ch|fr|es|it|nl|be|pt|pl|se|no|dk|fi|uk|ie|us"
    "|ca|br|mx|in|au|nz|jp|za|info|biz|me)"
)
_COUNTRY = r"(?:(?:(?<=[.\s]co)|(?<=[.\s]com))\s?\.\s?(?:uk|jp|nz|in|za|kr|au|br|mx|tr))?"
_LOCAL = r"(?<![\w.+-])[\w.+-]{1,64}"
_SPELLED_MAIL = re.compile(
    rf"""{_LOCAL}([\s_-])(?:at|@)\1
        (?!(?:the|an?|this|that|each|every
        |any)\s)[\w-]{{1,63}}?(?:\1{_DOT_WORD}\1[\w-]{{1,63}}?){{0,4}}
        \1{_DOT_WORD}\1{_TOP_LEVEL}(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_SPELLED_SIGN = re.compile(rf"[\s_-](?:(at|@)|{_DOT_WORD})[\s_-]", re.IGNORECASE)
_LABEL = r"[\w-]{1,63}"
_SPACED_MAIL = re.compile(
    rf"""{_LOCAL} (?: @\s?{_LABEL}(?:\s?\.\s?{_LABEL}){{0,4}}?\s?\.\s?{_TOP_LEVEL}{_COUNTRY}
        | \s@\s(?: (?:{_LABEL}\.){{1,5}} | {_LABEL}\s(?:\.\s{_LABEL}\s){{0,4}}\.\s ) {_TOP_LEVEL}
        | (?<=[._\d-]\w)\w{{0,20}}\s@(?:{_LABEL}\.){{1,5}}{_TOP_LEVEL} ) (?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_SPACED_IP = re.compile(
    rf"(?<![\w.])\d{{1,3}}(?:\s?(?:\.|\b{_DOT_WORD}\b)\s?\d{{1,3}}){{3}}(?!\w|\.\d)", re.IGNORECASE
)
_SPACED_DOT = re.compile(rf"\s?(?:\.|{_DOT_WORD})\s?", re.IGNORECASE)

_SPACED = re.compile(rf"(?<![^\s(<\[\"`:])[^\s{MARK}](?: [^\s{MARK}]){{3,}}(?![^\W_])")
_SPREAD = re.compile(  # "4 0   K i n g   S t": words, and wider gaps between them
    rf"(?<!\s[^\s{MARK}] )(?<!^[^\s{MARK}] )"  # not within such a word: it begins before
    rf"(?<![^\s(<\[\"`:])[^\s{MARK}](?: [^\s{MARK}])*(?:[ \n]{{2,4}}[^\s{MARK}]"
    rf"(?: [^\s{MARK}])*){{2,}}(?!\S)"
)
_SPREAD_GAP = re.compile(r"\s+")
_SEPARATED = re.compile(  # "P-i-m", "8-9-5-1-8-6", but no "7.3.0.3"
    r"(?<![^\W_])(?!(?:\d[-._]){1,4}\d(?![^\W_]|[-._]))(?:\+[-._])?[^\W_]([-._])[^\W_]"
    r"(?:\1[^\W_]){2,}(?![^\W_])"
)
_PAIRS = re.compile(  # "39-22-68-50-71-8", "DE 89 37 04 00"
    r"(?<![^\W_])(?:(?:[A-Z]{2}[-. ]|[A-Z])?\d{1,2}([-. ])\d\d(?:\1\d\d){2,}(?:\1[A-Z\d])?"
    r"|[A-Z\d]{2}([-. ])[A-Z\d]{2}(?:\2[A-Z\d]{2}){5,}(?:\2[A-Z\d])?)(?![^\W_])"
)
_WIDE_GAP = re.compile(r"(?<=\d)(?:\s{2,3}|\s[-./]\s)(?=\d\d)")
_LETTERED = re.compile(  # "92lll972OO4", "+l 3O5 555 Ol9O"; words of these letters beside digits
    r"(?<![^\W_])(?=[\doOlI]{3})[oOlI]*\d[\doOlI]*(?![^\W_])|(?<=\+)[lI](?=[-. ]?[\doOlI])"
    r"|(?<=[\doOlI][-. ])[oOlI]{1,4}(?=[-. ][\doOlI])|(?<=\d)[oOlI]{1,4}(?=\d)"
)
_LETTER = re.compile("[oOlI]")
_BULLET = re.compile(r"(?<=\d)[\u2022\u00b7](?=\d)|(?<=\d{3})_(?=\d{3})")
_GAP = re.compile(r"[-._ ]")
_SPACE = re.compile(r"\s")

# the cheap test: what must be in a text before any of the above is tried
_SIGN = re.compile(
    r"[-._(\[{](?:(?<=[-._])(?:[^\W\d][-._]\w[-._]|\d[-._](?:[^\W\d]|\d[-._]\d[-._]\d)[-._])"
    r"|(?<=[(\[{])\s?(?:at|dot|\.|@|\u00e4t|punkt|point|punto|ponto|arroba|chiocciola)\s?[)\]}])"
)
_SPACED_AT = re.compile(r"@\s|\w\s@[\w-]+\.[a-z]{2}|@[\w-]+(?:\s\.|\.\s)")
_COLONS = re.compile(
    rf":(?<=[\w+(@.-]:)(?<!::){_CODE[1:]} ?[\w@.-]|{_DIGIT_CODE.pattern}|:(?<=\d :){_CODE[1:]} \d"
)
_SINGLE = re.compile(r"[\s(<\[\"`:]\S \S \S \S(?!\w)")
_DOT_SPELLED = re.compile(r"[\s_-]dot[\s_-]")
_DIGITS_APART = re.compile(
    rf"\d(?:\d?([-. ])(?:\d\d\1\d\d|[A-Z\d]{{2}}\1[A-Z\d]{{2}})\1|\s{{2,3}}\d\d|\s[-./]\s\d\d"
    rf"|\s?(?:\.|{_DOT_WORD})\s\d|\s(?:\.|{_DOT_WORD})\s?\d|[oOlI]{{1,4}}\d|[\u2022\u00b7_]\d"
    rf"|[-. ][oOlI]{{1,3}}\d"
    r"|[A-Z][-. ][A-Z\d]{2}[-. ][A-Z\d]{2}[-. ])"
)


def looks_disguised(text: str, *, has_digits: bool) -> bool:
    """Tell, at little cost, whether a text may say something in disguise."""
    lowered = text.lower()
    if _SIGN.search(lowered) or ("dot" in lowered and _DOT_SPELLED.search(lowered)):
        return True
    if _SINGLE.search(f" {text}"):
        return True
    if (":" in text and _COLONS.search(text)) or ("@" in text and _SPACED_AT.search(text)):
        return True
    if has_digits and _DIGITS_APART.search(text):
        return True
    if text.isascii():
        return False
    return lookalikes.looks_odd(text) or bool(_PICTURES.search(text) and _EMOJI.search(text))


def read_disguised(text: str) -> tuple[Reading, ...]:
    """Return the ways in which a text reads otherwise than it is written."""
    plain = _read_plainly(Reading(text))
    together = _read_together(plain)
    ways = (plain, together) if together.text != plain.text else (plain,)
    return tuple(way for way in ways if way.text != text)


def _read_plainly(reading: Reading) -> Reading:
    """Read look-alikes as what they look like, and signs that are spelled out or spaced."""
    if not reading.text.isascii():
        reading = reading.rewrite(
            lookalikes.ODD, lookalikes.reader(reading.text), is_part_of_last=True
        )
    reading = reading.rewrite_within(_LETTERED, _LETTER, lambda m: "0" if m[0] in "oO" else "1")
    reading = reading.rewrite(_BULLET, lambda _: "-")
    reading = reading.rewrite(_DIGIT_CODE, lambda match: str(_DIGITS.index(match[0][1:-1])))
    reading = reading.rewrite(_EMOJI, lambda match: " " if match[0][0] == " " else "")
    reading = reading.rewrite(_BRACKETED, _write_sign)
    reading = reading.rewrite_within(_SPELLED_MAIL, _SPELLED_SIGN, _write_sign)
    reading = reading.rewrite_within(_SPACED_MAIL, _SPACE, _write_nothing)
    return reading.rewrite_within(_SPACED_IP, _SPACED_DOT, lambda _: ".")


def _read_together(reading: Reading) -> Reading:
    """Read as one what stands apart: single characters, pairs of digits."""
    reading = reading.rewrite_within(_SPREAD, _SPREAD_GAP, lambda gap: " " * (len(gap[0]) > 1))
    for pattern, gap in ((_SPACED, _SPACE), (_SEPARATED, _GAP), (_PAIRS, _GAP)):
        reading = reading.rewrite_within(pattern, gap, _write_nothing)
    return reading.rewrite(_WIDE_GAP, _write_nothing)


def _write_sign(match: re.Match[str]) -> str:
    return "@" if match[1] else "."


def _write_nothing(_: re.Match[str]) -> str:
    return ""
