"""A page's place on the disk: claimed before long work, and written whole again and again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from bot.errors import Misused, UnwritablePage
from bot.page.glance import Headline
from bot.page.rendering import MARK, Content, render
from bot.page.sections import Section
from bot.replacing import replace_file
from training.provenance import find_release

_ENDINGS = (".html", ".htm")
_HEAD = 1_000  # characters, within which a page of ours says so


class Page:
    """A file for its owner alone to read; one that Mimic wrote before is replaced.

    Args:
        settings: How it is measured: names and values.

    Raises:
        Misused: The file's name is no page's.
        UnwritablePage: Something else has that name, or nothing can be written there.
    """

    def __init__(self, path: Path, settings: Mapping[str, str]) -> None:
        if path.suffix.lower() not in _ENDINGS:
            raise Misused("--report takes the name of a page, such as report.html.")
        self.path = path.resolve()  # a link stays one
        self._settings, self._began = settings, datetime.now(UTC)
        try:
            self._claim()
        except OSError as error:
            raise UnwritablePage(
                f"No page can be written to {path}: {error.strerror or 'it is no such place'}."
            ) from error

    def write(
        self,
        sections: Sequence[Section],
        headlines: Sequence[Headline] = (),
        *,
        is_partial: bool = False,
    ) -> None:
        """Replace what stands there.

        Raises:
            OSError: It cannot be written.
        """
        content = Content(self._list_facts(), headlines, sections, is_partial)
        replace_file(self.path, render(content))

    def _claim(self) -> None:
        """See that a page can be written, without touching what stands there."""
        if self.path.exists() and not (self.path.is_file() and self._is_ours()):
            raise UnwritablePage(f"{self.path} is no page of Mimic's: name another file.")
        with TemporaryFile(dir=self.path.parent):
            pass

    def _is_ours(self) -> bool:
        with self.path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(_HEAD)
        return not head or MARK in head

    def _list_facts(self) -> list[tuple[str, str]]:
        now = datetime.now(UTC)
        return [
            *self._settings.items(),
            ("Measured", f"{self._began:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC"),
            ("Release", f"mimic {find_release() or 'of a checkout'}"),
        ]
