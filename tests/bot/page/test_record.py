"""A page of findings: it holds every figure, no text unless asked for, and what there is of it."""

import re
from dataclasses import dataclass, make_dataclass, replace

import pytest

from bot.measures import MEASURES
from bot.page.page import Page
from bot.page.record import Record
from bot.page.tables import tabulate, tabulate_voices
from tests.bot.found import ADA, ATTRIBUTION, BRAM, FINDINGS, IMITATION, MATRIX
from tests.bot.page.reading import read_page
from training.evaluation import EvaluationRow
from training.imitation import ImitationReport
from training.testing import Learning

SETTINGS = {"What": "planted secrets", "Seed": "7"}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "report.html"


def keep(file, findings, *, with_samples=False):
    record = Record(Page(file, SETTINGS), with_samples=with_samples)
    assert list(record.follow(findings)) == list(findings)
    return record


def read(file):
    return read_page(file.read_text("utf-8"))


def rows_of(reading, *head):
    """Return the rows of tables that begin with these headings."""
    return [
        row for table in reading.tables if tuple(table[0][: len(head)]) == head for row in table[1:]
    ]


def test_every_kind_of_finding_has_its_section(file):
    keep(file, FINDINGS)
    reading = read(file)
    assert [anchor for anchor in reading.ids if anchor] == [each.name for each in MEASURES.values()]
    for measure in MEASURES.values():
        assert measure.title in reading.words
        assert measure.meaning in reading.words


def test_voices_stand_beside_their_baselines_with_their_mean(file):
    keep(file, FINDINGS)
    ada, bram, mean = rows_of(read(file), "voice", "voice ↓")
    bits = ["2.000"] * 6
    assert ada == ["@ada", *bits, "test", "10", "100", "10.0%"]
    assert bram == ["@bram", *bits[:2], "3.000", *bits[:3], "test", "30", "300", "0.0%"]
    assert mean == ["mean", *bits[:2], "2.500", *bits[:3], "test", "40", "400", "2.5%"]


def test_every_other_table_holds_every_figure(file):
    keep(file, FINDINGS)
    reading = read(file)
    assert rows_of(reading, "messages", "recognized ↑") == [
        ["1", "75.0%", "50.0%"],
        ["10", "100.0%", "50.0%"],
    ]
    assert rows_of(reading, "cases") == [["20", "10", "25.0%", "50.0%"]]
    assert rows_of(reading, "judge") == [["linear", "50.0%", "75.0%", "100.0%"]]
    real, ranked = rows_of(reading, "kind")
    assert real[:5] == ["real", "40", "62.5%", "87.5%", "-"]
    assert ranked[:5] == ["ranked", "38", "57.5%", "92.5%", "65.5%"]
    assert ranked[5:9] == ["0.3%", "2.4%", "1.5%", "36.7%"]
    assert ranked[9:] == ["0.797", "0.082", "0.026", "53.8%", "4.2%"]
    assert rows_of(reading, "planted") == [["100", "5", "20", "60", "0", "1"]]
    assert rows_of(reading, "people") == [["3", "100", "3", *["2.000"] * 6]]
    for between in ("25.0% to 75.0%", "60.0% to 71.0%"):
        assert between in reading.words


def test_heat_maps_have_authors_down(file):
    keep(file, FINDINGS)
    assert rows_of(read(file), "author") == [
        ["@ada", "2.00", "2.50", "10"],
        ["@bram", "2.25", "1.75", "30"],
        ["@ada", "5", "7", "12"],
        ["@bram", "13", "17", "30"],
    ]


def test_loss_curves_are_pictures_and_numbers(file):
    keep(file, FINDINGS)
    reading = read(file)
    assert reading.tags.count("figure") == 2
    assert rows_of(reading, "voice", "tokens read") == [
        ["base", "1,000", "3.125", "3.375"],
        ["base", "2,000", "2.500", "2.250"],
        ["base", "3,000", "2.750", "1.875"],
        ["@bram", "500", "2.250", ""],
    ]


def test_it_says_what_was_measured_when_and_how(file):
    keep(file, FINDINGS)
    words = read(file).words
    assert "planted secrets" in words
    assert re.search(r"Seed\s*7", words)
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d to 20\d\d-\d\d-\d\d \d\d:\d\d UTC", words)
    assert re.search(r"Release\s*mimic \S", words)


def test_it_begins_with_the_figures_that_one_looks_for_first(file):
    keep(file, FINDINGS)
    words = " ".join(read(file).words.split())
    assert "2.000bits per byte, mean of the voicesbase 2.500, workspace 6-gram 2.000" in words
    assert "100.0%own voice fits best, 10 messages at a time" in words
    assert "92.5%written messages taken for the right person's" in words
    assert "0 of 100planted secrets given away" in words


@pytest.mark.parametrize("with_samples", [False, True])
def test_what_voices_wrote_is_there_only_if_asked_for(file, with_samples):
    record = keep(file, FINDINGS, with_samples=with_samples)
    text = file.read_text("utf-8")
    words = read(file).words
    assert ("quinces for someone\nand pears" in words) == with_samples
    assert ("an owl, <b>maybe</b>" in words) == with_samples
    assert ("This page holds text in people's styles" in words) == with_samples
    assert record.has_messages == with_samples
    assert ("quinces" in text) == ("owl" in text) == with_samples
    assert "<user>" not in words


def test_names_cannot_become_markup(file):
    evil = "@<b onload=x>&\"'\x07"
    renamed = [
        replace(ADA, voice=evil),
        Learning(evil, [{"step": 1, "tokens": 5.0, "bits_per_byte": 2.0}]),
        replace(MATRIX, voices=(evil, "@bram")),
        replace(ATTRIBUTION, authors=(evil, "@bram")),
        ImitationReport(IMITATION.rows, {evil: ["<script>alert(1)</script>"]}),
    ]
    keep(file, renamed, with_samples=True)
    reading = read(file)
    assert not {"b", "script"} & {*reading.tags}
    assert reading.words.count(evil.strip("\x07")) >= 7
    assert "\x07" not in file.read_text("utf-8")
    assert not reading.unclosed


def test_the_page_needs_nothing_but_itself(file):
    keep(file, FINDINGS, with_samples=True)
    text, reading = file.read_text("utf-8"), read(file)
    assert reading.addresses
    assert {address.removeprefix("#") for address in reading.addresses} <= {*reading.ids}
    assert all(address.startswith("#") for address in reading.addresses)
    assert not {"script", "link", "img", "iframe", "object"} & {*reading.tags}
    assert not re.search(r"https?:|//|url\(|@import", text)


def test_the_page_is_sound_html(file):
    keep(file, FINDINGS, with_samples=True)
    text, reading = file.read_text("utf-8"), read(file)
    assert text.lstrip().startswith("<!DOCTYPE html>")
    assert not reading.unclosed
    assert len(reading.ids) == len({*reading.ids})
    for table in reading.tables:
        assert len({len(row) for row in table}) == 1


def test_a_page_is_partial_until_all_is_found(file):
    record = Record(Page(file, SETTINGS), with_samples=False)
    findings = record.follow(FINDINGS)
    assert not file.exists()
    assert next(findings) == FINDINGS[0]
    assert "This page is partial" in read(file).words
    next(findings)
    assert "@ada" in read(file).words
    assert "@bram" not in read(file).words
    assert record.is_partial
    list(findings)
    assert "This page is partial" not in read(file).words
    assert not record.is_partial


def test_a_page_that_was_broken_off_stays_partial(file):
    record = Record(Page(file, SETTINGS), with_samples=False)

    def find():
        yield ADA
        record.break_off()

    assert list(record.follow(find())) == [ADA]
    assert "This page is partial" in read(file).words
    assert record.is_partial


def test_a_page_that_cannot_be_written_for_a_while_costs_no_finding(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    record = Record(Page(folder / "report.html", SETTINGS), with_samples=False)
    folder.rmdir()
    findings = record.follow([ADA, BRAM])
    assert next(findings) == ADA
    assert not record.is_kept
    folder.mkdir()
    assert list(findings) == [BRAM]
    assert record.is_kept
    folder.joinpath("report.html").unlink()
    folder.rmdir()
    with pytest.raises(OSError, match="No such file"):
        list(record.follow([ADA]))


def test_a_figure_that_is_new_has_its_column():
    wider = make_dataclass("Wider", [("token_ngram", float), ("lines", int)], frozen=True)
    table = tabulate([wider(1.25, 3)])
    assert [column.heading for column in table.columns] == ["token ngram", "lines"]
    assert [cell.text for cell in table.rows[0].cells] == ["1.250", "3"]


def test_a_mean_follows_the_fields():
    @dataclass(frozen=True)
    class Wider(EvaluationRow):
        bigrams: float = 0.0
        trigrams: float | None = None

    rows = [Wider(**vars(ADA), bigrams=1.0, trigrams=4.0), Wider(**vars(BRAM), bigrams=2.0)]
    mean = tabulate_voices(rows).rows[-1]
    assert [cell.text for cell in mean.cells][-2:] == ["1.500", "-"]


def test_the_best_figure_of_a_row_is_marked():
    table = tabulate_voices([replace(ADA, voice_bits=1.5, placeholder_share=0.0)])
    best = [cell.text for row in table.rows for cell in row.cells if cell.is_best]
    assert best == ["1.500"]
