from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.messages import StoredMessage
from tests.training.tiny_voices import TOKENIZER, VOCAB, build_voice
from training.corpus import TESTING, build_corpus
from training.examinees import Examinee
from training.replies import CHOICES, measure_replies
from training.step import Conditioning, Stack, Stepper
from training.subject import Subject
from training.token_ngram import UNCONDITIONED
from training.voice import LoadedVoice, Network

ASKS, ANSWERS = 1, 2  # authors
LETTERS = "abcdefghijklmnop"


class Echo:
    """Expects the characters of the message before, and hardly any other.

    It hears only what is read under its base's conditioning: what somebody else says.
    """

    states: tuple[str, ...] = ("now", "before")

    def start(self, conditionings: Sequence[Conditioning], rows: Sequence[int]) -> Stepper:
        state = [np.zeros((len(rows), VOCAB), np.float32) for _ in self.states]
        return Stepper(self, Stack(conditionings), np.asarray(rows, np.int64), state)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        now, before, tokens = inputs["now"].copy(), inputs["before"].copy(), inputs["tokens"]
        begun = tokens == TOKENIZER.begin_id
        before[begun], now[begun] = now[begun], 0
        now[np.arange(len(tokens)), tokens] = inputs["rows"]
        chances = 1e-3 + before
        return [(chances / chances.sum(axis=1, keepdims=True)).astype(np.float32), now, before]


def build_echo() -> LoadedVoice:
    echo = Echo()
    own, base = Network(echo, replace(UNCONDITIONED)), Network(echo, replace(UNCONDITIONED))
    return LoadedVoice("@echo", 1, TOKENIZER, own, base, guards=(), stop=None)


def gather(voice: LoadedVoice, *, count: int = 400, answers: int = ANSWERS) -> list[Examinee]:
    """One asks and the other repeats it; the voice is the other's."""
    messages, rng = [], np.random.default_rng(3)
    for number in range(0, count, 2):
        text = "".join(rng.permutation([*LETTERS])[:6])
        for author, second in ((ASKS, number), (answers, number + 1)):
            ts = f"{1_700_000_000 + second}.000100"
            messages.append(StoredMessage(author, 1, ts, None, text))
    return [Examinee(voice, Subject(answers), build_corpus(messages, TESTING))]


def measure(examinees: list[Examinee], seed: int = 1):
    return measure_replies(examinees, seed=seed, on_progress=lambda done: None)


def test_a_voice_that_repeats_what_others_say_knows_the_answers_of_one_who_does():
    replies = measure(gather(build_echo()))
    assert replies.cases == 20
    assert replies.choices == CHOICES
    assert replies.first_by_gain == 1


def test_a_voice_that_knows_nothing_guesses():
    replies = measure(gather(build_voice(), count=2_000))
    assert replies.cases == 100
    assert 0 <= replies.first < 0.3
    assert 0 <= replies.first_by_gain < 0.3


def test_who_goes_on_by_themselves_answers_nobody():
    assert measure(gather(build_echo(), answers=ASKS)) is None


def test_where_there_are_too_few_other_answers_nothing_is_ranked():
    assert measure(gather(build_echo(), count=60)) is None


def test_one_seed_draws_the_same_answers():
    examinees = gather(build_voice())
    assert measure(examinees) == measure(examinees)


def test_progress_goes_from_nothing_to_all():
    seen: list[float] = []
    measure_replies(gather(build_echo()), seed=1, on_progress=seen.append)
    assert (seen[0], seen[-1]) == (0, 1)
