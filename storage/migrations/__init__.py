"""The history of the tables: Alembic's revisions, oldest first, never edited once shipped."""
