from itertools import pairwise, starmap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from training.config import SamplingConfig
from training.sampling import (
    blend,
    draw,
    draw_freely,
    find_choices,
    forbid,
    intensify,
    to_chances,
)

Floats = NDArray[np.float32]

LOGITS = arrays(np.float32, (3, 7), elements=st.floats(-1000, 1000, width=32))
CHANCES = LOGITS.map(lambda logits: _softmax(logits))
CONFIGS = st.builds(
    SamplingConfig,
    temperature=st.floats(0.1, 3),
    top_p=st.floats(0.01, 1),
    min_p=st.floats(0, 0.99),
)


def _softmax(logits: Floats) -> Floats:
    logits = logits - logits.max(axis=-1, keepdims=True)
    return to_chances(logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)))


def _spread(chances: Floats, config: SamplingConfig) -> Floats:
    """Return the choices as a whole table of probabilities."""
    choices = find_choices(chances, config)
    table = np.zeros(chances.shape, np.float32)
    for row, own in zip(table, starmap(slice, pairwise(choices.edges)), strict=True):
        row[choices.ids[own]] = choices.weights[own] / choices.weights[own].sum()
    return table


def _compute(chances: Floats, config: SamplingConfig) -> Floats:
    """The same by the words of the documentation, one row after the other."""
    table = np.zeros(chances.shape)
    for row, own in zip(table, chances.astype(np.float64), strict=True):
        sharpened = np.where(own >= config.min_p * own.max(), own, 0) / own.max()
        sharpened **= 1 / config.temperature
        sharpened /= sharpened.sum()
        mass = 0.0
        for token in np.argsort(-sharpened, kind="stable"):
            if mass < config.top_p:
                row[token] = sharpened[token]
            mass += sharpened[token]
        row /= row.sum()
    return table


@given(CHANCES)
def test_no_chance_is_zero_and_all_add_up_to_one(chances: Floats):
    assert (chances > 0).all()
    np.testing.assert_allclose(chances.sum(axis=-1), 1, rtol=1e-5)


@given(CHANCES, CONFIGS)
def test_probabilities_add_up_to_one(chances: Floats, config: SamplingConfig):
    probabilities = _spread(chances, config)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-5)


@given(
    st.integers(0, 2**32),
    st.floats(0.3, 3),
    st.floats(0.02, 0.5),
    st.sampled_from([0.1, 0.5, 0.9, 1.0]),
)
def test_probabilities_are_those_of_the_definition(
    seed: int, temperature: float, min_p: float, top_p: float
):
    chances = np.random.default_rng(seed).dirichlet(np.full(40, 0.3), 5).astype(np.float32)
    config = SamplingConfig(temperature=temperature, min_p=min_p, top_p=top_p)
    np.testing.assert_allclose(_spread(chances, config), _compute(chances, config), atol=1e-5)


@given(CHANCES, CONFIGS)
def test_no_filter_takes_the_likeliest_away(chances: Floats, config: SamplingConfig):
    probabilities = _spread(chances, config)
    likeliest = chances[np.arange(3), probabilities.argmax(axis=-1)]
    np.testing.assert_allclose(
        likeliest, chances.max(axis=-1), atol=1e-5
    )  # or as good as likeliest


@given(CHANCES, st.floats(0.01, 0.99))
def test_min_p_leaves_nothing_below_its_share_of_the_likeliest(chances: Floats, min_p: float):
    probabilities = _spread(chances, SamplingConfig(temperature=1, min_p=min_p))
    share = probabilities / probabilities.max(axis=-1, keepdims=True)
    assert ((share == 0) | (share >= min_p * 0.999)).all()


def test_top_p_keeps_the_fewest_that_hold_its_mass():
    chances = np.array([[0.1, 0.5, 0.15, 0.25]], np.float32)
    config = SamplingConfig(temperature=1, min_p=0, top_p=0.7)
    np.testing.assert_allclose(_spread(chances, config), [[0, 2 / 3, 0, 1 / 3]], rtol=1e-5)


def test_top_p_is_a_share_of_what_min_p_left():
    chances = np.array([[0.6, 0.3, 0.05, 0.05]], np.float32)
    config = SamplingConfig(temperature=1, min_p=0.2, top_p=0.66)
    np.testing.assert_allclose(_spread(chances, config), [[1, 0, 0, 0]])


def test_a_lower_temperature_sharpens():
    chances = np.array([[0.2, 0.8]], np.float32)
    config = SamplingConfig(temperature=0.5, min_p=0)
    np.testing.assert_allclose(_spread(chances, config), [[0.04 / 0.68, 0.64 / 0.68]], rtol=1e-5)


@given(CHANCES, st.integers(0, 2**32))
def test_temperature_zero_takes_the_likeliest(chances: Floats, seed: int):
    drawn = draw(find_choices(chances, SamplingConfig(temperature=0)), np.random.default_rng(seed))
    np.testing.assert_array_equal(drawn, chances.argmax(axis=-1))


@given(CHANCES, CHANCES)
def test_intensity_one_is_the_voice_and_zero_the_base(voice: Floats, base: Floats):
    np.testing.assert_array_equal(intensify(voice, base, 1), voice)
    np.testing.assert_allclose(intensify(voice, base, 0), base, atol=1e-4)


def test_more_intensity_goes_beyond_the_voice():
    voice, base = (np.array([row], np.float32) for row in ([0.2, 0.8], [0.5, 0.5]))
    mixed = intensify(voice, base, 2)
    np.testing.assert_allclose(mixed, [[0.08 / 1.36, 1.28 / 1.36]], rtol=1e-5)  # voice squared


def test_a_blend_is_the_weighted_mean_of_probabilities():
    one, other = np.array([[0.9, 0.1]], np.float32), np.array([[0.3, 0.7]], np.float32)
    np.testing.assert_allclose(blend([one, other], [0.75, 0.25]), [[0.75, 0.25]], rtol=1e-5)


def test_a_blend_takes_over_what_only_one_voice_allows():
    one, other = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    np.testing.assert_allclose(blend([one, other], [0.5, 0.5]), [[0.5, 0.5]])


@given(CHANCES, CONFIGS, st.integers(0, 2**32))
def test_a_forbidden_id_is_never_drawn(chances: Floats, config: SamplingConfig, seed: int):
    before = chances.copy()
    allowed = forbid(chances, np.array([0, 4]))
    drawn = draw(find_choices(allowed, config), np.random.default_rng(seed))
    assert not np.isin(drawn, [0, 4]).any()
    np.testing.assert_array_equal(chances, before)


@given(CHANCES, CONFIGS, st.integers(0, 2**32))
def test_the_same_random_state_draws_the_same(chances: Floats, config: SamplingConfig, seed: int):
    choices = find_choices(chances, config)
    one, other = (draw(choices, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


class _Always:
    """A random generator with one number."""

    def __init__(self, number: float) -> None:
        self._number = number

    def random(self, size: int | tuple[int, int]) -> NDArray[np.float64]:
        return np.full(size, self._number)


@given(CHANCES, CONFIGS, st.sampled_from([0.0, 0.5, np.nextafter(1, 0)]))
def test_what_is_drawn_for_a_row_is_one_of_its_choices(
    chances: Floats, config: SamplingConfig, number: float
):
    drawn = draw(find_choices(chances, config), _Always(number))  # type: ignore[arg-type]
    assert (_spread(chances, config)[np.arange(3), drawn] > 0).all()


@given(CHANCES, st.floats(0.1, 3), st.sampled_from([0.0, 0.5, np.nextafter(1, 0)]))
def test_what_is_forbidden_is_not_drawn_freely_either(
    chances: Floats, temperature: float, number: float
):
    allowed, config = forbid(chances, np.array([0, 6])), SamplingConfig(temperature=temperature)
    drawn = draw_freely(allowed, config, _Always(number))  # type: ignore[arg-type]
    assert (allowed[np.arange(3), drawn] > 0).all()


def test_free_draws_come_as_often_as_the_temperature_says():
    chances = np.tile(np.array([0.1, 0.02, 0.58, 0.3], np.float32), (20_000, 1))
    for temperature in (1, 0.5):
        config = SamplingConfig(temperature=temperature, min_p=0.5, top_p=0.5)
        drawn = draw_freely(chances, config, np.random.default_rng(3))
        expected = chances[0] ** (1 / temperature)
        shares = np.bincount(drawn, minlength=4) / len(drawn)
        assert shares == pytest.approx(expected / expected.sum(), abs=0.02)


def test_draws_come_as_often_as_their_probabilities_say():
    chances = np.tile(np.array([0.1, 0.02, 0.58, 0.3], np.float32), (20_000, 1))
    config = SamplingConfig(temperature=1, min_p=0.1)
    drawn = draw(find_choices(chances, config), np.random.default_rng(3))
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    assert shares == pytest.approx(np.array([0.1, 0, 0.58, 0.3]) / 0.98, abs=0.02)
