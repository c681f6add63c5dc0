"""Figures of scrubbing: counted against what somebody marked by hand."""

import json

import pytest

from storage.anonymization import Scrubber
from storage.errors import MalformedLabels
from storage.scrub_figures import (
    LABELS,
    Span,
    measure_finding,
    measure_scrubbing,
    parse_labeled,
    read_labeled,
    read_name_forms,
)


def _line(*pieces, form="plain"):
    return json.dumps({"pieces": pieces, "form": form})


def _measure(*lines, names=("Ada Lovelace", "ada")):
    figures = measure_scrubbing([parse_labeled(line) for line in lines], Scrubber(names))
    return figures, {kind.kind: kind for kind in figures.kinds}


def test_pieces_are_one_raw_message_and_labels_are_places_in_it():
    message = parse_labeled(_line("a &lt; b, ", ["secret", "hun", "ter2"], " <@U1>", form="split"))
    assert message.raw == "a &lt; b, hunter2 <@U1>"
    assert message.text == "a < b, hunter2 <@U1>"
    (item,) = message.spans
    assert (item.kind, message.text[item.start : item.end]) == ("secret", "hunter2")
    assert message.form == "split"


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[]",
        '{"pieces": ["x"]}',
        '{"pieces": [["nothing", "x"]], "form": "plain"}',
        '{"pieces": [[]], "form": "plain"}',
        '{"pieces": [5], "form": "plain"}',
        _line("<!date^1^{date}", ["url", "|Monday"], ">"),
    ],
)
def test_a_line_that_is_none_is_named_by_its_number(line):
    with pytest.raises(MalformedLabels, match="Line 7"):
        parse_labeled(line, 7)


def test_what_is_wholly_hidden_is_counted_by_kind_and_form():
    figures, kinds = _measure(
        _line("mail ", ["email", "ada@example.org"]),
        _line("mail ", ["email", "nobody"], form="split"),
        _line("ping ", ["ip", "10.0.0.1"], " or ", ["ip", "10.0.0.2"]),
    )
    assert figures.messages == 3
    email = kinds["email"]
    assert (email.items, email.hidden) == ({"plain": 1, "split": 1}, {"plain": 1, "split": 0})
    assert (email.recall(), email.recall("plain"), email.recall("split")) == (0.5, 1.0, 0.0)
    assert email.recall("emoji") is None
    assert kinds["ip"].recall() == 1.0
    assert kinds["phone"].recall() is None
    assert kinds["phone"].precision is None


def test_what_is_hidden_in_part_is_not_hidden():
    _, kinds = _measure(_line("it is ", ["address", "Example Corner, 12 Example Street"]))
    assert (kinds["address"].placeholders, kinds["address"].right) == (1, 1)
    assert kinds["address"].recall() == 0.0


def test_any_placeholder_hides_and_its_kind_is_told_apart():
    _, kinds = _measure(_line("call ", ["number", "020 7946 0958"]))
    assert kinds["number"].recall() == 1.0
    assert (kinds["phone"].placeholders, kinds["phone"].right, kinds["phone"].another) == (1, 0, 1)
    assert kinds["phone"].precision == 0.0


def test_a_placeholder_over_nothing_labeled_is_neither_right_nor_of_another_kind():
    _, kinds = _measure(_line("see https://example.org and ", ["url", "https://example.com"]))
    url = kinds["url"]
    assert (url.placeholders, url.right, url.another, url.precision) == (2, 1, 0, 0.5)


def test_handles_and_markup_are_counted_apart_and_strangers_are_names():
    _, kinds = _measure(
        _line(["user", "<@U1>"], " and ", ["handle", "@some_body"], " and ", ["stranger", "ada"])
    )
    assert (kinds["user"].placeholders, kinds["user"].right) == (1, 1)
    assert (kinds["handle"].placeholders, kinds["handle"].right) == (1, 1)
    assert (kinds["name"].placeholders, kinds["name"].right) == (1, 1)
    assert kinds["stranger"].recall() == 1.0
    assert kinds["stranger"].placeholders == 0


def test_white_space_and_what_stands_between_names_need_not_be_hidden():
    _, kinds = _measure(
        _line(["name", "Ada-Lovelace"], "; ", ["name", "ada lovelace"]), names=["ada", "lovelace"]
    )
    assert kinds["name"].recall() == 1.0


def test_bytes_are_counted_as_they_were_written():
    figures, _ = _measure(_line("é ", ["ip", "10.0.0.1"], " &amp;"))
    assert (figures.bytes, figures.replaced, figures.labeled) == (13, 8, 8)


def test_the_tuning_half_comes_with_the_program_and_is_well_hidden():
    messages = read_labeled("tuning")
    assert len(messages) >= 1000
    assert {span.kind for message in messages for span in message.spans} == set(LABELS)
    figures = measure_scrubbing(messages, Scrubber(read_name_forms()))
    for kind in figures.kinds:
        if kind.kind not in ("name", "stranger"):
            assert kind.recall() >= 0.99, kind.kind
            assert kind.precision >= 0.97, kind.kind


def test_what_another_program_finds_is_counted_alike():
    message = parse_labeled(_line("to ", ["email", "a@b.example"], " by ", ["phone", "5550143"]))
    email, phone = message.spans
    figures = measure_finding([message], lambda _: [email, Span("url", phone.start, phone.end - 1)])
    kinds = {kind.kind: kind for kind in figures.kinds}
    assert kinds["email"].recall() == kinds["email"].precision == 1.0
    assert kinds["phone"].recall() == 0.0
    assert (kinds["url"].right, kinds["url"].another) == (0, 1)
