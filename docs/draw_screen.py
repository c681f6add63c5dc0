"""Draw screens of docs/slack.md as they look in Slack.

    python docs/draw_screen.py docs/images/slack.png "The preview" "The posted message"

Needs matplotlib, which comes with the extra `train`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAGE = Path(__file__).parent / "slack.md"
WIDTH, MARGIN, INDENT = 560, 22, 70  # all lengths are points
INK, GRAY, LINE, GREEN, RED, PURPLE = (
    "#1d1c1d",
    "#616061",
    "#dddddd",
    "#007a5a",
    "#e01e5a",
    "#4a154b",
)
BUTTON_HEIGHT = 28
STYLES = {"primary": (GREEN, GREEN, "white"), "danger": ("white", RED, RED)}


@dataclass
class Sheet:
    """What is to be drawn, from the top down; `y` is how far it has come."""

    y: float = MARGIN
    strokes: list[Callable[[Axes], object]] = field(default_factory=list)

    def write(
        self, x: float, text: str, *, size: float, color: str = INK, bold: bool = False
    ) -> None:
        """Put a line of text on the baseline."""
        y, weight = self.y, "bold" if bold else "normal"
        self.strokes.append(
            lambda axes: axes.text(x, y, text, size=size, color=color, weight=weight)
        )

    def box(
        self, x: float, size: tuple[float, float], *, fill: str, edge: str, corner: float
    ) -> None:
        """Put a rounded box, its top at `y`."""
        from matplotlib.patches import FancyBboxPatch

        style = f"round,pad=0,rounding_size={corner}"
        shape = FancyBboxPatch((x, self.y), *size, boxstyle=style, fc=fill, ec=edge, lw=1)
        self.strokes.append(lambda axes: axes.add_patch(shape))


def main(target: str, *titles: str) -> None:
    """Draw the named screens, one below the other."""
    screens = read_screens()
    missing = [title for title in titles if title not in screens]
    if missing:
        sys.exit(f"{PAGE.name} has no screen named {missing[0]}.")
    sheet = Sheet()
    for place, title in enumerate(titles):
        if place:
            draw_gap(sheet)
        draw_message(sheet, screens[title], is_private=title == "The preview")
    save(sheet, Path(target))


def read_screens() -> dict[str, dict[str, Any]]:
    """Read the JSON of each screen by its heading."""
    pattern = r"^### (.+)\n(?:(?!### |```json).*\n)*```json\n((?:(?!```).*\n)*)```"
    found = re.findall(pattern, PAGE.read_text("utf-8"), re.MULTILINE)
    return {title: json.loads(text) for title, text in found}


def draw_gap(sheet: Sheet) -> None:
    """Draw a line between two screens."""
    sheet.y += 20
    sheet.box(MARGIN, (WIDTH - 2 * MARGIN, 0.1), fill=LINE, edge=LINE, corner=0)
    sheet.y += 16


def draw_message(sheet: Sheet, message: dict[str, Any], *, is_private: bool) -> None:
    """Draw avatar, name and blocks."""
    if is_private:
        sheet.y += 8
        sheet.write(INDENT, "Only visible to you", size=11, color=GRAY)
        sheet.y += 12
    draw_author(sheet)
    draw = {"context": draw_context, "section": draw_section, "actions": draw_actions}
    for block in message["blocks"]:
        if block["type"] not in draw:
            sys.exit(f"Blocks of the kind {block['type']} cannot be drawn.")
        draw[block["type"]](sheet, block)


def draw_author(sheet: Sheet) -> None:
    """Draw the square, the name and the badge that every app has."""
    sheet.box(MARGIN, (36, 36), fill=PURPLE, edge=PURPLE, corner=8)
    sheet.y += 25
    sheet.write(MARGIN + 9.5, "M", size=19, color="white", bold=True)
    sheet.y -= 12
    sheet.write(INDENT, "Mimic", size=14, bold=True)
    x = INDENT + measure("Mimic", size=14, bold=True) + 7
    sheet.y -= 11
    sheet.box(x, (28, 14), fill="#e8e8e8", edge="#e8e8e8", corner=3)
    sheet.y += 10.5
    sheet.write(x + 4, "APP", size=8.5, color=GRAY, bold=True)
    sheet.write(x + 36, "12:04", size=11, color=GRAY)
    sheet.y += 6


def draw_context(sheet: Sheet, block: dict[str, Any]) -> None:
    """Draw small gray text."""
    for element in block["elements"]:
        draw_lines(sheet, element["text"], size=11.5, color=GRAY)


def draw_section(sheet: Sheet, block: dict[str, Any]) -> None:
    """Draw a paragraph."""
    draw_lines(sheet, block["text"]["text"], size=13.5, color=INK)


def draw_lines(sheet: Sheet, text: str, *, size: float, color: str) -> None:
    """Draw text broken into lines."""
    sheet.y += 4
    for line in wrap(text, size=size):
        sheet.y += size * 1.32
        sheet.write(INDENT, line, size=size, color=color)
    sheet.y += 3


def draw_actions(sheet: Sheet, block: dict[str, Any]) -> None:
    """Draw a row of buttons."""
    sheet.y += 11
    x: float = INDENT
    for button in block["elements"]:
        text = button["text"]["text"]
        fill, edge, ink = STYLES.get(button.get("style"), ("white", "#bbbbbb", INK))
        width = measure(text, size=12, bold=True) + 26
        sheet.box(x, (width, BUTTON_HEIGHT), fill=fill, edge=edge, corner=5)
        sheet.y += 18.5
        sheet.write(x + 13, text, size=12, color=ink, bold=True)
        sheet.y -= 18.5
        x += width + 8
    sheet.y += BUTTON_HEIGHT


def wrap(text: str, *, size: float) -> list[str]:
    """Break a text at spaces, so that each line fits."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if measure(longer, size=size) > WIDTH - MARGIN - INDENT:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def measure(text: str, *, size: float, bold: bool = False) -> float:
    """Say how wide a line is."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size=size, prop=font).get_extents().width)


def save(sheet: Sheet, target: Path) -> None:
    """Write the picture, at two pixels a point."""
    from matplotlib.figure import Figure

    height = sheet.y + MARGIN
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=144, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    frame = Sheet(y=3)
    frame.box(3, (WIDTH - 6, height - 6), fill="white", edge=LINE, corner=9)
    sheet.strokes[:0] = frame.strokes
    for stroke in sheet.strokes:
        stroke(axes)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, format="png")


if __name__ == "__main__":
    main(*sys.argv[1:])
