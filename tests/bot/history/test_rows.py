"""A backfill gives the same rows as an import."""

import zipfile

import pytest

from bot.history import BackfillRequest, Watch, backfill
from bot.importing import ImportRequest, import_archive
from bot.pacing import Clock
from bot.slack import Slack
from storage.archive import Archive
from storage.store import Store
from tests.bot.history.reading import SPEED, Reading, fill
from tests.bot.stored import list_channels, list_people, list_rows
from tests.fake_slack import (
    FakeSlack,
    FakeWorkspace,
)


@pytest.fixture(scope="session")
def small_export(tmp_path_factory, sample):
    """The first weeks of the sample workspace."""
    path = tmp_path_factory.mktemp("small") / "export.zip"
    with zipfile.ZipFile(sample) as whole, zipfile.ZipFile(path, "w") as part:
        for name in whole.namelist():
            if "/" not in name or name.rpartition("/")[2] < "2025-02-01":
                part.writestr(name, whole.read(name))
    return path


def compare_with_import(path, tmp_path, keyring, *, limits, speed):
    imported = Store.open(f"sqlite:///{tmp_path / 'imported.db'}", keyring)
    crawled = Store.open(f"sqlite:///{tmp_path / 'crawled.db'}", keyring)
    workspace = FakeWorkspace.from_export(path)
    try:
        with Archive.open(path) as archive:
            everybody = ImportRequest(consent=("all",))
            summary = import_archive(imported, archive, everybody, on_problem=pytest.fail)
        with FakeSlack(workspace, limits=limits, scale=speed) as fake:
            slack = Slack(fake.client())
            reading = Reading(crawled, fake)
            users = list(workspace.users.values())
            crawled.members.register(users, team_id=workspace.team_id)
            everybody = [each.member for each in crawled.consent.list()]
            crawled.consent.grant(everybody, actor="operator")
            watch = Watch(reading.progress.append, clock=Clock(speed))
            found = backfill(crawled, slack, BackfillRequest(), include=frozenset(), watch=watch)
        assert list_rows(crawled) == list_rows(imported)
        assert list_people(crawled, but="mimic") == list_people(imported)
        assert list_channels(crawled) == list_channels(imported)
        assert found.report == summary.report
        return reading
    finally:
        imported.close()
        crawled.close()


def test_a_backfill_gives_the_rows_of_an_import(small_export, tmp_path, keyring):
    reading = compare_with_import(small_export, tmp_path, keyring, limits="normal", speed=SPEED)
    last = reading.progress[-1]
    assert (last.fraction, last.channels_done, last.channels) == (1.0, 2, 2)
    assert not last.is_restricted
    assert {call.status for call in reading.fake.calls} == {200}  # none came too soon


def test_one_page_of_15_a_minute_gives_them_too(small_export, tmp_path, keyring):
    reading = compare_with_import(
        small_export, tmp_path, keyring, limits="restricted", speed=10_000
    )
    told = [headway for headway in reading.progress if headway.is_restricted]
    assert any(headway.seconds_left for headway in told)


@pytest.mark.slow
@pytest.mark.parametrize("limits", ["normal", "restricted"])
def test_a_backfill_of_a_year_gives_the_rows_of_its_import(sample, tmp_path, keyring, limits):
    compare_with_import(sample, tmp_path, keyring, limits=limits, speed=10_000)


def test_short_and_empty_pages_are_not_the_end(reading, fake):
    fill(fake.workspace)
    fake.state.pages.is_ragged = True
    assert reading.run().report.messages_stored == 450 + 2 * 45
    assert not reading.progress[-1].is_restricted
