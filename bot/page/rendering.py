"""A page as HTML: everything is escaped, and nothing is fetched from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot import console
from bot.page import curves, heat
from bot.page.glance import Headline
from bot.page.sections import Section

MARK = '<meta name="generator" content="mimic evaluate">'  # what makes a page ours


@dataclass(frozen=True)
class Content:
    """All that is on a page.

    Attributes:
        facts: What was measured, when and how: names and values.
        is_partial: Whether it was written before the work had come to its end.
    """

    facts: Sequence[tuple[str, str]]
    headlines: Sequence[Headline]
    sections: Sequence[Section]
    is_partial: bool

    @property
    def has_messages(self) -> bool:
        """Whether text stands on it, not only figures."""
        return any(section.quotes for section in self.sections)


def render(content: Content) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("bot.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html")
    return console.clean(template.render(content=content, mark=MARK, curves=curves, heat=heat))
