from dataclasses import replace

import numpy as np
import pytest

from tests.training.tiny_voices import TOKENIZER, LetterTokenizer, build_base, build_voice
from training.ensemble import Ensemble
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.voice import Network


def test_networks_of_one_graph_are_rows_of_one_batch():
    one, shared = build_voice(1), build_voice(2)
    same_graph_again = build_base.__wrapped__().step
    other = replace(shared, network=replace(shared.network, step=same_graph_again))
    apart = Ensemble([(one, 1.0), (other, 1.0)], with_bases=True)
    together = Ensemble([(one, 1.0), (shared, 1.0)], with_bases=True)
    assert (len(apart.groups), len(together.groups)) == (2, 1)
    for ensemble in (apart, together):
        ensemble.read([1, 5, 9])
    np.testing.assert_allclose(together.predict(), apart.predict(), atol=1e-5)
    np.testing.assert_allclose(together.predict_base(), apart.predict_base(), atol=1e-5)


def test_a_fork_goes_on_without_changing_what_it_came_from():
    ensemble = Ensemble([(build_voice(), 1.0)], with_bases=True)
    ensemble.read([1, 5])
    before = ensemble.predict()
    fork = ensemble.fork(3)
    np.testing.assert_array_equal(fork.predict(), before.repeat(3, axis=0))
    fork.advance(np.array([4, 5, 6]))
    fork.select(np.array([2, 0]))
    fork.advance(np.array([7, 7]))
    np.testing.assert_array_equal(ensemble.predict(), before)
    alone = Ensemble([(build_voice(), 1.0)], with_bases=True)
    alone.read([1, 5, 6, 7])
    np.testing.assert_allclose(fork.predict()[:1], alone.predict(), atol=1e-5)


def test_weights_of_a_blend_need_not_add_up_to_one():
    one, other = build_voice(1), build_voice(2)
    predictions = []
    for factor in (0.1, 7):
        ensemble = Ensemble([(one, 3 * factor), (other, factor)], with_bases=False)
        ensemble.read([1])
        predictions.append(ensemble.predict())
    np.testing.assert_allclose(*predictions, atol=1e-5)
    np.testing.assert_allclose(predictions[0].sum(), 1, rtol=1e-5)


def test_voices_that_stand_alone_have_no_bases():
    voice = build_voice()
    for parts, shares in [
        ([(replace(voice, base=None), 1.0)], {}),
        ([(voice, 3.0), (replace(voice, base=None), 1.0)], {voice.base: 1}),
    ]:
        assert Ensemble(parts, with_bases=True).bases == shares


def test_voices_and_bases_go_on_apart_as_they_would_together():
    ngrams = TokenNGram.train([[1, 5, 9, 2]], vocab_size=TOKENIZER.vocab_size, order=3)
    companion = (Network(ngrams, UNCONDITIONED), 0.25)
    parts = [(replace(build_voice(1), companions=(companion,)), 3.0), (build_voice(2), 1.0)]
    together = Ensemble(parts, with_bases=True)
    together.read([1, 5])
    voices, bases = together.without_bases(), together.bases_alone()
    assert (voices.bases, len(bases.groups)) == ({}, 1)
    for ensemble in (together, voices, bases):
        ensemble.read([9, 4])
    np.testing.assert_allclose(voices.predict(), together.predict(), rtol=1e-4)
    np.testing.assert_allclose(bases.predict_base(), together.predict_base(), rtol=1e-4)
    (base,) = together.bases
    for own, other in zip(together.state_of(base), bases.state_of(base), strict=True):
        np.testing.assert_allclose(own, other, atol=1e-5)


def test_texts_begun_later_go_on_from_the_start_beside_the_others():
    start = Ensemble([(build_voice(1), 1.0), (build_voice(2), 1.0)], with_bases=True)
    start.read([1, 5])
    ensemble = start.fork(3)
    ensemble.select(np.array([2, 0]))
    ensemble.advance(np.array([9, 4]))
    ensemble.add(start, 2)
    np.testing.assert_array_equal(ensemble.predict()[2:], start.predict().repeat(2, axis=0))
    ensemble.advance(np.array([7, 7, 8, 9]))
    for row, tokens in enumerate([[9, 7], [4, 7], [8], [9]]):
        alone = Ensemble([(build_voice(1), 1.0), (build_voice(2), 1.0)], with_bases=True)
        alone.read([1, 5, *tokens])
        np.testing.assert_allclose(ensemble.predict()[row], alone.predict()[0], rtol=1e-4)
        np.testing.assert_allclose(ensemble.predict_base()[row], alone.predict_base()[0], rtol=1e-4)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_blend_with_a_raw_stream_has_messages(is_first: bool):
    voice, stream = build_voice(1), build_voice(2)
    stream = replace(stream, tokenizer=LetterTokenizer(is_stream=True))
    parts = [(stream, 1.0), (voice, 1.0)] if is_first else [(voice, 1.0), (stream, 1.0)]
    assert Ensemble(parts, with_bases=False).tokenizer is voice.tokenizer


@pytest.mark.parametrize("intensity", [1.0, 0.5])
def test_a_companion_has_its_share_of_the_voice_and_none_of_the_base(intensity: float):
    voice = build_voice(1)
    ngrams = TokenNGram.train([[1, 5, 9, 2]], vocab_size=voice.tokenizer.vocab_size, order=3)
    network = Network(ngrams, UNCONDITIONED)
    accompanied = replace(voice, companions=((network, 0.25),))
    alone, both, bare = (
        Ensemble([(each, 1.0)], with_bases=True)
        for each in (voice, accompanied, replace(voice, network=network, base=None))
    )
    for ensemble in (alone, both, bare):
        ensemble.read([1, 5])
    mixed = 0.75 * alone.predict() + 0.25 * bare.predict()
    np.testing.assert_allclose(both.predict(), mixed, rtol=1e-4)
    np.testing.assert_array_equal(both.predict_base(), alone.predict_base())
    if intensity != 1:
        base = alone.predict_base()
        expected = base * (mixed / base) ** intensity
        expected /= expected.sum()
        np.testing.assert_allclose(both.predict(intensity=intensity), expected, rtol=1e-3)


def test_one_of_the_texts_goes_on_alone_as_it_does_among_the_others():
    ensemble = Ensemble([(build_voice(), 1.0)], with_bases=True).fork(3)
    ensemble.advance(np.array([3, 4, 5]))
    picked = ensemble.pick(1)
    assert (picked.predict() == ensemble.predict()[1]).all()
    ensemble.advance(np.array([6, 7, 8]))
    picked.advance(np.array([7]))
    np.testing.assert_allclose(picked.predict()[0], ensemble.predict()[1], atol=1e-6)
