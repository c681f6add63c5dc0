from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage.database import REVISIONS, Database, upgrade
from storage.errors import DatabaseError, OldDatabase
from storage.schema import metadata
from storage.store import Store
from tests.storage.first_revision import make_first_database


def test_the_revisions_known_here_are_those_of_alembic():
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_the_migrations_make_exactly_the_tables_of_the_schema(store):
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("change", ["UPDATE audit SET event = 'x'", "DELETE FROM audit"])
def test_the_audit_log_cannot_be_changed(store, change):
    store.audit.record("imported", messages=3)
    with pytest.raises(DatabaseError), store._database.writing() as connection:
        connection.execute(text(change))
    assert [row.event for row in store.audit.read()] == ["imported"]


@pytest.fixture
def first_database(database_url):
    make_first_database(database_url)
    return database_url


def test_a_database_of_the_first_revision_keeps_its_rows(first_database, keyring):
    with pytest.raises(OldDatabase):
        Store.open(first_database, keyring)
    upgrade(first_database)
    store = Store.open(first_database, keyring)
    newer, older = store.runs.list()
    [schedule] = store.schedules.list()
    start = datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert (older.id, older.target, older.state, older.folder) == (
        1,
        "base person:3",
        "succeeded",
        "f1",
    )
    assert older.queued_at == older.started_at == start
    assert (older.finished_at, older.requested_by, older.tokens) == (
        start + timedelta(hours=1),
        None,
        0,
    )
    assert (newer.id, newer.progress, newer.reason) == (4, 0.25, "Too little.")
    assert (schedule.id, schedule.target, schedule.created_at) == (2, "all", start)
    assert (schedule.is_enabled, schedule.is_default, schedule.next_run_at) == (True, False, None)
    assert store.runs.queue("all").id == 5
    assert [row.event for row in store.audit.read()] == ["imported"]
    assert store.leases.take("trainer", "two")
    store.close()


def test_an_upgraded_database_has_exactly_the_tables_of_the_schema(first_database):
    upgrade(first_database)
    database = Database(first_database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    database.close()
