import numpy as np
import pytest

from training.mixture import fit_weights, mix_bits
from training.ngram import CharNGram

LOUD, QUIET = ["HA HA", "OH NO", "HA NO"] * 5, ["ha ha", "oh no", "ha no"] * 5


def train(texts: list[str]) -> CharNGram:
    return CharNGram.train(texts, order=3, alphabet=set("".join([*LOUD, *QUIET, "\n"])))


def test_a_mixture_of_one_model_is_that_model():
    model = train(LOUD)
    texts = ["HA", "", "oh"]
    assert mix_bits([model], np.ones(1), texts) == pytest.approx(model.bits(texts).sum())


def test_the_weights_fitted_need_fewer_bits_than_any_near_them():
    models, texts = [train(LOUD), train(QUIET)], [*LOUD[:3], *QUIET[:1]]
    weights = fit_weights(models, texts)
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > weights[1] > 0
    best = mix_bits(models, weights, texts)
    for moved in (-0.05, 0.05):
        assert best < mix_bits(models, weights + np.array([moved, -moved]), texts)
    assert all(best < model.bits(texts).sum() for model in models)


def test_a_model_that_knows_nothing_of_the_texts_gets_nearly_nothing():
    assert fit_weights([train(LOUD), train(QUIET)], LOUD)[1] < 0.01


def test_without_texts_all_models_count_alike():
    assert fit_weights([train(LOUD), train(QUIET)], []).tolist() == [0.5, 0.5]
