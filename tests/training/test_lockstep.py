"""Several requests written side by side: the same texts, in fewer calls."""

from dataclasses import replace

import numpy as np
import pytest

from storage.keys import Keyring
from tests.training.tiny_voices import LetterTokenizer, build_voice, draw_weights
from training.config import SamplingConfig
from training.ensemble import Ensemble
from training.errors import NothingToSay, UnblendableVoices
from training.generation import CANDIDATES, Job, Request, generate, generate_together
from training.guard import CopyGuard, build_guard
from training.lockstep import run_together
from training.step import StepModel, build_step_graph, fold
from training.voice import LoadedVoice, Network

SAMPLING = SamplingConfig(temperature=1, max_tokens=20)
ADA, BOB = build_voice(1, bias={"end": 1.0}), build_voice(2, bias={"end": 1.0, "<code>": 2.0})
STRANGER = build_voice(3, base_seed=4, bias={"end": 1.0})


class CountingModel(StepModel):
    """Counts its calls and the rows of each."""

    def __init__(self) -> None:
        super().__init__(build_step_graph(draw_weights(), quantize=False))
        self.rows: list[int] = []

    def run(self, inputs):
        self.rows.append(len(inputs["tokens"]))
        return super().run(inputs)


def _job(*voices: LoadedVoice, seed: int = 0, **request: str) -> Job:
    parts = [(voice, 1.0) for voice in voices]
    return Job(parts, Request(**request), SAMPLING, np.random.default_rng(seed))  # type: ignore[arg-type]


def _alone(job: Job, seed: int):
    rng = np.random.default_rng(seed)
    return generate(job.parts, job.request, job.sampling, rng=rng, candidates=job.candidates)


def _together(jobs: list[Job]):
    outcomes = dict(generate_together(jobs))
    return [outcomes[number] for number in range(len(jobs))]


def _guard(message: str) -> tuple[CopyGuard, ...]:
    keyring = Keyring(bytes(32))
    return (CopyGuard(build_guard([(1, message)], keyring), keyring),)


def _spread(model: StepModel, *voices: LoadedVoice) -> list[LoadedVoice]:
    """Let voices of one base use this copy of its graph."""
    base = Network(model, voices[0].base.conditioning)
    return [
        replace(voice, network=Network(model, voice.network.conditioning), base=base)
        for voice in voices
    ]


def test_every_request_gets_the_text_that_it_gets_alone():
    stream = replace(
        build_voice(5, bias={"\n": 2.0}),
        tokenizer=LetterTokenizer(is_stream=True),
        stop="\n",
        base=None,
    )
    wanted = [
        ((ADA,), {}),
        ((BOB,), {"prompt": "lunch at"}),
        ((ADA, BOB), {"reply_to": "where?"}),
        ((STRANGER,), {"length": "thread"}),
        ((ADA,), {"length": "story"}),
        ((stream,), {}),
        ((ADA,), {"prompt": "so", "reply_to": "no!", "length": "thread"}),
    ]
    jobs = [_job(*voices, seed=n, **asked) for n, (voices, asked) in enumerate(wanted)]
    jobs = [replace(job, candidates=1 + 5 * n) for n, job in enumerate(jobs)]
    alone = [_alone(job, seed) for seed, job in enumerate(jobs)]
    together = _together(jobs)
    assert [each.text for each in together] == [each.text for each in alone]
    assert [each.score for each in together] == pytest.approx([each.score for each in alone])


def test_rows_of_all_requests_are_read_by_one_call_a_step():
    model = CountingModel()
    ada, bob = _spread(model, ADA, BOB)
    voices = [ada, bob, ada]
    calls = []
    for seed, voice in enumerate(voices):
        model.rows.clear()
        generate([(voice, 1.0)], Request(), SAMPLING, rng=np.random.default_rng(seed))
        calls.append(len(model.rows))
    model.rows.clear()
    _together([_job(voice, seed=seed) for seed, voice in enumerate(voices)])
    assert len(model.rows) == max(calls)
    assert model.rows[0] == 6  # the begin token: three texts, read by a voice and a base each
    assert model.rows[1] == 3 * CANDIDATES  # what is drawn, the bases do not read along


def test_a_request_that_fails_leaves_the_others_their_texts():
    silent = build_voice(bias={" ": 60.0})
    jobs = [_job(ADA), _job(silent), _job(ADA, STRANGER), _job(BOB, seed=3)]
    first, nothing, unblendable, last = _together(jobs)
    assert isinstance(nothing, NothingToSay)
    assert isinstance(unblendable, UnblendableVoices)
    assert first == _alone(jobs[0], 0)
    assert last == _alone(jobs[3], 3)


def test_a_text_comes_as_soon_as_it_is_written():
    short = replace(SAMPLING, max_tokens=2)
    jobs = [_job(ADA, length="story"), replace(_job(BOB), sampling=short), _job(ADA)]
    order = [number for number, _ in generate_together(jobs)]
    assert order[0] == 1
    assert order[-1] == 0


def test_a_copy_is_drawn_more_boldly_while_the_others_go_on():
    message = "the ferry was late again so we all stood in the rain and counted gulls"
    copier = replace(ADA, guards=_guard(message))
    jobs = [replace(_job(copier, prompt=message), boldness=(0.0, 0.5)), _job(BOB, seed=1)]
    copied, other = _together(jobs)
    assert copied.is_refused
    assert other == _alone(jobs[1], 1)
    assert copied != _alone(jobs[0], 0)  # which is not drawn again


def test_with_enough_that_can_be_used_the_others_are_not_drawn_again():
    model = CountingModel()
    (bob,) = _spread(model, build_voice(2, bias={"end": 2.0, "<code>": 2.5}))
    rows = []
    for enough in (None, 1):
        model.rows.clear()
        ((_, utterance),) = generate_together([replace(_job(bob), enough=enough)])
        assert "<code>" not in utterance.text
        rows.append(sum(model.rows))
    assert rows[1] < rows[0]


def test_nothing_asked_for_is_nothing_done():
    assert _together([]) == []


def test_works_of_different_lengths_end_in_their_own_time():
    model = CountingModel()
    ada, bob = _spread(model, ADA, BOB)

    def read(voice: LoadedVoice, tokens: list[int]):
        ensemble = Ensemble([(voice, 1.0)], with_bases=False)
        for token in tokens:
            yield ensemble, np.array([token])
        return ensemble.predict()

    texts = [[1, 5, 9, 4], [1], [], [1, 7]]
    voices = [ada, bob, ada, bob]
    works = [read(voice, text) for voice, text in zip(voices, texts, strict=True) if text]
    read_together = run_together(works)
    assert model.rows == [3, 2, 1, 1]
    for voice, text, scores in zip(
        [ada, bob, bob], filter(None, texts), read_together, strict=True
    ):
        alone = Ensemble([(voice, 1.0)], with_bases=False)
        alone.read(text)
        np.testing.assert_allclose(scores, alone.predict(), atol=1e-5)


def test_integer_products_say_nearly_always_the_same_together():
    weights = draw_weights()
    model = StepModel(build_step_graph(weights, quantize=True))
    base = Network(model, fold(weights))
    voices = [
        replace(voice, network=Network(model, voice.network.conditioning), base=base)
        for voice in (ADA, BOB)
    ]
    jobs = [_job(voices[seed % 2], seed=seed) for seed in range(12)]
    alone = [_alone(job, seed).text for seed, job in enumerate(jobs)]
    together = [each.text for each in _together(jobs)]
    assert sum(map(str.__eq__, alone, together)) >= 11
