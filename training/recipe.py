"""How large and how long: settings that follow the amount of text."""

from dataclasses import dataclass

from training.config import Dropout, FitConfig, Level, ModelShape
from training.streams import Packing

SEED = 1
UNHURRIED = 2_500  # tokens of a text for each second of its run: two cores read them ten times
DECAY = 0.3  # of weights, times the learning rate: 30 times as much as usual
GROWING = Dropout(0.2, 0.3, 0.3, recurrent=0.3, full_after=12)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a fit, beside its text."""

    shape: ModelShape
    dropout: Dropout
    packing: Packing
    fit: FitConfig
    rank: int = 8  # of a voice's delta


def choose_vocab_size(text_bytes: int) -> int:
    """Return how many subwords a workspace's text supports."""
    for limit, size in ((100_000, 1_000), (1_000_000, 1_500), (8_000_000, 2_000)):
        if text_bytes < limit:
            return size
    return 4_000


def base_recipe(tokens: int, vocab_size: int, authors: int) -> Recipe:
    """Settings of a workspace's base: fewer and smaller where there is little text."""
    hidden, batch, epochs = _size(tokens)
    return Recipe(
        shape=ModelShape(vocab_size, hidden // 2, hidden, 32, authors + 1),
        dropout=GROWING,
        packing=Packing(batch, 64),
        fit=FitConfig(epochs=epochs, weight_decay=DECAY, clip_norm=0.25, seed=SEED),
    )


def delta_recipe(shape: ModelShape) -> Recipe:
    """Settings of one voice on a base."""
    return Recipe(
        shape=shape,
        dropout=Dropout(),
        packing=Packing(16, 32),
        fit=FitConfig(
            learning_rate=3e-3,
            epochs=2,
            weight_decay=0.05,
            patience=3,
            evaluations=8,
            keeps_start=True,
            seed=SEED,
        ),
    )


def stream_recipe(
    tokens: int, vocab_size: int, level: Level, *, seconds: float | None = None
) -> Recipe:
    """Settings of a raw text's own model.

    Where a text is read only a few times, a smaller one that drops little learns more.
    """
    hidden, batch, epochs = _size(tokens)
    is_hurried = seconds is not None and tokens > UNHURRIED * seconds
    if is_hurried:
        hidden = min(hidden, 384)
    embedding = min(128, vocab_size) if level == "char" else hidden // 2
    return Recipe(
        shape=ModelShape(vocab_size, embedding, hidden, 1, 1),
        dropout=Dropout() if is_hurried else GROWING,
        packing=Packing(batch, 64),
        fit=FitConfig(
            learning_rate=5e-3 if is_hurried else 4e-3,
            weight_decay=DECAY,
            clip_norm=0.25,
            epochs=1.5 * epochs,
            seed=SEED,
        ),
    )


def _size(tokens: int) -> tuple[int, int, float]:
    """Return hidden size, batch and epochs for so many tokens of training text."""
    for limit, hidden, batch, epochs in (
        (30_000, 128, 8, 30.0),
        (100_000, 256, 32, 24.0),
        (300_000, 384, 32, 20.0),
        (1_500_000, 512, 64, 20.0),
        (4_000_000, 512, 64, 12.0),
    ):
        if tokens < limit:
            return hidden, batch, epochs
    return 512, 64, 6.0
