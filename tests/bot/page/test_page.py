"""Where a page may be written: never over anything else, and known before the work."""

import pytest

from bot.errors import Misused, UnwritablePage
from bot.page.page import Page


def test_a_page_is_for_its_owner_alone_and_replaces_an_older_one(tmp_path):
    file = tmp_path / "report.html"
    Page(file, {"Seed": "1"}).write([])
    assert file.stat().st_mode & 0o777 == 0o600
    Page(file, {"Seed": "20"}).write([])
    assert "20" in file.read_text("utf-8")
    assert list(tmp_path.iterdir()) == [file]


def test_claiming_a_place_touches_nothing(tmp_path):
    file = tmp_path / "report.html"
    Page(file, {}).write([])
    before = file.read_bytes()
    Page(file, {"Seed": "2"})
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_an_empty_file_may_be_filled(tmp_path):
    file = tmp_path / "report.html"
    file.touch()
    Page(file, {}).write([])
    assert file.read_text("utf-8")


def test_a_link_stays_one(tmp_path):
    link, file = tmp_path / "report.html", tmp_path / "there.html"
    link.symlink_to(file)
    Page(link, {}).write([])
    assert link.is_symlink()
    assert file.is_file()


def test_a_page_of_somebody_else_stays(tmp_path):
    file = tmp_path / "index.html"
    file.write_text("<h1>Recipes</h1>")
    with pytest.raises(UnwritablePage, match="name another file"):
        Page(file, {})
    assert file.read_text() == "<h1>Recipes</h1>"


def test_a_folder_is_no_page(tmp_path):
    folder = tmp_path / "report.html"
    folder.mkdir()
    with pytest.raises(UnwritablePage, match="name another file"):
        Page(folder, {})


@pytest.mark.parametrize("name", ["nowhere/report.html", "file/report.html", "x" * 251 + ".html"])
def test_a_place_where_nothing_can_be_written_is_refused(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(UnwritablePage, match="No page can be written"):
        Page(tmp_path / name, {})


@pytest.mark.parametrize("name", ["-", "mimic.db", "report"])
def test_a_name_that_is_no_pages_is_misuse(tmp_path, name):
    with pytest.raises(Misused):
        Page(tmp_path / name, {})
    assert not list(tmp_path.iterdir())


def test_the_longest_name_there_can_be_is_one(tmp_path):
    file = tmp_path / f"{'x' * 250}.html"
    Page(file, {}).write([])
    assert file.is_file()
