from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from storage.keys import Keyring
from tests.training.tiny_voices import TOKENIZER, LetterTokenizer, build_voice, draw_weights
from training.candidates import Candidate, Drawing, Plan
from training.config import FAITHFUL, SamplingConfig
from training.ensemble import Ensemble
from training.errors import NothingToSay, UnblendableVoices
from training.form import Form
from training.generation import (
    Job,
    Request,
    Utterance,
    _Review,
    choose_sampling,
    generate,
)
from training.guard import CopyGuard, build_guard
from training.lexicon import Lexicon, find_words
from training.lockstep import run_together
from training.scoring import score_bits
from training.step import fold
from training.voice import LoadedVoice, Network

GREEDY = SamplingConfig(temperature=0, max_tokens=20)
DRAWN = SamplingConfig(temperature=1, max_tokens=20)
TALKATIVE = {"end": -4.0, "<code>": -20.0}


def _say(
    voice: LoadedVoice, *, seed: int = 0, sampling: SamplingConfig = DRAWN, **request: str
) -> Utterance:
    rng = np.random.default_rng(seed)
    return generate([(voice, 1.0)], Request(**request), sampling, rng=rng)  # type: ignore[arg-type]


def _guard(*texts: str) -> tuple[CopyGuard, ...]:
    keyring = Keyring(bytes(32))
    return (CopyGuard(build_guard([(1, text) for text in texts], keyring), keyring),)


def _count_messages(text: str) -> int:
    return len([line for line in text.split("\n") if line.strip()])


def test_the_same_seed_says_the_same():
    voice = build_voice(bias=TALKATIVE)
    assert _say(voice, seed=3) == _say(voice, seed=3)
    assert len({_say(voice, seed=seed).text for seed in range(4)}) > 1


def test_greedy_sampling_needs_no_luck():
    voice = build_voice(bias=TALKATIVE)
    assert _say(voice, seed=1, sampling=GREEDY) == _say(voice, seed=2, sampling=GREEDY)


def test_a_voice_that_would_rather_be_silent_still_says_something():
    voice = build_voice(bias={"end": 30.0})
    texts = [_say(voice, seed=seed).text for seed in range(5)]
    assert all(len(TOKENIZER.encode(text)) == 1 and text.strip() for text in texts)


def test_a_voice_that_writes_only_white_space_is_told_to_the_user():
    voice = build_voice(bias={" ": 60.0})
    with pytest.raises(NothingToSay, match="@ada"):
        _say(voice)


def test_a_text_begins_with_its_prompt_and_goes_on():
    text = _say(build_voice(bias={"end": 30.0}), prompt="lunch at").text
    assert text.startswith("lunch at")
    assert len(text) > len("lunch at")


def test_a_space_after_the_prompt_is_left_to_the_next_word():
    voice = build_voice(bias=TALKATIVE)
    assert _say(voice, prompt="lunch ") == _say(voice, prompt="lunch")


def test_the_message_that_is_answered_changes_the_answer():
    voice = build_voice(bias=TALKATIVE)
    assert len({_say(voice, reply_to=reply).score for reply in ("", "where?", "no!")}) == 3


def test_the_message_that_is_answered_is_heard_by_the_base_and_answered_by_the_voice():
    voice = build_voice(bias=TALKATIVE)
    stepper = voice.network.step.start([voice.base.conditioning, voice.network.conditioning], [0])
    for token in [1, *TOKENIZER.encode("where?"), 2]:
        stepper.advance(np.array([token]))
    stepper.assign([1])
    chances = stepper.advance(np.array([TOKENIZER.begin_id]))[0]
    chances[:3] = 0
    first = TOKENIZER.decode([chances.argmax()])
    assert _say(voice, sampling=GREEDY, reply_to="where?").text.startswith(first)


@pytest.mark.parametrize(("level", "tokens"), [("subword", 7), ("char", 28)])
def test_a_message_has_no_more_tokens_than_asked_for_and_four_times_as_many_characters(
    level: str, tokens: int
):
    voice = build_voice(bias={"end": -60.0, "<code>": -60.0, "<user>": -60.0})
    spelled = type("Tokenizer", (LetterTokenizer,), {"level": level})()
    voice = replace(voice, tokenizer=spelled)
    assert len(_say(voice, sampling=SamplingConfig(max_tokens=7)).text) == tokens


def test_a_thread_is_three_to_six_messages():
    voice = build_voice(bias={"end": 2.0, "\n": -60.0, " ": -60.0})
    counts = {_count_messages(_say(voice, seed=s, length="thread").text) for s in range(12)}
    assert counts <= {3, 4, 5, 6}
    assert len(counts) > 1


def test_a_story_is_one_long_text_whose_messages_are_lines():
    voice = build_voice(
        bias={"end": 1.0, "\n": -60.0, " ": -60.0, "<code>": -60.0, "<user>": -60.0}
    )
    text = _say(voice, length="story").text
    tokens = len(text) + 1  # the last message may end, too
    assert 4 * DRAWN.max_tokens <= tokens <= 5 * DRAWN.max_tokens + 1
    assert _count_messages(text) > 1


def test_placeholders_that_no_reader_may_see_are_drawn_again():
    voice = build_voice(bias={"<code>": 2.0, "end": 2.0})
    texts = [_say(voice, seed=seed).text for seed in range(5)]
    assert not any("<code>" in text for text in texts)


def test_a_placeholder_in_the_prompt_does_not_spoil_the_text():
    voice = build_voice(bias={"<code>": 2.0, "end": 2.0})
    text = _say(voice, prompt="see <code>").text
    assert text.startswith("see <code>")
    assert text.count("<code>") == 1


def test_an_answer_comes_even_where_nothing_can_be_used():
    assert "<code>" in _say(build_voice(bias={"<code>": 60.0})).text


def test_a_copy_is_not_said():
    quiet = build_voice(bias={"a": 20.0, "b": 19.0, "end": 30.0})
    free, guarded = (
        [_say(each, seed=seed) for seed in range(8)]
        for each in (quiet, replace(quiet, guards=_guard("b")))
    )
    assert "b" in {utterance.text for utterance in free}
    assert {(utterance.text, utterance.is_refused) for utterance in guarded} == {("a", False)}


def test_where_all_are_copies_the_least_one_is_said_and_marked():
    message = "the ferry was late again so we all stood in the rain and counted gulls"
    voice = replace(build_voice(bias=TALKATIVE), guards=_guard(message))
    utterance = _say(voice, prompt=message)
    assert utterance.is_refused
    assert len(message) / len(utterance.text) <= utterance.overlap < 1


def test_each_message_of_a_thread_is_judged():
    quiet = build_voice(bias={"a": 20.0, "b": 20.0, "end": 18.0, "<code>": -60.0})
    heard = _say(quiet, length="thread").text.split("\n")
    guarded = replace(quiet, guards=_guard(*heard))
    assert not set(_say(guarded, length="thread").text.split("\n")) & set(heard)


def test_the_guards_of_every_part_of_a_blend_judge():
    quiet = build_voice(bias={"a": 20.0, "b": 19.0, "end": 30.0})
    parts = [(quiet, 1.0), (replace(quiet, guards=_guard("b")), 1.0)]
    rng = np.random.default_rng(0)
    assert {generate(parts, Request(), DRAWN, rng=rng).text for _ in range(8)} == {"a"}


def test_the_score_is_the_mean_gain_over_the_base():
    voice = build_voice()
    utterance = _say(voice, sampling=SamplingConfig(max_tokens=1_000))
    base = replace(voice, network=voice.base, base=None)
    bits = [score_bits([(each, 1.0)], [utterance.text])[0] for each in (base, voice)]
    tokens = len(TOKENIZER.encode(utterance.text)) + 1
    assert utterance.score == pytest.approx((bits[0] - bits[1]) * np.log(2) / tokens, rel=1e-3)


def test_more_candidates_are_more_like_the_voice():
    voice, rng = build_voice(bias=TALKATIVE), np.random.default_rng(0)

    def mean_score(candidates: int) -> float:
        parts = [(voice, 1.0)]
        said = [
            generate(parts, Request(), DRAWN, rng=rng, candidates=candidates) for _ in range(12)
        ]
        return float(np.mean([utterance.score for utterance in said]))

    assert mean_score(16) > mean_score(1)


def test_a_voice_without_a_base_has_no_score():
    assert _say(replace(build_voice(bias=TALKATIVE), base=None)).score == 0


def test_without_intensity_a_voice_speaks_like_its_base():
    voice = build_voice(bias=TALKATIVE)
    base = replace(voice, network=voice.base, base=None)
    plain = SamplingConfig(temperature=0, intensity=0, max_tokens=20)
    assert _say(voice, sampling=plain).text == _say(base, sampling=GREEDY).text
    assert _say(voice, sampling=GREEDY).text != _say(base, sampling=GREEDY).text


def test_a_blend_lies_between_its_voices():
    ada, bob = build_voice(1, bias={"a": 12.0}), build_voice(2, bias={"b": 12.0})
    rng = np.random.default_rng(0)
    text = generate([(ada, 1.0), (bob, 1.0)], Request(), DRAWN, rng=rng).text
    assert {"a", "b"} <= set(text)


def test_a_blend_of_a_voice_with_itself_speaks_like_it():
    voice = build_voice(bias=TALKATIVE)
    blended = generate(
        [(voice, 2.0), (voice, 1.0)], Request(), GREEDY, rng=np.random.default_rng(0)
    )
    assert blended.text == _say(voice, sampling=GREEDY).text


def test_voices_of_different_vocabularies_are_named():
    other = LetterTokenizer()
    other._pieces[5] = "ß"
    bob = replace(build_voice(2), label="@bob", tokenizer=other)
    with pytest.raises(UnblendableVoices, match="@ada and @bob"):
        generate([(build_voice(), 1.0), (bob, 1.0)], Request(), DRAWN, rng=np.random.default_rng(0))


def test_voices_of_different_bases_are_named():
    bob = replace(build_voice(2, base_seed=3), label="@bob")
    with pytest.raises(UnblendableVoices, match="@ada and @bob"):
        generate([(build_voice(), 1.0), (bob, 1.0)], Request(), DRAWN, rng=np.random.default_rng(0))


def _build_stream(bias: dict[str, float], *, stop: str | None = "\n") -> LoadedVoice:
    voice = build_voice(bias=bias)
    return replace(voice, tokenizer=LetterTokenizer(is_stream=True), stop=stop, base=None)


def test_a_raw_stream_ends_a_message_at_its_stop():
    voice = _build_stream({"\n": 2.0, "<code>": -60.0})
    texts = [_say(voice, seed=seed).text for seed in range(6)]
    assert all(text.strip() and "\n" not in text for text in texts)
    assert min(map(len, texts)) < DRAWN.max_tokens


def test_a_raw_stream_may_need_two_line_breaks_to_stop():
    voice = _build_stream({"\n": 2.0, "<code>": -60.0}, stop="\n\n")
    texts = [_say(voice, seed=seed).text for seed in range(12)]
    assert not any("\n\n" in text.strip("\n") for text in texts)
    assert any("\n" in text for text in texts)


def test_a_raw_stream_without_a_stop_uses_all_its_tokens():
    voice = _build_stream({"\n": -60.0, "<code>": -60.0, "<user>": -60.0}, stop=None)
    assert len(_say(voice, prompt="once ").text) == len("once") + DRAWN.max_tokens


def test_a_thread_of_a_raw_stream_has_its_stops_between_messages():
    voice = _build_stream({"\n": 2.0, "<code>": -60.0, " ": -60.0})
    assert 3 <= _count_messages(_say(voice, length="thread").text) <= 6


def test_a_raw_stream_and_a_voice_of_messages_blend():
    stream = _build_stream({"a": 9.0})
    ada = build_voice(bias={"b": 9.0, "end": 2.0})
    rng = np.random.default_rng(0)
    for parts in ([(stream, 1.0), (ada, 1.0)], [(ada, 1.0), (stream, 1.0)]):
        assert generate(parts, Request(), DRAWN, rng=rng).text


def test_a_voice_with_a_graph_of_its_own_is_scored_against_its_base():
    voice = build_voice(bias=TALKATIVE)
    weights = draw_weights(5)
    own = Network(build_voice(base_seed=5).network.step, fold(weights))
    assert _say(replace(voice, network=own)).score != 0


def test_messages_begin_as_often_alike_as_the_voice_begins_them():
    voice = build_voice(bias={"a": 6.0, "end": 4.0})
    rng = np.random.default_rng(0)
    ensemble = Ensemble([(voice, 1.0)], with_bases=False)
    ensemble.read([TOKENIZER.begin_id])
    chances = ensemble.predict()[0]
    likely = chances[TOKENIZER.id_of("a")] / (1 - chances[TOKENIZER.end_id])
    assert 0.3 < likely < 0.9
    sampling = SamplingConfig(temperature=0.8, max_tokens=3)
    plan = Plan.make("message", 3, rng)
    drawing = Drawing(Form(TOKENIZER, None), plan, sampling, rng)
    (drawn,) = run_together([drawing.draw(ensemble, count=1_000)])
    begun = np.mean([each.messages[0][0] == TOKENIZER.id_of("a") for each in drawn])
    assert begun == pytest.approx(likely, abs=0.05)


@pytest.mark.slow
def test_lengths_are_those_that_are_drawn_not_those_that_score_best():
    voice = build_voice(bias={"a": 3.0, "end": 1.0})
    rng = np.random.default_rng(0)
    parts, sampling = [(voice, 1.0)], SamplingConfig(temperature=1, min_p=0, max_tokens=40)
    chosen = [
        len(generate(parts, Request(), sampling, rng=rng, candidates=16).text) for _ in range(120)
    ]
    alone = [
        len(generate(parts, Request(), sampling, rng=rng, candidates=1).text) for _ in range(400)
    ]
    assert np.mean(chosen) == pytest.approx(np.mean(alone), rel=0.25)


def test_a_word_again_and_again_is_drawn_anew():
    job = Job([(build_voice(), 1.0)], Request(), DRAWN, np.random.default_rng(0))
    review = _Review(job, Form(TOKENIZER, None), [], most=4)
    texts = ["no no no no", "no no no", "no no no no"]
    drawn = [Candidate([TOKENIZER.encode(text)], tokens=9) for text in texts]
    assert [review.take(each, 1) for each in drawn] == [2, 0, 0]
    assert [judged.text for judged in review.usable] == ["no no no"]


def test_with_enough_under_way_nothing_is_drawn_anew():
    job = Job([(build_voice(), 1.0)], Request(), DRAWN, np.random.default_rng(0), candidates=3)
    review = _Review(job, Form(TOKENIZER, None), [], most=12)
    spoiled = Candidate([TOKENIZER.encode("no no no no")], tokens=9)
    assert [review.take(spoiled, running) for running in (3, 2)] == [0, 2]


def test_where_few_can_be_used_more_are_drawn_at_once_up_to_a_limit():
    job = Job([(build_voice(), 1.0)], Request(), DRAWN, np.random.default_rng(0), candidates=16)
    spoiled = Candidate([TOKENIZER.encode("no no no no")], tokens=9)
    review = _Review(job, Form(TOKENIZER, None), [], most=64)
    begun = [review.take(spoiled, 15) for _ in range(12)]
    assert begun == sorted(begun)
    assert 1 <= begun[0] < begun[-1]
    assert review.take(spoiled, 51) == 0


def test_what_can_only_be_too_long_is_not_waited_for():
    job = Job([(build_voice(), 1.0)], Request(), DRAWN, np.random.default_rng(0), candidates=4)
    short, long = (Candidate([TOKENIZER.encode("a" * n)], tokens=n) for n in (2, 9))
    for luck, is_settled in ((0.0, True), (0.3, False)):
        review = _Review(job, Form(TOKENIZER, None), [], most=16)
        review._luck = luck
        review.take(short, 3)
        assert review.is_settled([long, long, long]) == is_settled
        assert not review.is_settled([long, Candidate(), long])
        if is_settled:
            assert [judged.text for judged in review.pick()] == ["aa"]


class _ByteTokenizer(LetterTokenizer):
    """One of its tokens is a byte that makes no character by itself."""

    def decode(self, ids: Sequence[int]) -> str:
        return super().decode(ids).replace("e", "\ufffd")


def test_bytes_that_make_no_character_are_not_said():
    voice = replace(build_voice(bias={"e": 2.0, "end": 2.0}), tokenizer=_ByteTokenizer())
    texts = [_say(voice, seed=seed).text for seed in range(10)]
    assert all(text.strip() and "\ufffd" not in text for text in texts)


BRIEF = {"end": 4.0}  # mostly one letter
KNOWN = Lexicon.of(["a e i o u", "b c d f g h k l m n"])


def test_words_that_nobody_wrote_are_not_said():
    voice = replace(build_voice(bias=BRIEF), lexicons=(KNOWN,))
    said = {word for seed in range(30) for word in find_words(_say(voice, seed=seed).text)}
    assert said
    assert not KNOWN.find_new(said)
    free = replace(voice, lexicons=())
    assert KNOWN.find_new(find_words(" ".join(_say(free, seed=seed).text for seed in range(30))))


def test_a_voices_own_words_count_beside_those_of_its_base():
    own = Lexicon.of(["v w x y z"])
    voice = replace(build_voice(bias=BRIEF), lexicons=(KNOWN, own))
    said = {word for seed in range(60) for word in find_words(_say(voice, seed=seed).text)}
    assert own.find_new(said) < said
    assert not own.find_new(KNOWN.find_new(said))


def test_what_was_asked_with_new_words_may_be_answered_with_them():
    voice = replace(build_voice(bias={"end": 30.0}), lexicons=(KNOWN,))
    assert _say(voice, prompt="zyx, ").text.startswith("zyx,")


def test_a_voice_that_knows_no_word_it_could_say_still_speaks():
    voice = replace(build_voice(bias=BRIEF), lexicons=(Lexicon.of(["kettle"]),))
    assert _say(voice).text.strip()


def test_one_voice_of_a_blend_without_a_lexicon_sets_the_other_free():
    knowing, free = replace(build_voice(bias=BRIEF), lexicons=(KNOWN,)), build_voice(2, bias=BRIEF)
    assert choose_sampling([(knowing, 1.0)]) == FAITHFUL
    assert choose_sampling([(knowing, 1.0), (free, 1.0)]) == SamplingConfig()
    texts = [
        generate(
            [(knowing, 1.0), (free, 1.0)], Request(), DRAWN, rng=np.random.default_rng(seed)
        ).text
        for seed in range(30)
    ]
    assert KNOWN.find_new(find_words(" ".join(texts)))
