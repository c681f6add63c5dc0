from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import blocks
from tests.bot.views.limits import measure, violations
from tests.bot.views.strange import any_text, texts


def test_a_short_text_stays_as_it_is():
    assert blocks.shorten("lunch?", 6) == "lunch?"


def test_a_shortened_text_says_that_something_is_missing():
    assert blocks.shorten("lunch at noon", 8) == "lunch a…"


@given(texts, st.integers(0, 100))
def test_a_shortened_text_is_never_longer_than_asked(text, limit):
    assert blocks.measure(blocks.shorten(text, limit)) <= limit


@given(any_text)
def test_lengths_are_counted_as_strictly_as_slack_could(text):
    assert blocks.measure(text) == measure(text)


@given(texts.map(blocks.clean))
def test_a_split_text_is_whole_but_for_blank_pieces(text):
    pieces = blocks.split(text, 50)
    assert all(0 < blocks.measure(piece) <= 50 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_is_split_at_lines_and_words():
    assert blocks.split("one two three\nfour five", 15) == ["one two three\n", "four five"]
    assert blocks.split("one two three four", 12) == ["one two ", "three four"]


def test_control_characters_and_turned_lines_are_dropped_but_line_breaks_stay():
    assert blocks.clean("a\x00b\r\nc\td\u202ee\ud83d") == "ab\nc\tde"


def test_emoji_that_are_joined_stay_joined():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert blocks.clean(family) == family


def test_what_opens_markup_is_escaped():
    assert blocks.escape("<!here> & <@U1>") == "&lt;!here&gt; &amp; &lt;@U1&gt;"


def test_a_member_is_mentioned_by_an_id_and_by_nothing_else():
    assert blocks.mention("U06ADALIND") == "<@U06ADALIND>"
    assert blocks.mention("!here") == "Somebody"
    assert blocks.mention("U1> <!here") == "Somebody"


def test_a_direct_message_is_not_shown_as_a_channel():
    assert blocks.mention_channel("C06GENERAL1") == "<#C06GENERAL1>"
    assert blocks.mention_channel("D06DIRECT1") == "a direct message"


def test_a_time_is_shown_by_the_readers_clock_with_a_fallback():
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    shown = blocks.show_time(moment)
    assert shown == "<!date^1772357400^{date_short_pretty} at {time}|2026-03-01 09:30 UTC>"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 messages"), (1, "1 message"), (1_204, "1,204 messages")]
)
def test_numbers_are_counted_in_words(number, words):
    assert blocks.count(number, "message") == words


@pytest.mark.parametrize(
    ("fraction", "bar"),
    [
        (0, "░░░░░░░░░░ 0%"),
        (0.42, "████░░░░░░ 42%"),
        (1, "██████████ 100%"),
        (7, "█" * 10 + " 100%"),
    ],
)
def test_progress_is_a_bar_of_text(fraction, bar):
    assert blocks.draw_bar(fraction) == bar


def test_a_value_that_a_button_cannot_carry_is_refused():
    with pytest.raises(ValueError, match="2000"):
        blocks.button("Go", "go", "x" * 2_001)


@given(texts)
def test_any_text_fits_every_piece(text):
    message = blocks.message(
        text,
        blocks.plain_section(text, accessory=blocks.button(text, "go")),
        blocks.header(text),
        blocks.quote(blocks.one_line(text), text),
        blocks.actions(
            blocks.button("Go", "go", confirm=blocks.confirm(text, text, yes=text, no=text)),
            blocks.select("pick", [(text, "a"), (text, "b")], chosen="b"),
        ),
    )
    assert violations(message, is_post=True) == []


@given(texts)
def test_a_long_text_is_shown_in_as_many_blocks_as_it_takes(text):
    shown = blocks.plain_sections(text, limit=9_000)
    assert violations(blocks.message("x", *shown), is_post=True) == []


def test_lines_are_gathered_into_full_sections():
    sections = blocks.list_lines(["x" * 100] * 100)
    assert len(sections) == 4
    assert sum(each["text"]["text"].count("\n") + 1 for each in sections) == 100
