"""What learned from who left is gone a day later, whether anything was trained or not."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.expiry import remove_expired
from bot.forgetting import forget_member
from bot.session import open_session
from training.voices import STALE_SECONDS


@pytest.fixture
def session(small):
    with open_session(small) as session:
        yield session


def test_it_waits_for_the_moment_in_the_receipt(session):
    store, folder = session.store, session.registry.folder
    now = datetime.now(UTC)
    assert not remove_expired(store, folder, now)
    receipt = forget_member(session, store.members.find("ada").id)
    assert not remove_expired(store, folder, receipt.shared_until)
    assert store.voices.folders() != set()


def test_then_rows_and_folders_are_gone(session, home):
    store, folder = session.store, session.registry.folder
    forget_member(session, store.members.find("ada").id)
    make_older(session, timedelta(seconds=STALE_SECONDS + 60))
    assert remove_expired(store, folder, datetime.now(UTC))
    assert store.voices.folders() == set()
    assert [path.name for path in folder.iterdir() if not path.name.startswith(".")] == []
    assert not remove_expired(store, folder, datetime.now(UTC))


def make_older(session, age):
    with session.store._database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE versions SET stale_since = datetime(stale_since, ?)",
            (f"-{age.total_seconds()} seconds",),
        )
