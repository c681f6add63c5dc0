"""`evaluate`: what it takes, what it shows, and that a trial leaves nothing behind."""

import json

import pytest

from bot.cli.findings import show_findings
from bot.session import open_session
from bot.settings import Settings
from tests.bot.found import ADA, ATTRIBUTION, FINDINGS, MATRIX
from tests.bot.page.reading import read_page


def read_rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


def read_tables(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--minutes", 1],
        ["--canaries", "@ada"],
        ["--little-consent", "@ada"],
        ["--privacy", "--canaries"],
        ["--privacy", "--test"],
        ["--half", "tuning"],
        ["--test", "--with-samples"],
        ["--canaries", "--with-samples", "--report", "report.html"],
        ["--with-samples", "--report", "report.html"],
        ["--privacy", "--with-samples", "--report", "report.html"],
        ["--test", "--report", "report"],
        ["--privacy", "--report", "-"],
    ],
)
def test_options_that_say_nothing_together_are_misuse(mimic, home, arguments):
    outcome = mimic("evaluate", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert not home.exists()


@pytest.mark.parametrize("place", ["nowhere/report.html", "folder.html", "index.html"])
@pytest.mark.parametrize("what", ["--test", "--canaries", "--privacy", "@ada"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_done(
    mimic, home, tmp_path, place, what
):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "index.html").write_text("mine")
    outcome = mimic("evaluate", what, "--report", tmp_path / place)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
    assert (tmp_path / "index.html").read_text() == "mine"
    assert not home.exists()


def test_anonymization_has_a_page_too(mimic, tmp_path):
    report = tmp_path / "report.html"
    outcome = mimic("evaluate", "--privacy", "--half", "tuning", "--report", report)
    assert outcome.code == 0
    assert str(report) in outcome.err
    tables = read_page(report.read_text("utf-8")).tables
    assert [row[0] for row in tables[0][1:]] == [row[0] for row in read_tables(outcome.out)[1:-1]]
    assert tables[0][0][:5] == ["kind", "labeled", "recall ↑", "precision ↑", "plain ↑"]


@pytest.mark.usefixtures("filled")
def test_where_nothing_is_found_an_older_page_stays(mimic, tmp_path):
    report = tmp_path / "report.html"
    assert mimic("evaluate", "--privacy", "--half", "tuning", "--report", report).code == 0
    before = report.read_bytes()
    outcome = mimic("evaluate", "--report", report)
    assert outcome.code == 1
    assert "The page" not in outcome.err
    assert report.read_bytes() == before


@pytest.mark.usefixtures("filled")
def test_without_a_voice_there_is_a_hint(mimic):
    outcome = mimic("evaluate")
    assert (outcome.code, outcome.out) == (1, "")
    assert "mimic train" in outcome.err


def test_every_finding_is_a_line_of_json_that_names_its_measure(capsys):
    show_findings(FINDINGS, as_json=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["measure"] for row in rows] == [
        "learning",
        "bits_per_byte",
        "learning",
        "bits_per_byte",
        "matrix",
        "replies",
        "attribution",
        "imitation",
        "imitation",
        "canaries",
        "little_consent",
    ]
    assert "quinces" not in json.dumps(rows)
    assert rows[4]["bits_per_byte"] == [[2.0, 2.5], [2.25, 1.75]]
    assert rows[6]["confusion"] == [[5, 7], [13, 17]]


def test_voices_stand_in_one_table_with_their_mean(capsys):
    show_findings(FINDINGS[:4], as_json=False)
    head, ada, bram, mean = read_tables(capsys.readouterr().out)
    facts = dict(zip(head, mean, strict=True))
    assert (ada[0], bram[0], facts["voice"]) == ("@ada", "@bram", "mean")
    assert (facts["messages"], facts["bytes"], facts["base"]) == ("40", "400", "2.500")
    assert facts["placeholder_share"] == "0.025"


def test_one_voice_has_no_mean(capsys):
    show_findings([ADA], as_json=False)
    assert len(read_tables(capsys.readouterr().out)) == 2


def test_a_matrix_has_authors_down_and_voices_across(capsys):
    show_findings([MATRIX], as_json=False)
    shown = capsys.readouterr()
    tables = read_tables(shown.out)
    assert tables[:3] == [
        ["author", "messages", "@ada", "@bram"],
        ["@ada", "10", "2.000", "2.500"],
        ["@bram", "30", "2.250", "1.750"],
    ]
    assert tables[3:] == [
        ["messages", "share", "chance"],
        ["1", "0.750", "0.500"],
        ["10", "1.000", "0.500"],
    ]
    assert "authors down" in shown.err


def test_what_is_uncertain_is_shown_with_its_interval(capsys):
    show_findings([ATTRIBUTION], as_json=False)
    head, row = read_tables(capsys.readouterr().out)
    assert head == ["attributor", "singles", "tens", "fifties"]
    assert row[1] == "0.500 (0.250-0.750)"


@pytest.mark.slow
@pytest.mark.usefixtures("filled")
def test_a_test_of_untrained_voices_shows_everything_and_keeps_nothing(mimic, home, tmp_path):
    report = tmp_path / "report.html"
    arguments = ("--test", "@ada", "@bram", "--minutes", "0.1", "--json", "--report", report)
    outcome = mimic("evaluate", *arguments)
    rows = read_rows(outcome)
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    assert measures == [
        "learning",
        "bits_per_byte",
        "matrix",
        "replies",
        "attribution",
        "imitation",
    ]
    voices = [row for row in rows if row["measure"] == "bits_per_byte"]
    assert [row["voice"] for row in voices] == ["@ada", "@bram"]
    assert "matrix: 100%" in outcome.err
    assert sorted(read_page(report.read_text("utf-8")).ids) == sorted(measures)
    assert "partial" not in report.read_text("utf-8")
    assert "styles" not in outcome.err
    assert not list((home / "voices").iterdir())
    with open_session(Settings.load()) as session:
        assert not session.store.voices.list()
