"""Disguised texts: read as a person reads them, stored as they were written."""

# ruff: noqa: RUF001 (the look-alikes are meant)

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.anonymization import Scrubber
from storage.disguises import Reading, looks_disguised, read_disguised
from storage.drafts import Finding

NAMES = ["Ada Lovelace", "ada.l", "Rosalind"]

HIDDEN = [
    # look-alikes: Cyrillic, Greek, full-width, bold, circled, digits of far scripts
    ("mail аdа@еxample.org", "mail <email>"),
    ("thanks Rοsalind!", "thanks <name>!"),
    ("call ＋４４ ２０ ７９４６ ０９５８", "call <phone>"),
    ("𝗰𝗮𝗿𝗱 𝟒𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏", "𝗰𝗮𝗿𝗱 <number>"),
    ("from ①⓪.⓪.⓪.①", "from <ip>"),
    ("call ٠٢٠ ٧٩٤٦ ٠٩٥٨", "call <phone>"),
    ("call 2O2-555-O143", "call <phone>"),
    ("202–555–0143", "<phone>"),
    ("202•555•0143", "<phone>"),
    # what nobody sees
    ("a\u200bda@exa\u00admple.org", "<email>"),
    ("Rosa\u2060lind is in", "<name> is in"),
    ("xoxb-1234567890-abc\u200bdefghij", "<secret>"),
    ("10.0\ufeff.0.1", "<ip>"),
    ("fd78:f\u00ad\u200d052:b4a0::d69b", "<ip>"),
    ("+46 70 \u200d580 84 66", "<phone>"),
    ("dop_v1_" + "0a1b2c3d" * 4 + "\u200b" + "4e5f6a7b" * 4, "<secret>"),
    # pictures in between
    ("4111🎉1111🎉1111🎉1111", "<number>"),
    (":rose:".join("+442079460958"), "<phone>"),
    ("call 202 :fire: 555 :fire: 0143", "call <phone>"),
    ("2️⃣0️⃣2️⃣-5️⃣5️⃣5️⃣-0️⃣1️⃣4️⃣3️⃣", "<phone>"),
    (":two::zero::two:-:five::five::five:-:zero::one::four::three:", "<phone>"),
    ("Rosa:star:lind", "<name>"),
    # spelled out
    ("jo32@ example. co. uk, not", "<email>, not"),
    ("ada (at) example (dot) org", "<email>"),
    ("ada [at] example [dot] org", "<email>"),
    ("ada at example dot co dot uk", "<email>"),
    ("ada @ example . org", "<email>"),
    ("ada@ example.org", "<email>"),
    ("10 dot 0 dot 0 dot 1", "<ip>"),
    ("10 . 0 . 0 . 1", "<ip>"),
    # taken apart
    ("a d a @ e x a m p l e . o r g", "<email>"),
    ("card 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "card <number>"),
    ("card 41-11-11-11-11-11-11-11", "card <number>"),
    ("DE-89-37-04-00-44-05-32-01-30-00", "<number>"),
    ("DE 89 37 04 00 44 05 32 01 30 00", "<number>"),
    ("mi NIE es X1 23 45 67 L", "mi NIE es <number>"),
    ("national insurance: A B 1 2 3 4 5 6 C", "national insurance: <number>"),
    ("<a d a @ e x a m p l e . o r g>", "<<email>>"),
    ("call +-4-4-2-0-7-9-4-6-0-9-5-8", "call <phone>"),
    ("R-o-s-a-l-i-n-d", "<name>"),
    ("R o s a l i n d, hello", "<name>, hello"),
    ("2 0 2 5 5 5 0 1 4 3", "<phone>"),
    ("my code is 8-9-5-1-8-6", "my code is <secret>"),
    ('phone me at +l 3O5 555 Ol9O', 'phone me at <phone>'),
    ('pesel 44O5l4Ol359', 'pesel <number>'),
    ('address: 4 0   K i n g   S t ,   T o r o n t o   O N   M 5 H   3 Y 2', 'address: <address>'),
    ('g-l-p-a-t-T-t-r-W-h-l-9-5-1-X-Z-c-U-E-1-l-T-n-i-o', '<secret>'),
]  # fmt: skip

LEFT_ALONE = [
    "привет мир, как дела? Вот так вот.",
    "в 2018 г. у нас COVID-вакцина и IT-компания",
    "日本語のテキスト！（笑）　ＯＫ",
    "naïve café, ‘quoted’ — dashes – and so on… 10–20 items",
    "❤️ 👨‍👩‍👧 :heart: :+1::skin-tone-2: lol:joy: :one: or :two:",
    "d o n e, w-a-i-t for it, b.o.r.i.n.g, 5.2.9 and 14.24.57",
    "21 :pizza: 57 :beer: 20 :icecream: ordered at 12:30:45",
    "version 7.3.0.3, i.e. x86_64 (a.k.a. amd64), file.rkt:12:4:",
    "x86_64 and 1_000_000 at fe80 or 12:3a:4b",
    "look at the dot in the corner, at noon. Then (at last) [.] or {@}",
    "(define (f a b c d) (+ a b c d)) ; 1 2 3 4",
    "lunch @ noon. in time. 1 000 000 rows, 50 - 100 msec",
    "l1 l2 O1 O2 I1",
    "O(l) and O(1) and 10l",
    "x   y   z   w",
]


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(NAMES)


@pytest.mark.parametrize(("text", "stored"), HIDDEN)
def test_what_is_disguised_is_hidden(scrubber, text, stored):
    assert scrubber.scrub(text).text == stored


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_merely_unusual_stays_as_it_is(scrubber, text):
    assert scrubber.scrub(text).text == text


@pytest.mark.parametrize("text", [text for text, _ in HIDDEN])
def test_the_cheap_test_sees_what_is_disguised(text):
    assert looks_disguised(text, has_digits=bool(re.search(r"\d", text)))
    assert read_disguised(text)


def test_a_finding_in_a_reading_is_traced_to_what_was_written():
    reading = Reading("a🎉da b").rewrite(re.compile("🎉"), lambda _: "")
    assert reading.text == "ada b"
    assert reading.locate(Finding(0, 3, "name")) == Finding(0, 4, "name")
    again = reading.rewrite(re.compile(" "), lambda _: "--")
    assert again.text == "ada--b"
    assert again.locate(Finding(4, 6, "name")) == Finding(4, 6, "name")


VALUES = ["ada@example.org", "4111111111111111", "192.168.10.20", "Rosalind", "+442079460958"]
UNSEEN = ["\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u200b\u00ad"]
TWINS = {"a": "аα", "e": "е", "o": "оο", "p": "рр", "c": "сϲ", "x": "х", "i": "іι", "s": "ѕ"}


@given(st.sampled_from(VALUES), st.data())
def test_nothing_survives_because_of_what_nobody_sees(value, data):
    places = data.draw(st.sets(st.integers(1, len(value) - 1), min_size=1, max_size=4))
    text = "".join(
        (data.draw(st.sampled_from(UNSEEN)) if place in places else "") + character
        for place, character in enumerate(value)
    )
    assert re.fullmatch(r"it is <\w+>", Scrubber(NAMES).scrub(f"it is {text}").text)


@given(st.sampled_from(["ada@example.org", "Rosalind", "@rosalind_x"]), st.data())
def test_nothing_survives_because_of_letters_that_look_alike(value, data):
    places = data.draw(st.sets(st.integers(0, len(value) - 1), max_size=len(value) // 2))
    text = "".join(
        data.draw(st.sampled_from(TWINS[character]))
        if place in places and character in TWINS
        else character
        for place, character in enumerate(value)
    )
    assert re.fullmatch(r"it is <\w+>", Scrubber(NAMES).scrub(f"it is {text}").text)


@given(st.text())
def test_each_character_of_a_reading_comes_from_the_text(text):
    for reading in read_disguised(text):
        assert len(reading.spans) == len(reading.text)
        assert all(0 <= start < end <= len(text) for start, end in reading.spans)
        assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(reading.spans))
