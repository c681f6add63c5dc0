"""The word list, and the last look at what is about to be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidSetting
from bot.safety import Safety, take_last_look

JOINER = "\u2060"


@pytest.fixture(scope="module")
def safety():
    return Safety()


@pytest.mark.parametrize(
    "text", ["what the fuck", "WHAT THE FUCK", "oh sh1t", "f.u.c.k", "fuuuuck this", "bullshit!"]
)
def test_bad_words_are_found_in_any_case_and_in_common_disguises(safety, text):
    assert safety.has_bad_word(text)


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe won against Penistone",
        "please assess the class assignment and pass it to the analyst",
        "how to kill a process that is tied up",
        "hardcore refactoring: this API sucks",
        "cocktails and peacocks on saturday",
        "",
        "xx",
    ],
)
def test_the_talk_of_an_office_is_left_alone(safety, text):
    assert not safety.has_bad_word(text)


def test_every_text_is_looked_at(safety):
    assert safety.has_bad_word("hello", "oh shit")


def test_the_list_can_be_switched_off():
    assert not Safety.read("off").has_bad_word("oh shit")


def test_a_file_adds_words_to_the_list(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("Turnip\n\n tied up \n", "utf-8")
    safety = Safety.read(str(file))
    assert safety.has_bad_word("you turnip")
    assert safety.has_bad_word("tied up")
    assert safety.has_bad_word("oh shit")
    assert not safety.has_bad_word("turnips are fine")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_said_to_be_wrong(tmp_path, content):
    file = tmp_path / "words.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidSetting, match="MIMIC_WORD_LIST must be on, off, or a file"):
        Safety.read(str(file))


@pytest.mark.parametrize(
    "text",
    ["<!here> all", "<!channel>", "<@U012ABCDEF> hi", "@here lunch", "see @Channel", "@everyone"],
)
def test_nothing_pings_after_the_last_look(text):
    looked = take_last_look(text)
    assert looked.replace(JOINER, "") == text
    for ping in ("<!", "<@", "@here", "@channel", "@everyone"):
        assert ping not in looked.lower()


@pytest.mark.parametrize("text", ["mail ada@heresy.example", "@hereby", "1 < 2 @ noon", "@ada"])
def test_what_pings_nobody_stays_as_it_is(text):
    assert take_last_look(text) == text


@given(st.text(alphabet="<!@ hereC\u2060", max_size=30))
def test_looking_twice_changes_nothing_more(text):
    once = take_last_look(text)
    assert take_last_look(once) == once
