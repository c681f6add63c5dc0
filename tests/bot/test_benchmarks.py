"""The figures of `make benchmark`: that they are taken and written, not what they are."""

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.load import Load, measure_load
from benchmarks.machine import Neighbors, describe_machine
from benchmarks.report import Table, write_report
from benchmarks.workshop import Workshop


def test_a_page_has_the_machine_and_every_table(tmp_path: Path):
    table = Table("Speed", "How fast.", ("way", "ms"), [("there", "1"), ("back", "2")], "Noted.")
    write_report(tmp_path / "page.md", describe_machine(), [table])
    page = (tmp_path / "page.md").read_text("utf-8")
    assert "cores" in page
    assert "| way | ms |\n| --- | --- |\n| there | 1 |\n| back | 2 |\n\nNoted." in page


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
