"""A page as a reader has it: its words, its tables, and whether its HTML is sound."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "hr", "img", "link", "input"}


@dataclass
class Reading:
    """What stands on a page.

    Attributes:
        addresses: Whatever is linked to or fetched.
        ids: What can be linked to.
        tables: Cells of rows of tables.
        tags: All that were opened.
        unclosed: Tags that do not match.
    """

    words: str = ""
    addresses: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    unclosed: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.reading, self._open = Reading(), []

    def handle_starttag(self, tag, attrs):
        self._note(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self._note(tag, attrs)

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.reading.unclosed.append(tag)

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.reading.words += data
        if {"td", "th"} & {*self._open} and self._open[-1] != "small" and data.strip():
            self.reading.tables[-1][-1][-1] += data.replace("\xa0", " ")

    def _note(self, tag, attrs):
        reading = self.reading
        reading.tags.append(tag)
        facts = dict(attrs)
        reading.addresses += [facts[key] for key in facts.keys() & {"href", "src", "xlink:href"}]
        reading.ids += [facts["id"]] if "id" in facts else []
        if tag == "table":
            reading.tables.append([])
        elif tag == "tr":
            reading.tables[-1].append([])
        elif tag in ("td", "th"):
            reading.tables[-1][-1].append("")


def read_page(html: str) -> Reading:
    """Read a page to its end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.reading.unclosed += reader._open
    return reader.reading
