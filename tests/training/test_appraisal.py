from dataclasses import replace

import numpy as np
import pytest

from tests.training.tiny_voices import build_voice, draw_weights
from training.appraisal import appraise
from training.candidates import Candidate
from training.ensemble import Ensemble
from training.lockstep import run_together
from training.reader import Reader, build_reading_graph
from training.step import fold
from training.voice import LoadedVoice

BEGIN = 1
MESSAGES = [[[5, 9, 2], []], [[4, 2], [6, 7, 8]], [[9]], [[5, 2], [3, 2], [4, 5, 6, 2], []]]


def _candidates() -> list[Candidate]:
    return [Candidate(each, tokens=sum(map(len, each)), log_chance=-4.0) for each in MESSAGES]


def _voices() -> tuple[LoadedVoice, LoadedVoice]:
    """The same voice, without and with a reading graph of its base."""
    voice, weights = build_voice(), draw_weights()
    reader = Reader(build_reading_graph(weights, fold(weights), quantize=False))
    return voice, replace(voice, base=replace(voice.base, reader=reader))


def _appraise(*voices: LoadedVoice, begin_id: int | None = BEGIN) -> list[float]:
    start = Ensemble([(voice, 1.0) for voice in voices], with_bases=True)
    start.read([BEGIN, 7])
    (scores,) = run_together([appraise(start, _candidates(), begin_id=begin_id)])
    return scores


def _expect(voice: LoadedVoice, candidate: Candidate, *, begin_id: int | None) -> float:
    """One token after the other; begin tokens are read and not counted."""
    stepper = voice.base.step.start([voice.base.conditioning], [0])
    stepper.advance(np.array([BEGIN]))
    chances, by_base = stepper.advance(np.array([7])), 0.0
    for number, message in enumerate(each for each in candidate.messages if each):
        if number and begin_id is not None:
            chances = stepper.advance(np.array([begin_id]))
        for token in message:
            by_base += float(np.log(chances[0, token]))
            chances = stepper.advance(np.array([token]))
    return (candidate.log_chance - by_base) / candidate.tokens


@pytest.mark.parametrize("begin_id", [BEGIN, None])
def test_a_score_is_the_mean_gain_over_the_base_however_the_base_reads(begin_id: int | None):
    for voice in _voices():
        expected = [_expect(voice, each, begin_id=begin_id) for each in _candidates()]
        assert _appraise(voice, begin_id=begin_id) == pytest.approx(expected, abs=1e-3)


def test_a_blend_on_one_base_is_compared_with_it():
    by_steps, at_once = _voices()
    for voice in (by_steps, at_once):
        other = replace(build_voice(2), base=voice.base)
        assert _appraise(voice, other) == pytest.approx(_appraise(voice), abs=1e-3)


def test_what_stands_on_nothing_has_no_score():
    assert _appraise(replace(build_voice(), base=None)) == [0.0] * len(MESSAGES)
