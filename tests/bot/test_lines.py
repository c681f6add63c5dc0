"""Files of messages, and texts to learn from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import read_document
from bot.errors import UnreadableFile
from bot.lines import find_text, read_lines, read_raw_texts


@given(st.text())
def test_the_text_of_a_json_line_is_found(text):
    assert find_text(json.dumps({"ts": "1.0", "text": text})) == text


@pytest.mark.parametrize(
    "line",
    ["", "plain", "[1]", '"text"', '{"text": 1}', '{"body": "x"}', '{"text": "x"', "[" * 9999],
)
def test_what_is_no_message_has_no_text(line):
    assert find_text(line) is None


def test_lines_lose_their_ends_and_nothing_else(tmp_path):
    file = tmp_path / "lines"
    file.write_bytes("  a \r\n\nb\u2028c\n\nd".encode())
    assert list(read_lines(str(file))) == ["  a ", "", "b\u2028c", "", "d"]


def test_blank_lines_between_messages_are_passed_over(tmp_path):
    file = tmp_path / "messages.jsonl"
    file.write_text('{"text": "a"}\n\n{"text": ""}\n')
    assert list(read_raw_texts(str(file))) == ["a", ""]


def test_a_broken_line_is_named_by_its_number(tmp_path):
    file = tmp_path / "messages.jsonl"
    file.write_text('{"text": "a"}\n{"text": "secret"\n')
    with pytest.raises(UnreadableFile, match="Line 2 ") as caught:
        list(read_raw_texts(str(file)))
    assert "secret" not in str(caught.value)


def test_a_line_in_another_encoding_is_named_by_its_number(tmp_path):
    file = tmp_path / "latin"
    file.write_bytes(b"ok\nZo\xeb\n")
    with pytest.raises(UnreadableFile, match="Line 2 is not UTF-8"):
        list(read_lines(str(file)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match="nothing cannot be read"):
        list(read_lines(str(tmp_path / "nothing")))


def test_a_document_is_its_text(tmp_path):
    file = tmp_path / "text"
    file.write_text("\ufeffOnce.\n\nTwice.\n")
    assert read_document(file, column=None) == "Once.\n\nTwice.\n"


def test_a_column_of_a_csv_is_a_line_per_row(tmp_path):
    file = tmp_path / "quotes.csv"
    file.write_text('who,said\nann,"one, ""two"""\nbob,\ncy,three\n')
    assert read_document(file, column="said") == 'one, "two"\nthree'


@pytest.mark.parametrize(
    ("content", "column", "complaint"),
    [
        (b" \n", None, "has no text"),
        (b"\xff\xfe", None, "is not UTF-8"),
        (b"who,said\nann,hi\n", "what", "has no column what"),
        (b"", "what", "has no column what"),
        (b"who,said\nann,\n", "said", "has no text"),
        pytest.param(b"said\n" + b"x" * 10**7 + b"y\n", "said", "is no CSV", id="huge cell"),
    ],
)
def test_a_document_that_cannot_be_learned_is_said_in_one_sentence(
    tmp_path, content, column, complaint
):
    file = tmp_path / "text"
    file.write_bytes(content)
    with pytest.raises(UnreadableFile, match=complaint):
        read_document(file, column=column)


def test_a_document_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match="nothing cannot be read"):
        read_document(tmp_path / "nothing", column=None)
