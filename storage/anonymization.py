"""What would be stored of a message: Slack markup read, all that is personal replaced.

Pure: the same text and names give the same result. A better detector changes `SCRUB_VERSION`:
what was stored under an older one is scrubbed again by night, or replaced when it comes in again.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storage.addresses import find_addresses
from storage.disguises import Reading, looks_disguised, read_disguised
from storage.drafts import PLACEHOLDERS, Detector, Draft, Finding
from storage.handles import find_composed_handles, find_handles
from storage.links import find_emails, find_ips, find_urls
from storage.mrkdwn import escape, parse
from storage.names import NameFinder
from storage.numbers import find_numbers
from storage.phones import find_bare_phones, find_phones
from storage.secrets import find_bare_tokens, find_secrets, find_secrets_without_digits

__all__ = ["PLACEHOLDERS", "SCRUB_VERSION", "Scrubbed", "Scrubber", "escape"]

SCRUB_VERSION = 2

_Step = tuple[Detector, bool]  # and whether it looks at prose only
# In this order: what was found is out of sight for the next. The first ones are exact by
# themselves; the last ones judge by looks, and inline code looks like anything.
_EXACT: tuple[Detector, ...] = (find_urls, find_secrets, find_emails, find_numbers, find_ips)
_BY_LOOKS: tuple[Detector, ...] = (find_phones, find_addresses)
# Where they stand as they are, these are mere numbers and names of things.
_IF_TAKEN_APART: dict[Detector, float] = {find_bare_tokens: 1.8, find_bare_phones: 1.01}
_NUMERIC = frozenset({find_numbers, find_ips, find_phones, find_addresses})  # need a digit

_NEEDS_AT = frozenset({find_emails, find_composed_handles, find_handles})

_WITHOUT_DIGITS: dict[Detector, Detector] = {find_secrets: find_secrets_without_digits}

_MOST_ROUNDS = 10  # two are usual; a text made on purpose could ask for thousands
_DIGIT = re.compile(r"\d")
_INLINE_CODE = re.compile(r"(?<!\w)`[^`\n]+`(?!\w)")
_NO_UTF8 = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text as it is stored, and how many placeholders of each kind are in it."""

    text: str
    kinds: dict[str, int]


class Scrubber:
    """Anonymizes texts of one workspace.

    Args:
        name_forms: All names that its members go by.
        name_model: What also looks for people's names, if anything.
    """

    def __init__(self, name_forms: Iterable[str], *, name_model: Detector | None = None) -> None:
        self.name_forms = frozenset(name_forms)
        find_names = NameFinder(self.name_forms, model=name_model).find
        in_prose = (*_BY_LOOKS, find_composed_handles, find_names, find_handles)
        self._steps = (*((detect, False) for detect in _EXACT), *((d, True) for d in in_prose))
        self._choices = {
            (has_digits, has_at): tuple(_choose(self._steps, has_digits=has_digits, has_at=has_at))
            for has_digits in (False, True)
            for has_at in (False, True)
        }

    def scrub(self, text: str) -> Scrubbed:
        """Turn raw mrkdwn into stored text; what is stored goes through `scrub_again` instead."""
        draft = self.draft(text)
        return Scrubbed(draft.render(), draft.kinds())

    def draft(self, text: str, *, is_traced: bool = False) -> Draft:
        """Put marks for all that is personal.

        A placeholder may bring to light what stands beside it, so the detectors look again until
        they find nothing.

        Args:
            is_traced: Keep what stood where the marks are.
        """
        if not text.isascii():
            text = _NO_UTF8.sub("\ufffd", text)  # half a character cannot be stored
        draft = parse(text, is_traced=is_traced)
        for _ in range(_MOST_ROUNDS):
            before, draft = draft, self._replace_findings(draft)
            if draft is before:
                break
        return draft

    def _replace_findings(self, draft: Draft) -> Draft:
        """Run each detector once; the same draft comes back where nothing was found.

        Where something is in disguise, all look at what the text reads as, first.
        """
        has_digits = bool(_DIGIT.search(draft.text))
        if looks_disguised(draft.text, has_digits=has_digits):
            draft = _look_through(draft, self._steps)
        for detect, is_prose_only in self._choices[has_digits, "@" in draft.text]:
            findings = tuple(detect(draft.text))
            if findings and is_prose_only:
                findings = _outside_code(draft.text, findings)
            if findings:
                draft = draft.replace(findings)
        return draft


def _choose(steps: Iterable[_Step], *, has_digits: bool, has_at: bool) -> Iterator[_Step]:
    """Yield the steps that may find something in a text with or without digits, or an "@"."""
    for detect, is_prose_only in steps:
        if (has_digits or detect not in _NUMERIC) and (has_at or detect not in _NEEDS_AT):
            chosen = detect if has_digits else _WITHOUT_DIGITS.get(detect, detect)
            yield chosen, is_prose_only


def _look_through(draft: Draft, steps: Iterable[_Step]) -> Draft:
    """Run each detector on all that a text reads as, until none finds more."""
    readings = read_disguised(draft.text)
    for step in (*steps, *((d, True) for d in _IF_TAKEN_APART)) if readings else ():
        for _ in range(_MOST_ROUNDS):
            findings = next(filter(None, (_find_disguised(way, step) for way in readings)), ())
            if not findings:
                break
            draft = draft.replace(findings)
            readings = read_disguised(draft.text)
    return draft


def _find_disguised(reading: Reading, step: _Step) -> tuple[Finding, ...]:
    """Find what only the reading shows, or shows whole."""
    detect, is_prose_only = step
    findings = tuple(detect(reading.text))
    if findings and is_prose_only:
        findings = _outside_code(reading.text, findings)
    found = zip(findings, map(reading.locate, findings), strict=True)
    stretch = _IF_TAKEN_APART.get(detect, 0)
    return tuple(
        place
        for finding, place in found
        if place.end - place.start >= stretch * (finding.end - finding.start)
    )


def _outside_code(text: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    spans = [match.span() for match in _INLINE_CODE.finditer(text)]
    return tuple(
        finding
        for finding in findings
        if not any(start < finding.end and finding.start < end for start, end in spans)
    )
