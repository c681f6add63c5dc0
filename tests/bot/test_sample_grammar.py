"""The template language of the sample workspace."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sample.grammar import Dealer, parse, parse_options
from bot.sample.speech import Speech

PLAIN = st.text(st.characters(exclude_characters="{}"), max_size=60)


def expand(*options: str, facts: dict[str, str] | None = None, **symbols: list[str]) -> str:
    table = {name: parse_options(texts) for name, texts in {**symbols, "text": options}.items()}
    return Dealer(random.Random(1)).expand("text", table, facts or {})


def say(text: str, **habits: object) -> str:
    phrases = {"habits": {"case": "as-is", **habits}, "words": {"open": [text]}}
    return Speech(phrases, random.Random(1)).say("open", topic="", facts={})


@given(PLAIN)
def test_text_without_braces_stands_for_itself(text):
    assert "".join(str(part) for part in parse(text)) == text


@given(PLAIN, st.sampled_from(["{", "}", "{a|", "{a|{b}", "a}}"]), PLAIN)
def test_unbalanced_braces_are_refused(before, braces, after):
    with pytest.raises(ValueError, match="brace"):
        parse(before + braces + after)


def test_symbols_choices_and_numbers_nest():
    assert expand("{who} {has {07..07}|} {x}", who=["Otto"], x=["{y}"], y=["pears"]) in {
        "Otto has 07 pears",
        "Otto  pears",
    }


def test_a_bar_outside_of_braces_is_a_bar():
    assert expand("a|b") == "a|b"


def test_a_fact_goes_before_a_symbol_of_the_same_name():
    assert expand("{dish}", facts={"dish": "soup"}, dish=["pie"]) == "soup"


def test_an_unknown_symbol_is_an_error():
    with pytest.raises(KeyError):
        expand("{nobody}")


def test_every_option_is_dealt_as_often_as_its_weight_before_any_repeats():
    dealer, symbols = Dealer(random.Random(1)), {"text": parse_options(["3* a", "b"])}
    for _ in range(5):
        deal = Counter(dealer.expand("text", symbols, {}) for _ in range(4))
        assert deal == {"a": 3, "b": 1}


def test_numbers_stay_within_their_bounds():
    numbers = {int(expand("{-3..3}")) for _ in range(3)} | {
        int(Dealer(random.Random(seed)).expand("t", {"t": parse_options(["{-3..3}"])}, {}))
        for seed in range(100)
    }
    assert numbers == set(range(-3, 4))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("so  what , now !", "so what, now!"),
        ("wow!. then", "wow! then"),
        ("a `x  ,` b", "a `x  ,` b"),
        ("5 < 6 & `a -> b`", "5 &lt; 6 &amp; `a -&gt; b`"),
        ("[the notes](https://example.org/n)", "<https://example.org/n|the notes>"),
        ("[](@U06ADALIND) hi", "<@U06ADALIND> hi"),
    ],
)
def test_prose_is_tidied_and_marked_up_and_code_is_left_alone(written, said):
    assert say(written) == said


def test_sentences_start_with_a_capital_but_code_does_not():
    text = "one. two? :tada: three\n`four`. 1. five"
    assert say(text, case="sentence") == "One. Two? :tada: Three\n`four`. 1. Five"


def test_lower_case_spares_code_and_links():
    assert say("Ask ADA [](@U06ADALIND) `TZ`", case="lower") == "ask ada <@U06ADALIND> `TZ`"


def test_typos_are_whole_words():
    assert say("the other the", typos={"the": ["teh", 1.0]}) == "teh other teh"


def test_a_message_is_not_said_twice_while_there_are_others():
    phrases = {"habits": {"case": "as-is"}, "words": {"open": ["{1..50}"]}}
    speech = Speech(phrases, random.Random(1))
    said = [speech.say("open", topic="", facts={}) for _ in range(30)]
    assert len(set(said)) == 30
