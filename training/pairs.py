"""What is begun and ended by a pair of signs: code, and what stands in parentheses."""

import re

TICK, END = "`", ")"

_CODE = re.compile(r"`[^`]*`")
_OPEN_CODE = re.compile(r"(?<!\w)`[^`]*$")
_NO_PAIRS = re.compile(
    r"[:;=8xX]['\u2019]?-?[()]+|(?:^|\s)\w{1,2}\)"
)  # faces, and numbers of a list


def find_owed(text: str) -> str:
    """Return the sign that ends what a text is in the middle of; "" where there is none."""
    if is_in_code(text):
        return TICK
    opened, _ = _read_parentheses(text)
    is_closed_by_sign = _read_parentheses(text + END)[0] < opened  # not where that makes a face
    return END if is_closed_by_sign else ""


def is_in_code(text: str) -> bool:
    """Tell whether a text ends inside code, with a backtick that another one is to close."""
    return text.count(TICK) % 2 == 1 and bool(_OPEN_CODE.search(text))


def count_unbegun(text: str) -> int:
    """Count the signs that end what has not begun."""
    is_odd = text.count(TICK) % 2 == 1 and not is_in_code(text)
    return is_odd + _read_parentheses(text)[1]


def _read_parentheses(text: str) -> tuple[int, int]:
    """Return how many parentheses are open at the end, and how many were closed without one."""
    opened = unbegun = 0
    for sign in _NO_PAIRS.sub(" ", _CODE.sub(" ", text)):
        if sign == "(":
            opened += 1
        elif sign == END:
            unbegun += not opened
            opened = max(0, opened - 1)
    return opened, unbegun
