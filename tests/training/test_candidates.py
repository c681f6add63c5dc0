import math
import string
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.training.tiny_voices import PLACEHOLDERS, LetterTokenizer, build_voice
from training.candidates import Candidate, Drawing, Plan
from training.config import SamplingConfig
from training.ensemble import Ensemble
from training.form import Form
from training.lexicon import Lexicon, find_words
from training.lockstep import run_together
from training.spelling import Speller
from training.voice import LoadedVoice

TOKENIZER = LetterTokenizer()
FORM = Form(TOKENIZER, None)
A, TICK, END = TOKENIZER.id_of("a"), TOKENIZER.id_of("!"), 2
LETTERS = Lexicon.of(string.ascii_lowercase)
PAIRS = Lexicon.of(f"{first}{second}" for first in "aeiouq" for second in "bcdfghu")


def _write(*tokens: int) -> Candidate:
    candidate = Candidate()
    for token in tokens:
        candidate.add(token, -0.5, FORM)
    return candidate


def test_an_end_token_ends_a_message_and_the_next_one_begins():
    candidate = _write(A, A, END, A)
    assert candidate.messages == [[A, A, END], [A]]
    assert candidate.is_between
    assert (candidate.tokens, candidate.log_chance) == (4, -2.0)


def _read_alone(voice: LoadedVoice, candidate: Candidate) -> float:
    """The log-probability of a message by itself, one token after the other."""
    alone = Ensemble([(voice, 1.0)], with_bases=False)
    log_chance, before = 0.0, 1
    for token in candidate.messages[0]:
        alone.read([before])
        log_chance += math.log(alone.predict()[0, token])
        before = token
    return log_chance


@pytest.mark.parametrize(
    ("tokens", "is_done"),
    [([A], False), ([A, END], True), ([A] * 9, False), ([A] * 10, True)],
)
def test_a_message_is_done_at_its_end_or_cut_off(tokens: list[int], is_done: bool):
    plan = Plan.make("message", 10, np.random.default_rng(0))
    assert plan.is_done(_write(*tokens)) == is_done


def test_a_thread_is_done_with_its_last_message():
    plan = Plan.make("thread", 10, np.random.default_rng(0))
    messages = int(plan.messages)
    assert 3 <= messages <= 6
    assert not plan.is_done(_write(*[A, END] * (messages - 1), A))
    assert plan.is_done(_write(*[A, END] * messages))


def test_a_story_is_done_with_the_first_message_past_most_of_its_tokens():
    plan = Plan.make("story", 10, np.random.default_rng(0))
    assert not plan.is_done(_write(*[A, END] * 19))
    assert not plan.is_done(_write(*[A, END] * 19, A, A, A))
    assert plan.is_done(_write(*[A, END] * 19, A, A, A, END))
    assert plan.is_done(_write(*[A] * 50))


def begin_short_texts(**bias: float) -> tuple[LoadedVoice, Ensemble, Drawing]:
    """A voice whose texts end early, where it begins, and how they are drawn."""
    voice = build_voice(bias={"end": 2.0, **bias})
    ensemble = Ensemble([(voice, 1.0)], with_bases=True)
    ensemble.read([1])
    rng = np.random.default_rng(0)
    plan = Plan.make("message", 40, rng)
    return voice, ensemble, Drawing(FORM, plan, SamplingConfig(temperature=1), rng)


def test_texts_that_end_early_leave_the_others_as_they_are():
    voice, ensemble, drawing = begin_short_texts()
    (candidates,) = run_together([drawing.draw(ensemble, count=12)])
    assert len({candidate.tokens for candidate in candidates}) > 3
    for candidate in candidates:
        assert candidate.log_chance == pytest.approx(_read_alone(voice, candidate), abs=1e-3)


def test_another_text_is_drawn_in_the_place_of_one_that_cannot_be_used():
    voice, ensemble, drawing = begin_short_texts()
    waiting = []

    class Demanding:
        def take(self, candidate: Candidate, others: int) -> int:
            waiting.append(others)
            return int(len(candidate.messages[0]) > 2)

        def is_settled(self, running: Sequence[Candidate]) -> bool:
            return False

    (drawn,) = run_together([drawing.draw(ensemble, count=6, jury=Demanding())])
    lengths = [len(each.messages[0]) for each in drawn]
    assert sum(length <= 2 for length in lengths) == 6 < len(lengths) == len(waiting)
    assert waiting[-1] == 0
    for candidate in drawn:
        assert candidate.log_chance == pytest.approx(_read_alone(voice, candidate), abs=1e-3)


def test_as_many_texts_begin_as_are_asked_for():
    voice, ensemble, drawing = begin_short_texts()
    asked = iter([3, 0, 2])

    class Greedy:
        def take(self, candidate: Candidate, others: int) -> int:
            return next(asked, 0)

        def is_settled(self, running: Sequence[Candidate]) -> bool:
            return False

    (drawn,) = run_together([drawing.draw(ensemble, count=4, jury=Greedy())])
    assert len(drawn) == 4 + 3 + 2
    for candidate in drawn:
        assert candidate.log_chance == pytest.approx(_read_alone(voice, candidate), abs=1e-3)


@pytest.mark.parametrize("temperature", [0.3, 1.6])
def test_a_message_ends_as_often_as_the_voice_ends_it_at_any_temperature(temperature: float):
    _, _, drawing = begin_short_texts()
    chances = np.full((4_000, TOKENIZER.vocab_size), 0.8 / (TOKENIZER.vocab_size - 2), np.float32)
    chances[:, A], chances[:, END] = 0.18, 0.02  # far less likely than another token
    drawing = replace(drawing, sampling=SamplingConfig(temperature=temperature, min_p=0.5))
    tokens = drawing._draw(chances, [_write(A)] * len(chances), empty=[])
    assert np.mean(tokens == END) == pytest.approx(0.02, abs=0.01)
    assert set(tokens.tolist()) == {A, END}


def test_a_message_that_has_not_begun_does_not_end():
    _, _, drawing = begin_short_texts()
    chances = np.full((400, TOKENIZER.vocab_size), 0.001, np.float32)
    chances[:, END] = 1
    texts = [Candidate() for _ in chances]
    assert END not in drawing._draw(chances, texts, empty=list(range(400)))


class TickTokenizer(LetterTokenizer):
    """Has a backtick in the place of an exclamation mark."""

    def encode(self, text: str) -> list[int]:
        return super().encode(text.replace("`", "!"))

    def decode(self, ids: Sequence[int]) -> str:
        return super().decode(ids).replace("!", "`")


def test_a_message_ends_its_code_before_it_ends():
    _, _, drawing = begin_short_texts()
    speller = Speller([[LETTERS]], [])
    drawing = replace(drawing, form=Form(TickTokenizer(), None), speller=speller)
    chances = np.full((4, TOKENIZER.vocab_size), 1e-9, np.float32)
    chances[:, END], chances[:, A] = 1, 1e-6
    texts = [_write(TICK, A), _write(TICK, A, TICK), _write(A, TICK), _write(A, END, TICK)]
    assert drawing._draw(chances, texts, empty=[]).tolist() == [TICK, END, END, TICK]
    prompted = replace(drawing, prompt=[TICK])
    assert prompted._draw(chances, texts, empty=[]).tolist() == [END, END, END, TICK]


def test_without_temperature_a_message_ends_where_its_end_is_likeliest():
    _, _, drawing = begin_short_texts()
    chances = np.full((2, TOKENIZER.vocab_size), 0.01, np.float32)
    chances[:, END], chances[1, A] = 0.4, 0.5
    greedy = replace(drawing, sampling=SamplingConfig(temperature=0))
    assert greedy._draw(chances, [_write(A)] * 2, empty=[]).tolist() == [END, A]


def draw_words(**bias: float) -> tuple[LoadedVoice, list[Candidate]]:
    """Let a voice that writes short words draw texts of words of two lexicons."""
    voice, ensemble, drawing = begin_short_texts(**bias)
    drawing = replace(drawing, speller=Speller([[LETTERS, PAIRS]], []))
    (drawn,) = run_together([drawing.draw(ensemble, count=12)])
    return voice, drawn


def test_a_word_that_nobody_wrote_is_drawn_anew_from_where_it_began():
    voice, drawn = draw_words(**{" ": 4.0})
    words = {word for each in drawn for word in find_words(FORM.write(each.messages[0]))}
    assert len(words) > 3
    assert not PAIRS.find_new(LETTERS.find_new(words))
    for candidate in drawn:
        assert candidate.tokens == len(candidate.messages[0])
        assert candidate.log_chance == pytest.approx(_read_alone(voice, candidate), abs=1e-3)


def test_a_voice_that_knows_none_of_its_words_comes_to_an_end():
    _, ensemble, drawing = begin_short_texts(
        **dict.fromkeys(["\n", *" .,!?", *PLACEHOLDERS], -60.0)
    )
    drawing = replace(drawing, speller=Speller([[Lexicon.of(["kettle"])]], []))
    (drawn,) = run_together([drawing.draw(ensemble, count=3)])
    assert [each.messages[0][-1] for each in drawn] == [END, END, END]


def test_the_last_word_of_a_prompt_is_finished_with_a_known_one():
    _, ensemble, drawing = begin_short_texts(**{" ": 4.0})
    ensemble.read([prompt := TOKENIZER.id_of("q")])
    drawing = replace(drawing, prompt=[prompt], speller=Speller([[PAIRS, LETTERS]], []))
    (drawn,) = run_together([drawing.draw(ensemble, count=12)])
    begun = {FORM.write([prompt, *each.messages[0]]).split()[0] for each in drawn}
    assert len(begun) > 1
    assert not PAIRS.find_new(LETTERS.find_new(find_words(" ".join(begun))))
