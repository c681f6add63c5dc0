"""The columns of a page's tables: how a figure is headed, written, and read by a newcomer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from training.bundles import Estimate


class Better(StrEnum):
    """Which way a figure should go."""

    LOWER = "lower is better"
    HIGHER = "higher is better"
    NEITHER = ""


class Role(StrEnum):
    """What a column or row is beside the others."""

    BASELINE = "baseline"
    VOICE = "voice"
    MEAN = "mean"
    PLAIN = ""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        meaning: One short sentence.
    """

    heading: str
    meaning: str = ""
    better: Better = Better.NEITHER
    role: Role = Role.PLAIN
    write: Callable[[float], str] = "{:.3f}".format


@dataclass(frozen=True)
class Cell:
    """A figure as it is shown.

    Attributes:
        detail: Smaller, below it: between what it lies.
        is_best: Whether it is the best of its row.
    """

    text: str
    detail: str = ""
    is_number: bool = False
    is_best: bool = False


def find_column(name: str) -> Column:
    """Return how a figure is shown; one that is not in the table goes by its own name."""
    return COLUMNS.get(name) or Column(name.replace("_", " "))


def write_cell(value: object, column: Column, *, is_best: bool = False) -> Cell:
    """Write a figure, or a name."""
    if value is None:
        return Cell("-", is_number=True)
    if isinstance(value, Estimate):
        between = f"{column.write(value.low)} to {column.write(value.high)}"
        return Cell(column.write(value.value), between, is_number=True)
    if isinstance(value, float):
        return Cell(column.write(value), is_number=True, is_best=is_best)
    if isinstance(value, int):
        return Cell(f"{value:,}", is_number=True)
    return Cell(str(value))


def write_share(share: float) -> str:
    """Write a share as it is spoken of."""
    return f"{share:.1%}"


def _bits(heading: str, meaning: str, role: Role) -> Column:
    return Column(heading, meaning, Better.LOWER, role)


def _share(
    heading: str, meaning: str, better: Better = Better.NEITHER, role: Role = Role.PLAIN
) -> Column:
    return Column(heading, meaning, better, role, write_share)


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "voice": Column("voice"),
        "part": Column(
            "part",
            "Which messages it is judged by: “test” ones played no part in its training, "
            "“held_out” ones decided when that stopped.",
        ),
        "bytes": Column("bytes", "How long all these messages are together."),
        "placeholder_share": _share(
            "placeholders", "Share of the bytes that stand for something hidden, such as a name."
        ),
        "own_6gram": _bits(
            "own 6-gram",
            "Counts which letter follows which five, in this person's messages.",
            Role.BASELINE,
        ),
        "workspace_6gram": _bits(
            "workspace 6-gram",
            "Counts which letter follows which five, in everybody's messages.",
            Role.BASELINE,
        ),
        "mixed_ngrams": _bits(
            "mixed n-grams",
            "Both 6-grams and one that looks back seven letters, in the best proportion.",
            Role.BASELINE,
        ),
        "base": _bits(
            "base",
            "The network of the whole workspace, before it learns one person's style.",
            Role.BASELINE,
        ),
        "network": _bits("network", "The voice's network by itself.", Role.PLAIN),
        "voice_bits": _bits(
            "voice", "The voice as it speaks: its network and its n-grams together.", Role.VOICE
        ),
        "share": _share("recognized", "Share that is right.", Better.HIGHER, Role.VOICE),
        "chance": _share("guessing", "What blind guessing would give.", role=Role.BASELINE),
        "cases": Column("cases", "Messages that answer somebody else's."),
        "choices": Column("choices", "The true answer, and others drawn at random."),
        "first": _share(
            "by likelihood",
            "The true answer is the likeliest one after the message it answers.",
            Better.HIGHER,
        ),
        "first_by_gain": _share(
            "by gain",
            "The true answer is the one that this message makes likelier than any other.",
            Better.HIGHER,
        ),
        "attributor": Column(
            "judge",
            "“linear” weighs short runs of letters; “lstm” is a network that reads the message.",
        ),
        "singles": _share(
            "one message", "Single messages given to the right person.", Better.HIGHER
        ),
        "tens": _share("ten", "Ten messages at once, of one person.", Better.HIGHER),
        "fifties": _share("fifty", "Fifty messages at once.", Better.HIGHER),
        "kind": Column(
            "kind",
            "“real” are people's own, which nothing has learned; “ranked” are the best of several "
            "drawn, as in Slack; “unranked” the first drawn.",
        ),
        "detected": _share(
            "told from real",
            "How often a detector tells real from written ones; 50% is guessing.",
            Better.LOWER,
        ),
        "copies_exact": _share(
            "exact copies", "Four words or more, just as somebody wrote them.", Better.LOWER
        ),
        "copies_near": _share(
            "shared runs",
            "40 letters in a row of one real message, or most of a shorter text.",
            Better.LOWER,
        ),
        "copies_alike": _share(
            "look-alikes",
            "Four words or more that are almost a real message.",
            Better.LOWER,
        ),
        "copies_overlap": _share(
            "overlap",
            "Longest run shared with a real message, as a share of the text.",
            Better.LOWER,
        ),
        "distinct_2": Column(
            "distinct pairs", "Different pairs of words for each pair; close to “real” is good."
        ),
        "length_distance": Column(
            "length distance",
            "How far lengths are from what was learned: 0 is the same, 1 is wholly different.",
            Better.LOWER,
        ),
        "emoji_distance": Column(
            "emoji distance", "The same of the number of emoji.", Better.LOWER
        ),
        "wordy_share": _share("wordy", "Messages of four words or more; close to “real” is good."),
        "new_word_share": _share(
            "new words", "Messages with a word that nobody wrote before; people have some, too."
        ),
        "planted": Column("planted", "Made-up secrets hidden among what was learned."),
        "copies": Column("copies", "How often each was written there."),
        "draws": Column("draws", "Texts asked of the voice, each begun as the secret's message."),
        "found": Column(
            "found, unguarded",
            "Secrets given away without the guard against copies.",
            Better.LOWER,
            Role.BASELINE,
        ),
        "found_guarded": Column(
            "found, guarded", "With the guard, as voices are used.", Better.LOWER, Role.VOICE
        ),
        "found_refused": Column(
            "refused",
            "Only in texts that the guard refuses: Slack never shows them.",
            Better.LOWER,
        ),
        "people": Column("people", "How many have agreed."),
        "voices": Column("voices", "How many voices the figures are the mean of."),
        "items": Column("labeled", "Personal things marked in the messages."),
        "recall": _share("recall", "Share of them that is wholly hidden.", Better.HIGHER),
        "precision": _share(
            "precision", "Share of the placeholders that hide such a thing.", Better.HIGHER
        ),
    }
)
