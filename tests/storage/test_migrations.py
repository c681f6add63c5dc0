import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage.database import REVISIONS
from storage.errors import DatabaseError
from storage.schema import metadata


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
