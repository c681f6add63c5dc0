import numpy as np
import pytest

from tests.training.tiny_voices import build_voice
from training.raw_text import MOST_SHARE, Mixture, count_stream, foretell_stream
from training.streams import Packing, pack_raw
from training.token_ngram import UNCONDITIONED
from training.tokenizer import PieceTokenizer
from training.voice import Network


def test_ngrams_of_a_raw_text_reach_over_its_line_breaks():
    tokenizer = PieceTokenizer.train("ab\ncd\n" * 9, level="char")
    tokens = np.array(tokenizer.encode("ab\ncd\n" * 9), np.int32)
    network = Network(count_stream(tokens, tokenizer), UNCONDITIONED)
    chances = foretell_stream(network, pack_raw(tokens[:7], Packing(batch=1, time=6)))
    assert network.step.order == 6
    assert chances[2:] == pytest.approx(1, abs=0.2)


def test_what_a_network_foretells_of_a_raw_text_comes_in_reading_order():
    voice = build_voice()
    tokens = np.random.default_rng(0).integers(3, 20, 90).astype(np.int32)
    windows = pack_raw(tokens, Packing(batch=2, time=8))
    stepper = voice.network.step.start([voice.network.conditioning], [0, 0])
    expected = []
    for read, came, weights in zip(
        *(np.concatenate(each) for each in (windows.inputs, windows.targets, windows.weights)),
        strict=True,
    ):
        chances = stepper.advance(read.astype(np.int64))
        expected += [chances[row, came[row]] for row in range(2) if weights[row]]
    assert foretell_stream(voice.network, windows) == pytest.approx(expected)


def test_the_share_of_ngrams_is_the_one_that_takes_off_most_bits():
    network, ngrams = np.random.default_rng(0).uniform(0.01, 1, (2, 500))
    mixture = Mixture(np.stack([network, 0.9 * ngrams]))
    nearby = [mixture.count_bits(share) for share in (mixture.share - 0.05, mixture.share + 0.05)]
    assert 0 < mixture.share < MOST_SHARE
    assert mixture.count_bits(mixture.share) < min(nearby)


def test_ngrams_have_half_of_a_voice_at_most_and_nothing_where_they_help_little():
    better, worse = np.full(9, 0.5), np.full(9, 0.1)
    assert Mixture(np.stack([worse, better])).share == MOST_SHARE
    assert Mixture(np.stack([better, worse])).share == 0
