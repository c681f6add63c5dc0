"""A database as the first revision had it, with rows."""

from alembic.command import upgrade as run_revisions
from alembic.config import Config
from sqlalchemy import text

from storage.database import Database

FIRST_ROWS = (
    "INSERT INTO runs VALUES (1, 'base person:3', 'succeeded', 1.0, NULL, 'f1', "
    "'2024-05-01 10:00:00.000000', '2024-05-01 11:00:00.000000')",
    "INSERT INTO runs VALUES (4, 'text:ferry', 'failed', 0.25, 'Too little.', NULL, "
    "'2024-05-02 10:00:00.000000', NULL)",
    "INSERT INTO schedules VALUES (2, 'all', '0 3 * * *', 1, '2024-05-01 10:00:00.000000')",
    "INSERT INTO leases VALUES ('trainer', 'one', 1.0)",
    "INSERT INTO audit VALUES (1, NULL, 'imported', '{}', '2024-05-01 10:00:00.000000')",
)


def make_first_database(database_url: str) -> None:
    database = Database(database_url)
    with database.writing() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "storage:migrations")
        run_revisions(config, "0001")
        for statement in FIRST_ROWS:
            connection.execute(text(statement))
    database.close()
