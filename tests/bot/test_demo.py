"""The demo's own workspace: imported once, whole, whatever happened before."""

from itertools import islice

import pytest

from bot.demo import bring_up_to_date, import_sample
from bot.session import open_session
from bot.settings import Settings
from storage.archive import Archive
from storage.ingestion import IngestPolicy
from tests.storage.first_revision import make_first_database


@pytest.fixture
def session(home):
    with open_session(Settings.alone(home)) as session:
        yield session


@pytest.mark.slow
def test_the_sample_workspace_is_imported_once_and_who_left_stays_out_of_it(session, tmp_path):
    import_sample(session, tmp_path, on_problem=pytest.fail)
    ada = session.store.members.find("ada").id
    session.store.consent.revoke(ada, actor="operator")
    again = import_sample(session, tmp_path, on_problem=pytest.fail)
    assert again.report.messages_stored == 0
    assert again.report.messages_unchanged > 3_000
    assert not session.store.consent.allows(ada)


@pytest.mark.slow
def test_an_import_that_was_cut_short_is_completed(session, sample, tmp_path):
    with Archive.open(sample) as archive:
        for channels, kind in archive.channels():
            session.store.channels.register([channels], team_id=None, kind=kind)
        some = islice(archive.messages(on_problem=pytest.fail), 1_000)
        session.store.ingest(some, policy=IngestPolicy(grant_authors=True))
    import_sample(session, tmp_path, on_problem=pytest.fail)
    assert session.store.messages.count() > 4_000


def test_the_folder_of_an_earlier_version_is_brought_up_to_date(home):
    settings = Settings.alone(home)
    settings.make_home()
    settings.keyring()
    make_first_database(settings.database)
    bring_up_to_date(settings)
    with open_session(settings) as session:
        assert session.store.is_current()
