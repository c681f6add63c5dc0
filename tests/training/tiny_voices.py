"""Voices of random weights, small enough to build in every test."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from training.step import StepModel, build_step_graph, fold
from training.voice import LoadedVoice, Network

Weights = dict[str, NDArray[np.float32]]

CHARACTERS = "\n abcdefghijklmnopqrstuvwxyz.,!?"
PLACEHOLDERS = ("<user>", "<code>")
PIECE = re.compile("|".join([*PLACEHOLDERS, "."]), re.DOTALL)
EMBEDDING, HIDDEN, AUTHOR, AUTHORS, RANK = 8, 16, 4, 3, 2


class LetterTokenizer:
    """A token for each character and placeholder; ids 0, 1 and 2 are unknown, begin and end."""

    level = "subword"

    def __init__(self, *, is_stream: bool = False) -> None:
        self.begin_id = None if is_stream else 1
        self.end_id = None if is_stream else 2
        self._pieces = ["", "", "", *CHARACTERS, *PLACEHOLDERS]
        self.vocab_size = len(self._pieces)

    def encode(self, text: str) -> list[int]:
        return [self.id_of(piece) for piece in PIECE.findall(text)]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(self._pieces[token] for token in ids)

    def never_sampled(self) -> NDArray[np.int64]:
        return np.array([0, 1] if self.end_id else [0, 1, 2])

    def to_bytes(self) -> bytes:
        return "".join(self._pieces).encode()

    def id_of(self, piece: str) -> int:
        return self._pieces.index(piece, 3)


TOKENIZER = LetterTokenizer()
VOCAB = TOKENIZER.vocab_size


def draw_weights(seed: int = 0, *, scale: float = 0.4, vocab_size: int = VOCAB) -> Weights:
    """Draw the weights of a base."""
    shapes = {
        "embedding": (vocab_size, EMBEDDING),
        "author/embedding": (AUTHORS, AUTHOR),
        "author/layer_1": (AUTHOR, 4 * HIDDEN),
        "author/layer_2": (AUTHOR, 4 * HIDDEN),
        "author/projection": (AUTHOR, EMBEDDING),
        "layer_1/kernel": (EMBEDDING, 4 * HIDDEN),
        "layer_1/recurrent_kernel": (HIDDEN, 4 * HIDDEN),
        "layer_1/bias": (4 * HIDDEN,),
        "layer_2/kernel": (HIDDEN, 4 * HIDDEN),
        "layer_2/recurrent_kernel": (HIDDEN, 4 * HIDDEN),
        "layer_2/bias": (4 * HIDDEN,),
        "projection/kernel": (HIDDEN, EMBEDDING),
        "projection/bias": (EMBEDDING,),
        "output_bias": (vocab_size,),
    }
    return _draw(shapes, seed, scale)


def draw_delta(seed: int = 1, *, scale: float = 0.4, vocab_size: int = VOCAB) -> Weights:
    """Draw what a voice adds to a base."""
    shapes = {
        "author_vector": (AUTHOR,),
        "layer_1/bias": (4 * HIDDEN,),
        "layer_2/bias": (4 * HIDDEN,),
        "output_bias": (vocab_size,),
        "layer_1/down": (EMBEDDING + HIDDEN, RANK),
        "layer_1/up": (RANK, 4 * HIDDEN),
        "layer_2/down": (2 * HIDDEN, RANK),
        "layer_2/up": (RANK, 4 * HIDDEN),
    }
    return _draw(shapes, seed, scale)


def _draw(shapes: dict[str, tuple[int, ...]], seed: int, scale: float) -> Weights:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, scale, shape).astype(np.float32) for name, shape in shapes.items()}


@cache
def build_base(seed: int = 0) -> Network:
    """Build the network of a base, as the generic author; voices of one seed share it."""
    weights = draw_weights(seed)
    return Network(StepModel(build_step_graph(weights, quantize=False)), fold(weights))


def build_voice(
    seed: int = 1, *, base_seed: int = 0, bias: dict[str, float] | None = None
) -> LoadedVoice:
    """Build a voice on a base; `bias` makes pieces likelier, `end` the end of a message."""
    delta = draw_delta(seed)
    for piece, added in (bias or {}).items():
        token = TOKENIZER.end_id if piece == "end" else TOKENIZER.id_of(piece)
        delta["output_bias"][token] += added
    base = build_base(base_seed)
    network = Network(base.step, fold(draw_weights(base_seed), delta=delta))
    return LoadedVoice("@ada", 1, TOKENIZER, network, base, (), None)
