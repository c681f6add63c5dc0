"""What Slack's markup becomes."""

# ruff: noqa: RUF001 (the brackets are meant)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.drafts import MARK, PLACEHOLDERS
from storage.mrkdwn import escape, parse

RAW_AND_STORED = [
    ("<@U012AB3CD>", "<user>"),
    ("<@W012AB3CD|ada>: hi", "<user>: hi"),
    ("<!subteam^S012AB3CD|@devs>", "<user>"),
    ("<!subteam^S012AB3CD>", "<user>"),
    ("<#C012AB3CD|random>", "<channel>"),
    ("<#C012AB3CD>", "<channel>"),
    ("<#G012AB3CD|>", "<channel>"),
    ("<!here> <!channel|@channel> <!everyone>", "@here @channel @everyone"),
    ("<!date^1392734382^{date_num}^https://example.org|18 Feb &amp; on>", "18 Feb & on"),
    ("<https://example.org/a?b=1&amp;c=2>", "<url>"),
    ("<https://example.org|the &gt; page>", "<url>"),
    ("<slack://channel?id=C1>", "<url>"),
    ("<mailto:a@example.org|a@example.org>", "<email>"),
    ("<tel:+441632960961|+44 1632 960961>", "<phone>"),
    ("a ```b <@U1> \n c``` d", "a <code> d"),
    ("```a``` and ```b```", "<code> and <code>"),
    ("three backticks ``` alone", "three backticks ``` alone"),
    ("inline `x &lt; y` stays", "inline `x < y` stays"),
    ("&lt;b&gt; &amp; &amp;lt;", "<b> & &lt;"),
    ("List&lt;std::string&gt; a <- b", "List<std::string> a <- b"),
    ("&gt; quote\n*bold* _it_ :wave::skin-tone-3:  ", "> quote\n*bold* _it_ :wave::skin-tone-3:  "),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "stored"), RAW_AND_STORED)
def test_markup_becomes_placeholders_and_visible_text(raw, stored):
    assert parse(raw).render() == stored


def test_typed_placeholders_are_told_apart_from_real_ones():
    draft = parse("<@U1> &lt;user&gt; &lt;url&gt; &lt;User&gt;")
    assert draft.render() == "<user> ‹user› ‹url› <User>"
    assert draft.kinds() == {"user": 1}


def test_a_placeholder_cannot_be_forged_from_parts():
    assert parse("&lt;<!date^1^x|user>&gt;").render() == "‹user›"


def test_a_typed_replacement_character_stays():
    raw = f"{MARK} <@U1> {MARK} <!date^1^x|{MARK}>"
    assert parse(raw).render() == f"{MARK} <user> {MARK} {MARK}"


def test_detectors_see_no_letter_of_a_placeholder():
    assert parse("<@U1> ‹name› &lt;secret&gt;").text == f"{MARK} {MARK} {MARK}"


@given(st.text(st.characters(exclude_characters="<>&‹`" + MARK)))
def test_text_without_markup_is_unchanged(text):
    assert parse(text).render() == text


@given(st.text("<>&`ampltgUC@#!|:^;x1 \n" + MARK))
def test_parsing_never_raises_and_each_mark_has_its_meaning(raw):
    draft = parse(raw)
    assert draft.text.count(MARK) == len(draft.marks)
    assert set(draft.marks) <= {*PLACEHOLDERS, MARK}


@given(st.text("<>&`‹› userlampltg;x\n" + MARK))
def test_escaping_is_undone_by_parsing(text):
    shown = parse(escape(text)).render()
    for placeholder in PLACEHOLDERS:
        text = text.replace(placeholder, f"‹{placeholder[1:-1]}›")
    assert shown == text or "```" in text
