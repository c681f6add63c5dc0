"""What would be stored of a message: Slack markup read, all that is personal replaced.

Pure: the same text and names give the same result. A better detector changes `SCRUB_VERSION`,
so that what was stored under an older one is replaced when it comes in again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from storage.addresses import find_addresses
from storage.drafts import PLACEHOLDERS, Detector, Draft, Finding
from storage.links import find_emails, find_ips, find_urls
from storage.mrkdwn import escape, parse
from storage.names import NameFinder
from storage.numbers import find_numbers
from storage.phones import find_phones
from storage.secrets import find_secrets

__all__ = ["PLACEHOLDERS", "SCRUB_VERSION", "Scrubbed", "Scrubber", "escape"]

SCRUB_VERSION = 1

# In this order: what was found is out of sight for the next. The first ones are exact by
# themselves; the last ones judge by looks, and inline code looks like anything.
_EXACT: tuple[Detector, ...] = (find_urls, find_secrets, find_emails, find_numbers, find_ips)
_BY_LOOKS: tuple[Detector, ...] = (find_phones, find_addresses)
_NUMERIC = frozenset({find_numbers, find_ips, find_phones, find_addresses})  # need a digit

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
    """

    def __init__(self, name_forms: Iterable[str]) -> None:
        in_prose = (*_BY_LOOKS, NameFinder(name_forms).find)
        self._steps = (*((detect, False) for detect in _EXACT), *((d, True) for d in in_prose))
        self._steps_without_digits = tuple(step for step in self._steps if step[0] not in _NUMERIC)

    def scrub(self, text: str) -> Scrubbed:
        """Turn raw mrkdwn into stored text; stored text, escaped, goes through unchanged.

        A placeholder may bring to light what stands beside it, so the detectors look again until
        they find nothing.
        """
        if not text.isascii():
            text = _NO_UTF8.sub("\ufffd", text)  # half a character cannot be stored
        draft = parse(text)
        for _ in range(_MOST_ROUNDS):
            before, draft = draft, self._replace_findings(draft)
            if draft is before:
                break
        return Scrubbed(draft.render(), draft.kinds())

    def _replace_findings(self, draft: Draft) -> Draft:
        """Run each detector once; the same draft comes back where nothing was found."""
        steps = self._steps if _DIGIT.search(draft.text) else self._steps_without_digits
        for detect, is_prose_only in steps:
            findings = tuple(detect(draft.text))
            if findings and is_prose_only:
                findings = _outside_code(draft.text, findings)
            if findings:
                draft = draft.replace(findings)
        return draft


def _outside_code(text: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    spans = [match.span() for match in _INLINE_CODE.finditer(text)]
    return tuple(
        finding
        for finding in findings
        if not any(start < finding.end and finding.start < end for start, end in spans)
    )
