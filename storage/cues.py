"""Cues: words without which a text need not be looked at closely."""

import re
from collections.abc import Iterable


def compile_cues(cues: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern that finds any cue; of those that begin alike, the shortest.

    It is several times as fast as all of them with "|" between: what they have in common at
    their beginnings is tried once.
    """
    return re.compile(_join(sorted(set(cues))))


def _join(endings: list[str]) -> str:
    if "" in endings:
        return ""
    by_first: dict[str, list[str]] = {}
    for ending in endings:
        by_first.setdefault(ending[0], []).append(ending[1:])
    branches = [re.escape(first) + _join(rest) for first, rest in by_first.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
