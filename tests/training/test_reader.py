from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.tiny_voices import HIDDEN, draw_weights
from training.errors import DamagedArtifact
from training.reader import Reader, build_reading_graph
from training.step import STATES, StepModel, build_step_graph, fold

TEXTS = [[3, 9, 4, 5, 7, 8], [1, 2], [6], [5, 5, 5, 1]]


def _draw_state() -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(3)
    return [rng.uniform(-1, 1, (len(TEXTS), HIDDEN)).astype(np.float32) for _ in STATES]


def _read_by_steps(text: list[int], row: int, *, quantize: bool) -> list[float]:
    weights = draw_weights(scale=0.3)
    model = StepModel(build_step_graph(weights, quantize=quantize))
    stepper = model.start([fold(weights)], [0])
    stepper.state = [values[[row]] for values in _draw_state()]
    chances = [stepper.advance(np.array([token]))[0] for token in text[:-1]]
    return [float(np.log(each[token])) for each, token in zip(chances, text[1:], strict=True)]


@pytest.mark.parametrize(("quantize", "tolerance"), [(False, 1e-4), (True, 0.1)])
def test_texts_read_at_once_are_as_likely_as_read_step_by_step(quantize: bool, tolerance: float):
    weights = draw_weights(scale=0.3)
    reader = Reader(build_reading_graph(weights, fold(weights), quantize=quantize))
    found = reader.read(TEXTS, _draw_state())
    assert [len(scores) for scores in found] == [len(text) - 1 for text in TEXTS]
    for row, (text, scores) in enumerate(zip(TEXTS, found, strict=True)):
        expected = _read_by_steps(text, row, quantize=False)
        np.testing.assert_allclose(scores, expected, atol=tolerance)


def test_texts_of_one_token_say_nothing():
    weights = draw_weights()
    reader = Reader(build_reading_graph(weights, fold(weights), quantize=True))
    (scores,) = reader.read([[3]], [values[:1] for values in _draw_state()])
    assert scores.shape == (0,)


@pytest.mark.parametrize("graph", [b"no graph", Path("missing.onnx")])
def test_what_is_no_graph_is_called_damaged(graph: bytes | Path):
    with pytest.raises(DamagedArtifact):
        Reader(graph)
