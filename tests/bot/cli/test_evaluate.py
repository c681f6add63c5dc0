"""`evaluate`: what it takes, what it shows, and that a trial leaves nothing behind."""

import json

import pytest

from bot.cli.findings import show_findings
from bot.session import open_session
from bot.settings import Settings
from training.bundles import Estimate
from training.evaluation import FIGURES, EvaluationRow
from training.leaks import Leaks
from training.matrix import Matrix, Recognition
from training.recognition import AttributionFigures
from training.replies import Replies
from training.scarcity import ScarceFigures
from training.testing import Learning

BITS = dict.fromkeys(FIGURES, 2.0)
ADA = EvaluationRow("@ada", "test", messages=10, bytes=100, placeholder_share=0.1, **BITS)
BRAM = EvaluationRow(
    "@bram", "test", messages=30, bytes=300, placeholder_share=0.0, **{**BITS, "base": 3.0}
)
MATRIX = Matrix(
    voices=("@ada", "@bram"),
    messages=(10, 30),
    bits_per_byte=((2.0, 2.5), (2.25, 1.75)),
    recognition=(Recognition(1, 0.75, 0.5), Recognition(10, 1.0, 0.5)),
)
ATTRIBUTION = AttributionFigures(
    attributor="linear",
    authors=("@ada", "@bram"),
    singles=Estimate(0.5, 0.25, 0.75),
    tens=Estimate(0.75, 0.5, 1.0),
    fifties=Estimate(1.0, 1.0, 1.0),
    confusion=((5, 5), (15, 15)),
)
FINDINGS = [
    Learning("base", [{"step": 10, "bits_per_byte": 2.5}]),
    ADA,
    Learning("@bram", [{"step": 20, "bits_per_byte": 2.25}]),
    BRAM,
    MATRIX,
    Replies(cases=20, choices=10, first=0.25, first_by_gain=0.5),
    ATTRIBUTION,
    Leaks(planted=100, copies=5, draws=20, found=60, found_guarded=0, found_refused=1),
    ScarceFigures(people=3, messages=100, voices=3, **BITS),
]


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
    ],
)
def test_options_that_say_nothing_together_are_misuse(mimic, home, arguments):
    outcome = mimic("evaluate", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert not home.exists()


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
        "canaries",
        "little_consent",
    ]
    assert rows[4]["bits_per_byte"] == [[2.0, 2.5], [2.25, 1.75]]
    assert rows[6]["confusion"] == [[5, 5], [15, 15]]


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
def test_a_test_of_untrained_voices_shows_everything_and_keeps_nothing(mimic, home):
    arguments = ("--test", "@ada", "@bram", "--minutes", "0.1", "--json")
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
    assert not list((home / "voices").iterdir())
    with open_session(Settings.load()) as session:
        assert not session.store.voices.list()
