"""The figures of `make benchmark`: that they are taken and written, not what they are."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.contest import Spread, alternate, peer, ratios
from benchmarks.load import Load, measure_load
from benchmarks.machine import Neighbors
from benchmarks.report import Results, Table
from benchmarks.workshop import Workshop


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "results")


def make_table(title: str, *, note: str = "") -> Table:
    return Table(title, "How fast.", ("way", "ms"), [("there", "1"), ("back", "2")], note)


def test_a_page_has_the_machine_and_every_table(results, tmp_path: Path):
    results.keep("speed", make_table("Speed", note="Noted."))
    results.keep("size", make_table("Size"))
    results.write(tmp_path / "page.md", order=["size", "speed", "never measured"])
    page = (tmp_path / "page.md").read_text("utf-8")
    assert page.count("cores)") == 2
    assert page.index("## Size") < page.index("## Speed")
    assert "| way | ms |\n| --- | --- |\n| there | 1 |\n| back | 2 |\n\nNoted." in page


def test_what_is_measured_anew_takes_the_place_of_what_was(results, tmp_path: Path):
    for note in ("First.", "Second."):
        results.keep("speed", make_table("Speed", note=note))
    results.write(tmp_path / "page.md", order=["speed"])
    page = (tmp_path / "page.md").read_text("utf-8")
    assert "Second." in page
    assert "First." not in page


def test_ways_are_measured_by_turns_after_each_is_warm():
    asked: list[str] = []

    def way(name: str, figure: float) -> Callable[[], float]:
        return lambda: asked.append(name) or figure

    figures = alternate({"ours": way("ours", 6), "theirs": way("theirs", 2)}, runs=2)
    assert asked == ["ours", "theirs"] * 3
    assert ratios(figures["ours"], figures["theirs"]) == Spread(3, 3, 3)


def test_a_spread_has_the_middle_and_both_ends():
    assert str(Spread.of([12_000, 11_900, 12_800])) == "12,000 (11,900 to 12,800)"


@pytest.mark.slow
def test_a_peer_answers_from_a_process_of_its_own():
    with peer("products", "tensorflow", "float32") as asked:
        assert asked.ask(size=[8, 8, 8], runs=1)["rate"] > 0


@pytest.mark.slow
def test_a_peer_that_ends_is_told():
    with peer("products", "fortran", "float32") as asked, pytest.raises(ChildProcessError):
        asked.ask(size=[8, 8, 8], runs=1)


def test_other_programs_are_told_from_this_one():
    assert re.search(r"had \d+\.\d of the \d+ cores", Neighbors().describe())


@pytest.mark.slow
def test_a_bot_under_load_acknowledges_and_answers_everybody_once(speaking, sample):
    workshop = Workshop(speaking.parent)
    shutil.copy(sample, workshop.export)
    table = measure_load(workshop, Load(seconds=2, runs=1, catching_up_seconds=0))
    assert [row[:3] for row in table.rows] == [
        (way, load, count)
        for way in ("HTTP", "Socket Mode")
        for load, count in (("20/s for 2 s", "40"), ("200 at once", "200"))
    ]
    columns = dict(zip(table.head, zip(*table.rows, strict=True), strict=True))
    assert {*columns["not acked"], *columns["lost"], *columns["twice"]} == {"0"}
