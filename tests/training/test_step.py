from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from tests.training.tiny_voices import (
    AUTHORS,
    EMBEDDING,
    HIDDEN,
    VOCAB,
    Weights,
    draw_delta,
    draw_weights,
)
from training.errors import DamagedArtifact
from training.step import StepModel, build_step_graph, fold


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


def _run_reference(
    weights: Weights,
    tokens: list[int],
    *,
    author: int = 0,
    delta: Weights | None = None,
    since: int = 0,
) -> NDArray[np.float64]:
    """The equations of the model, one row, one step after the other; the delta since some step."""
    w = {name: values.astype(np.float64) for name, values in weights.items()}
    h = [np.zeros(HIDDEN), np.zeros(HIDDEN)]
    c = [np.zeros(HIDDEN), np.zeros(HIDDEN)]
    chances = []
    for step, token in enumerate(tokens):
        d = delta if delta and step >= since else {}
        a = d.get("author_vector", w["author/embedding"][author])
        x = w["embedding"][token]
        for n, layer in enumerate(("layer_1", "layer_2")):
            z = x @ w[f"{layer}/kernel"] + w[f"{layer}/bias"] + a @ w[f"author/{layer}"]
            z = z + h[n] @ w[f"{layer}/recurrent_kernel"] + d.get(f"{layer}/bias", 0)
            if d:
                z = z + np.concatenate([x, h[n]]) @ d[f"{layer}/down"] @ d[f"{layer}/up"]
            i, f, g, o = np.split(z, 4)
            c[n] = _sigmoid(f) * c[n] + _sigmoid(i) * np.tanh(g)
            x = h[n] = _sigmoid(o) * np.tanh(c[n])
        y = x @ w["projection/kernel"] + w["projection/bias"] + a @ w["author/projection"]
        logits = y @ w["embedding"].T + w["output_bias"] + d.get("output_bias", 0)
        chances.append(np.exp(logits) / np.exp(logits).sum())
    return np.array(chances)


def _draw_tokens(rows: int, steps: int = 6) -> NDArray[np.int64]:
    return np.random.default_rng(5).integers(0, VOCAB, (steps, rows))


def test_every_author_of_a_base_follows_the_equations():
    weights, tokens = draw_weights(), _draw_tokens(AUTHORS)
    model = StepModel(build_step_graph(weights, quantize=False))
    stepper = model.start([fold(weights, author=n) for n in range(AUTHORS)], range(AUTHORS))
    chances = np.array([stepper.advance(column) for column in tokens])
    for author in range(AUTHORS):
        expected = _run_reference(weights, list(tokens[:, author]), author=author)
        np.testing.assert_allclose(chances[:, author], expected, atol=1e-4)


def test_rows_of_a_base_and_two_deltas_share_a_batch():
    weights, deltas, tokens = draw_weights(), [draw_delta(1), draw_delta(2)], _draw_tokens(5)
    model = StepModel(build_step_graph(weights, quantize=False))
    voices = [None, *deltas]
    rows = [2, 0, 1, 1, 0]
    stepper = model.start([fold(weights, delta=delta) for delta in voices], rows)
    chances = np.array([stepper.advance(column) for column in tokens])
    for row, voice in enumerate(rows):
        expected = _run_reference(weights, list(tokens[:, row]), delta=voices[voice])
        np.testing.assert_allclose(chances[:, row], expected, atol=1e-4)


def test_selected_rows_go_on_and_the_batch_they_left_is_as_it_was():
    weights, tokens = draw_weights(), _draw_tokens(3)
    model = StepModel(build_step_graph(weights, quantize=False))
    conditionings = [fold(weights), fold(weights, delta=draw_delta())]
    stepper = model.start(conditionings, [0, 1, 1])
    stepper.advance(tokens[0])
    selected = stepper.select(np.array([2, 2, 0]))
    selected_chances = selected.advance(tokens[1, [2, 2, 0]])
    chances = stepper.advance(tokens[1])
    np.testing.assert_allclose(selected_chances, chances[[2, 2, 0]], atol=1e-5)


def test_a_row_can_go_on_under_another_conditioning():
    weights, delta, tokens = draw_weights(), draw_delta(), [3, 9, 4, 5]
    model = StepModel(build_step_graph(weights, quantize=False))
    stepper = model.start([fold(weights), fold(weights, delta=delta)], [0])
    for token in tokens[:3]:
        stepper.advance(np.array([token]))
    stepper.assign([1])
    chances = stepper.advance(np.array(tokens[3:]))
    expected = _run_reference(weights, tokens, delta=delta, since=3)
    np.testing.assert_allclose(chances[0], expected[-1], atol=1e-4)


def test_integer_products_stay_close_to_float_ones():
    weights, tokens = draw_weights(scale=0.3), _draw_tokens(8)
    conditionings = [fold(weights), fold(weights, delta=draw_delta(scale=0.3))]
    exact, rounded = (
        StepModel(build_step_graph(weights, quantize=quantize)).start(conditionings, [0, 1] * 4)
        for quantize in (False, True)
    )
    for column in tokens:
        expected, chances = exact.advance(column), rounded.advance(column)
    assert 0 < np.abs(np.log(chances / expected)).max() < 0.05 * np.log(expected).std()


def test_an_integer_row_does_not_depend_on_the_rest_of_its_batch():
    weights, tokens = draw_weights(), _draw_tokens(8)
    model = StepModel(build_step_graph(weights, quantize=True))
    together, alone = model.start([fold(weights)], [0] * 8), model.start([fold(weights)], [0])
    for column in tokens:
        chances, own = together.advance(column), alone.advance(column[:1])
    np.testing.assert_allclose(chances[:1], own, atol=1e-4)


def _write_as_before(graph: bytes) -> bytes:
    """Give logarithms of chances, as graphs of an older Mimic do."""
    model = onnx.load_from_string(graph)
    softmax, clip = model.graph.node[-2:]
    softmax.op_type = "LogSoftmax"
    softmax.output[0] = model.graph.output[0].name = "log_probabilities"
    model.graph.node.remove(clip)
    return model.SerializeToString()


def test_a_graph_of_before_says_the_same():
    weights, tokens = draw_weights(), _draw_tokens(3)
    graph = build_step_graph(weights, quantize=False)
    now, before = (
        StepModel(each).start([fold(weights)], [0] * 3) for each in (graph, _write_as_before(graph))
    )
    for column in tokens:
        np.testing.assert_allclose(before.advance(column), now.advance(column), rtol=1e-4)


def test_no_chance_is_zero_however_small():
    weights = draw_weights()
    weights["output_bias"][5] -= 500
    for write in (bytes, _write_as_before):
        model = StepModel(write(build_step_graph(weights, quantize=False)))
        chances = model.start([fold(weights)], [0]).advance(np.array([3]))[0]
        assert 0 < chances[5] < 1e-30
        assert chances.sum() == pytest.approx(1)


def test_a_graph_is_read_from_a_file(tmp_path: Path):
    weights = draw_weights()
    file = tmp_path / "step.onnx"
    file.write_bytes(build_step_graph(weights, quantize=True))
    chances = StepModel(file).start([fold(weights)], [0, 0]).advance(np.array([3, 4]))
    assert chances.shape == (2, VOCAB)


@pytest.mark.parametrize("graph", [b"no graph", Path("missing.onnx")])
def test_what_is_no_graph_is_called_damaged(graph: bytes | Path):
    with pytest.raises(DamagedArtifact):
        StepModel(graph)


def test_loading_what_is_no_graph_leaves_stderr_alone(capfd: pytest.CaptureFixture[str]):
    with pytest.raises(DamagedArtifact):
        StepModel(b"no graph")
    assert capfd.readouterr() == ("", "")


def test_shapes_of_a_conditioning_without_a_delta_have_rank_zero():
    conditioning = fold(draw_weights())
    assert conditioning.down_1.shape == (EMBEDDING + HIDDEN, 0)
    assert conditioning.up_2.shape == (0, 4 * HIDDEN)
