from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.training.tiny_voices import TOKENIZER, LetterTokenizer, build_voice
from training.scoring import score_bits
from training.voice import LoadedVoice

TEXTS = ["hello", "", "a much longer one, over here", "ok", "hello"]


def _compute_bits(voice: LoadedVoice, text: str) -> float:
    """One text, one token after the other."""
    ids = [TOKENIZER.begin_id, *TOKENIZER.encode(text), TOKENIZER.end_id]
    stepper = voice.network.step.start([voice.network.conditioning], [0])
    bits = 0.0
    for token, following in pairwise(ids):
        chances = stepper.advance(np.array([token]))[0].astype(np.float64)
        bits -= np.log2(chances[following] / chances.sum())
    return bits


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_bits_are_those_of_one_text_at_a_time(batch: int):
    voice = build_voice()
    expected = [_compute_bits(voice, text) for text in TEXTS]
    np.testing.assert_allclose(score_bits([(voice, 1.0)], TEXTS, batch=batch), expected, rtol=1e-4)


def test_a_blend_of_one_voice_with_itself_is_that_voice():
    voice = build_voice()
    blended = score_bits([(voice, 2.0), (voice, 1.0)], TEXTS)
    np.testing.assert_allclose(blended, score_bits([(voice, 1.0)], TEXTS), rtol=1e-5)


def test_a_blend_is_never_much_worse_than_its_better_half():
    one, other = build_voice(1), build_voice(2)
    blended = score_bits([(one, 0.5), (other, 0.5)], TEXTS)
    better = np.minimum(score_bits([(one, 1.0)], TEXTS), score_bits([(other, 1.0)], TEXTS))
    tokens = np.array([len(text) + 1 for text in TEXTS])
    assert (blended <= better + tokens).all()  # at most the one bit a token that says whose it is
    assert (np.abs(blended - better) > 1e-3).any()


def test_voices_of_different_graphs_blend():
    one = build_voice(1, base_seed=0)
    other = replace(one, network=build_voice(1, base_seed=3).network)
    bits = score_bits([(one, 1.0), (other, 1.0)], TEXTS)
    for voice in (one, other):
        assert (bits <= score_bits([(voice, 1.0)], TEXTS) + [len(t) + 1 for t in TEXTS]).all()


def test_no_texts_have_no_bits():
    assert score_bits([(build_voice(), 1.0)], []).shape == (0,)


def test_a_text_in_a_raw_stream_ends_with_a_line_break():
    voice = replace(build_voice(), tokenizer=LetterTokenizer(is_stream=True), stop="\n")
    ids = TOKENIZER.encode("\nab\n")
    stepper = voice.network.step.start([voice.network.conditioning], [0])
    expected = 0.0
    for token, following in pairwise(ids):
        chances = stepper.advance(np.array([token]))[0]
        expected -= np.log2(chances[following])
    assert score_bits([(voice, 1.0)], ["ab"]) == pytest.approx([expected], rel=1e-4)
