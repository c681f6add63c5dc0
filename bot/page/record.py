"""Findings as they come, kept on a page: whatever breaks them off, it holds what was found."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from bot.measures import Finding, unfold
from bot.page.glance import find_headlines
from bot.page.page import Page
from bot.page.sections import build_sections, quote


class Record:
    """Writes a page after each finding, which says that it is partial until all are there.

    Args:
        with_samples: Whether what the voices wrote stands on it.

    Attributes:
        is_kept: Whether there is a page by now.
        is_partial: Whether it says that it is partial.
        has_messages: Whether anything that the voices wrote stands on it.
    """

    def __init__(self, page: Page, *, with_samples: bool) -> None:
        self.page, self._with_samples = page, with_samples
        self._found: list[Finding] = []
        self._is_broken_off = False
        self.is_kept, self.is_partial, self.has_messages = False, False, False

    def follow(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield findings after noting them.

        Raises:
            OSError: The last page cannot be written; those before it are passed over.
        """
        for finding in findings:
            self._found.append(finding)
            with suppress(OSError):  # there may be room again at the end
                self._write(is_partial=True)
            yield finding
        self._write(is_partial=self._is_broken_off)

    def break_off(self) -> None:
        """Note that there will be no more findings, although there should be."""
        self._is_broken_off = True

    def _write(self, *, is_partial: bool) -> None:
        quotes = list(quote(self._found)) if self._with_samples else []
        self.page.write(
            [*build_sections(self._found), *quotes],
            list(find_headlines(list(unfold(self._found)))),
            is_partial=is_partial,
        )
        self.is_kept, self.is_partial, self.has_messages = True, is_partial, bool(quotes)
