"""The figures of importing and reading: that they are taken, not what they are."""

import json
import zipfile

import pytest

from benchmarks.exports import write_export
from benchmarks.importing import measure_importing
from benchmarks.reading import measure_reading
from benchmarks.workshop import Workshop
from bot.importing import ImportRequest, import_archive
from storage.archive import Archive


@pytest.fixture
def workshop(tmp_path):
    workshop = Workshop(tmp_path)
    workshop.home.mkdir()
    return workshop


def read_texts(export):
    with zipfile.ZipFile(export) as files:
        days = [name for name in files.namelist() if "/" in name]
        messages = [each for day in days for each in json.loads(files.read(day))]
    return [each["text"] for each in messages if each.get("text")], messages


@pytest.mark.slow
def test_a_repeated_year_says_no_more_texts_twice_than_the_year_itself(tmp_path):
    number = write_export(tmp_path / "twice.zip", times=2)
    texts, messages = read_texts(tmp_path / "twice.zip")
    assert len(messages) == number
    assert len({(each["ts"], each.get("user")) for each in messages}) == number
    once, _ = read_texts(tmp_path / "export-1.zip")
    assert len(set(texts)) / len(texts) >= 0.95 * len(set(once)) / len(once)


@pytest.mark.slow
def test_importing_is_measured_at_each_size(workshop):
    table = measure_importing(workshop, runs=1, times=(1,))
    assert [row[0] for row in table.rows][:2] == [
        "20,690 messages, messages/s",
        "once more, messages/s",
    ]
    assert not (workshop.folder / "import").exists()


@pytest.mark.slow
def test_reading_is_measured_for_all_and_for_one(workshop):
    write_export(workshop.folder / "years.zip", times=1)
    with workshop.opened() as session, Archive.open(workshop.folder / "years.zip") as archive:
        import_archive(
            session.store, archive, ImportRequest(consent=("all",)), on_problem=pytest.fail
        )
    assert len(measure_reading(workshop, runs=1).rows) == 2
