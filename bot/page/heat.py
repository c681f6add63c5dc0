"""Heat maps: a row and a column for each person, and figures shaded by how good they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.matrix import Matrix
from training.recognition import AttributionFigures

SHADES = 8  # from 0, the palest, to this, the deepest


@dataclass(frozen=True)
class Tile:
    """One figure of a heat map; `is_own` where row and column are the same person's."""

    text: str
    shade: int
    is_own: bool
    is_best: bool


@dataclass(frozen=True)
class HeatRow:
    """A person's figures."""

    label: str
    messages: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class HeatMap:
    """A heat map.

    Attributes:
        caption: What stands where.
        labels: Of its columns.
        pale: What the palest shade means.
        deep: What the deepest does.
        framed: What a frame means.
    """

    caption: str
    labels: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    pale: str
    deep: str
    framed: str


def draw_matrix(matrix: Matrix) -> HeatMap:
    """Shade bits per byte by how far they are above the best of the author's row."""
    worst = max(max(bits) - min(bits) for bits in matrix.bits_per_byte)
    rows = []
    for place, bits in enumerate(matrix.bits_per_byte):
        closeness = [1 - (each - min(bits)) / (worst or 1) for each in bits]
        tiles = _lay([f"{each:.2f}" for each in bits], closeness, place)
        rows.append(HeatRow(matrix.voices[place], f"{matrix.messages[place]:,}", tiles))
    return HeatMap(
        "Bits per byte: whose messages down, whose voice across",
        matrix.voices,
        tuple(rows),
        pale=f"{worst:.2f} bits above the best of the row",
        deep="the best of the row",
        framed="the author's own voice",
    )


def draw_confusion(figures: AttributionFigures) -> HeatMap:
    """Shade how many of an author's messages are given to whom."""
    rows = []
    for place, counts in enumerate(figures.confusion):
        total = sum(counts)
        tiles = _lay([f"{each:,}" for each in counts], [each / total for each in counts], place)
        rows.append(HeatRow(figures.authors[place], f"{total:,}", tiles))
    return HeatMap(
        f"{figures.attributor}: who wrote them down, who is named across",
        figures.authors,
        tuple(rows),
        pale="none of the row's messages",
        deep="all of them",
        framed="who wrote them",
    )


def _lay(texts: Sequence[str], shares: Sequence[float], own: int) -> tuple[Tile, ...]:
    return tuple(
        Tile(text, round(SHADES * share), place == own, share == max(shares))
        for place, (text, share) in enumerate(zip(texts, shares, strict=True))
    )
