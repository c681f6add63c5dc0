"""What is begun and ended by a pair of signs: code, and what stands in parentheses.

Not everybody pairs them: some write a smile as one parenthesis, or a backtick for an apostrophe.
What people leave unpaired so often that it is a habit of theirs, their voices may leave so, too.
"""

import re
from collections import Counter
from collections.abc import Iterable

TICK, BEGIN, END = "`", "(", ")"
BEGINS = {TICK: TICK, END: BEGIN}
HABIT = 0.2  # of the texts with a sign, that leave it unpaired
HABITUAL = 5  # texts, at least

_CODE = re.compile(r"`[^`]*`")
_OPEN_CODE = re.compile(r"(?<!\w)`[^`]*$")
_IN_WORD = re.compile(r"(?<=\w)`(?=\w)")
_EMOJI = re.compile(r":[\w+-]+:")
_SIGN = re.compile(
    r"(?P<face>[:;=^]['\u2019]?-?[oD]?[()]+|(?<!\S)[8xX]-?[()]+)"
    r"|(?P<number>(?<!\S)(?:\d{1,2}|[a-zA-Z])\))"
    r"|[()]"
)


def find_owed(text: str) -> str:
    """Return the sign that ends what a text is in the middle of; "" where there is none."""
    if is_in_code(text):
        return TICK
    return END if _read_parentheses(text)[0] else ""


def is_in_code(text: str) -> bool:
    """Tell whether a text ends inside code, with a backtick that another one is to close."""
    text = _IN_WORD.sub("", text)
    return text.count(TICK) % 2 == 1 and bool(_OPEN_CODE.search(text))


def find_unbegun(text: str) -> Counter[str]:
    """Count the signs that end what has not begun."""
    is_odd = _IN_WORD.sub("", text).count(TICK) % 2 == 1 and not is_in_code(text)
    return +Counter({TICK: int(is_odd), END: _read_parentheses(text)[1]})


def find_habits(texts: Iterable[str]) -> set[str]:
    """Return the signs that texts leave unpaired as a habit; `(` is one that is left open."""
    seen: Counter[str] = Counter()
    unpaired: Counter[str] = Counter()
    for text in texts:
        signs = {sign for sign in (TICK, BEGIN, END) if sign in text}
        if signs:
            seen.update(signs)
            unpaired.update(set(find_unbegun(text)))
            unpaired.update(filter(None, [BEGINS.get(find_owed(text))]))
    return {sign for sign, count in unpaired.items() if count >= max(HABITUAL, HABIT * seen[sign])}


def _read_parentheses(text: str) -> tuple[int, int]:
    """Return how many parentheses are open at the end, and how many were closed without one.

    A face may close one as well, and so may what looks like the number of a list.
    """
    opened = unbegun = spent = 0
    for sign in _SIGN.finditer(_EMOJI.sub("", _CODE.sub(" ", _IN_WORD.sub("", text)))):
        is_doubtful = bool(sign["face"] or sign["number"])
        if not sign[0].endswith(END):
            opened += not is_doubtful
        elif opened:
            opened -= 1
            spent += is_doubtful
        elif spent:
            spent -= 1
        else:
            unbegun += not is_doubtful
    return opened, unbegun
