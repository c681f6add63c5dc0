"""The TARGET grammar."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import InvalidTarget, Misused
from bot.targets import (
    Reference,
    parse_reference,
    parse_target,
    parse_text_name,
    split_prompt,
)

VOICES = st.one_of(
    st.from_regex(r"@[a-z0-9._-]{1,20}", fullmatch=True),
    st.from_regex(r"#[a-z0-9_-]{1,20}", fullmatch=True),
    st.from_regex(r"channel:[a-z0-9_-]{1,20}", fullmatch=True),
    st.from_regex(r"[UWCG][A-Z0-9]{6,10}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True),
)
SPACES = st.sampled_from(["", " ", "  ", "\t"])
FACTORS = st.integers(1, 999).map(lambda tenths: tenths / 10)


def weights(text: str) -> list[float]:
    return [part.weight for part in parse_target(text).parts]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("@ada", "person"),
        ("@Ada Lindqvist", "person"),
        ("@Zoë", "person"),
        ("U0123ABCD", "person"),
        ("W0123ABCD", "person"),
        ("#random", "channel"),
        ("channel:random", "channel"),
        ("#überall", "channel"),
        ("C0123ABCD", "channel"),
        ("G0123ABCD", "channel"),
        ("shakespeare", "text"),
        ("tiny_text-2", "text"),
    ],
)
def test_every_way_to_name_a_voice_is_read(text, kind):
    assert parse_reference(text) == Reference(kind, text)


@given(st.lists(st.tuples(FACTORS, VOICES), min_size=1, max_size=5), SPACES)
def test_a_blend_keeps_its_voices_and_the_ratio_of_its_factors(parts, space):
    text = f"{space}+{space}".join(f"{factor}{space}*{space}{voice}" for factor, voice in parts)
    target = parse_target(text)
    total = sum(factor for factor, _ in parts)
    assert [part.reference.name for part in target.parts] == [voice for _, voice in parts]
    assert [part.weight for part in target.parts] == pytest.approx([f / total for f, _ in parts])


@given(st.lists(VOICES, min_size=1, max_size=5))
def test_voices_without_weights_are_equal(voices):
    assert weights(" + ".join(voices)) == pytest.approx([1 / len(voices)] * len(voices))


@given(st.text(max_size=60))
@example("@ada + ")
@example("9" * 400 + "*@ada")
@example("٣*@ada")
def test_any_text_is_a_target_or_misuse(text):
    try:
        target = parse_target(text)
    except InvalidTarget:
        return
    assert sum(part.weight for part in target.parts) == pytest.approx(1)
    assert all(part.weight > 0 for part in target.parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2*@ada + #random", [2 / 3, 1 / 3]),
        ("30% @ada + @bob", [0.3, 0.7]),
        ("30%@ada + @bob + @cy", [0.3, 0.35, 0.35]),
        ("30% @ada + 30% @bob", [0.5, 0.5]),
        ("150% @ada", [1.0]),
    ],
)
def test_percentages_leave_the_rest_to_the_other_voices(text, expected):
    assert weights(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Part 1 of TARGET is empty"),
        ("  ", "Part 1 of TARGET is empty"),
        ("+", "Part 1 of TARGET is empty"),
        ("@ada +", "Part 2 of TARGET is empty"),
        ("@ada ++ @bob", "Part 2 of TARGET is empty"),
        ("2*", "Part 1 of TARGET is empty"),
        ("Ada", "Part 1 of TARGET is no voice"),
        ("@ada @bob", "Part 1 of TARGET is no voice"),
        ("@", "Part 1 of TARGET is no voice"),
        ("#", "Part 1 of TARGET is no voice"),
        ("U123", "Part 1 of TARGET is no voice"),
        ("0*@ada", "A weight in TARGET must be above 0"),
        ("-1*@ada", "A weight in TARGET must be above 0"),
        ("0% @ada + @bob", "A weight in TARGET must be above 0"),
        ("1.2.3*@ada", "A weight in TARGET must be above 0"),
        ("1000001*@ada", "A weight in TARGET must be above 0"),
        ("100% @ada + @bob", "leave nothing"),
        ("2*@ada + 30% @bob", "not by both"),
    ],
)
def test_what_is_no_target_is_said_in_one_sentence(text, complaint):
    with pytest.raises(InvalidTarget, match=complaint) as caught:
        parse_target(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ada", ("@ada", "")),
        (" @ada lunch?", ("@ada", "lunch?")),
        ("@ada + @bob lunch + dinner?", ("@ada + @bob", "lunch + dinner?")),
        ("@ada+#random so", ("@ada+#random", "so")),
        ("30% @ada + @bob so\nwhat", ("30% @ada + @bob", "so\nwhat")),
        ("", ("", "")),
    ],
)
def test_what_follows_a_target_is_the_prompt(text, expected):
    assert split_prompt(text) == expected


@pytest.mark.parametrize("name", ["shakespeare", "a", "old-notes_2", "helper"])
def test_a_text_may_be_called_by_a_plain_word(name):
    assert parse_text_name(name) == name


@pytest.mark.parametrize("name", ["base", "me", "help", "optin", "forget", "admin", "status"])
def test_a_text_may_not_be_called_by_a_word_that_means_something_else(name):
    with pytest.raises(Misused, match="not be a word with a meaning of its own"):
        parse_text_name(name)
