"""A requester's words, as others read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wording import read_plainly, says_something

NAMES = {"U012ABCDEF": "Ada"}


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("lunch?", "lunch?"),
        ("ask <@U012ABCDEF>", "ask @Ada"),
        ("ask <@U012ABCDEF|ada l>", "ask @ada l"),
        ("ask <@U999>", "ask @someone"),
        ("in <#C012|random>", "in #random"),
        ("in <#C012|>", "in #a-channel"),
        ("<!here> <!subteam^S1|@crew>", "@here @crew"),
        (
            "<https://example.com/a?b|the page> <mailto:a@b.example|a@b.example>",
            "the page a@b.example",
        ),
        ("<https://example.com>", "https://example.com"),
        ("a &lt;@U1&gt; &amp;amp; b", "a <@U1> &amp; b"),
        ("1 < 2 > 0", "1 < 2 > 0"),
    ],
)
def test_markup_becomes_words(raw, plain):
    assert read_plainly(raw, name_user=lambda user_id: NAMES.get(user_id, "")) == plain


@given(st.text(alphabet="<>@#!|&amp;ltgU1 ", max_size=40))
def test_any_text_can_be_read(raw):
    read_plainly(raw, name_user=lambda _: "")


@pytest.mark.parametrize("text", ["ok", " 12:30?", ":tada:", "🎉", "ну да"])
def test_words_digits_and_emoji_say_something(text):
    assert says_something(text)


@pytest.mark.parametrize("text", ["", ".", " …", "?!", "\n-"])
def test_punctuation_alone_says_nothing(text):
    assert not says_something(text)
