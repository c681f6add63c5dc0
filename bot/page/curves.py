"""Loss curves as the points of a picture: how bits per byte fell while something learned."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.testing import Learning

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 22, 16, 42  # margins, where the axes are labeled
HELD_OUT, TRAINING = "bits_per_byte", "training_bits"
TICKS = 5  # of an axis, about
_ROOM = 0.08  # of the height, above and below the lines
_ROUND = (1, 2, 5, 10)  # what ticks are apart, times a power of ten
_UNITS = ((1e6, "million tokens read"), (1e3, "thousand tokens read"), (1.0, "tokens read"))

Moment = Mapping[str, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    place: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line through points of the picture; `name` is a key of the history."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    """The curves of one voice or of the base, in a picture of `WIDTH` x `HEIGHT`.

    Attributes:
        best: Where the lowest held-out figure is.
        lowest: That figure.
        across: Marks of the axis of tokens, which are counted in `unit`.
        up: Marks of the axis of bits per byte.
        history: The figures themselves, as they came.
    """

    label: str
    lines: tuple[Line, ...]
    best: Point
    lowest: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    unit: str
    history: tuple[Moment, ...]


@dataclass(frozen=True)
class _Axis:
    """Numbers from `low` to `high` at places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def mark(self) -> Iterator[Tick]:
        """Yield ticks at round numbers."""
        step = _round_up((self.high - self.low) / TICKS)
        digits = max(-math.floor(math.log10(step)), 0)
        for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            yield Tick(self.place(number * step), f"{number * step:.{digits}f}")


def draw_curves(learning: Learning) -> Chart | None:
    """Draw a history; None of one without figures."""
    history = tuple(moment for moment in learning.history if math.isfinite(moment[HELD_OUT]))
    if not history:
        return None
    most = max(moment["tokens"] for moment in history)
    size, unit = next((each for each in _UNITS if most >= each[0]), _UNITS[-1])
    across = _Axis(0.0, most / size or 1.0, LEFT, WIDTH - RIGHT)
    up = _Axis(*_find_range(history), HEIGHT - BOTTOM, TOP)

    def place(moment: Moment, name: str) -> Point:
        return across.place(moment["tokens"] / size), up.place(moment[name])

    best = min(history, key=lambda moment: moment[HELD_OUT])
    return Chart(
        label=learning.voice,
        lines=tuple(
            Line(name, tuple(place(moment, name) for moment in history if _has(moment, name)))
            for name in (TRAINING, HELD_OUT)
        ),
        best=place(best, HELD_OUT),
        lowest=best[HELD_OUT],
        across=tuple(across.mark()),
        up=tuple(up.mark()),
        unit=unit,
        history=history,
    )


def _find_range(history: Sequence[Moment]) -> tuple[float, float]:
    """Return from where to where bits per byte go, with some room."""
    bits = [
        moment[name] for moment in history for name in (TRAINING, HELD_OUT) if _has(moment, name)
    ]
    room = _ROOM * (max(bits) - min(bits)) or _ROOM
    return min(bits) - room, max(bits) + room


def _has(moment: Moment, name: str) -> bool:
    return math.isfinite(moment.get(name, math.nan))


def _round_up(number: float) -> float:
    """Return the next of the `_ROUND` numbers."""
    power = 10.0 ** math.floor(math.log10(number))
    return power * next(each for each in _ROUND if each * power >= number)
