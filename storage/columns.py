"""Columns as all tables have them: numbers of rows, references, short texts, points in time."""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, Integer, String, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A point in time, always UTC: SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn any zone to UTC, because what is stored is compared as it stands."""
        return value.astimezone(UTC) if value else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Say UTC where the database kept no zone."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def row_id() -> Column[int]:
    """Number the rows."""
    return Column("id", Integer, primary_key=True)


def to_row(
    table: str, *, name: str, is_nullable: bool = False, cascade: bool = False
) -> Column[int]:
    """Refer to a row of a table by its number; with `cascade`, go when that goes."""
    key = ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return Column(name, Integer, key, nullable=is_nullable)


def short_text(name: str, length: int, *, is_nullable: bool = False) -> Column[str]:
    """Hold so many characters at most."""
    return Column(name, String(length), nullable=is_nullable)


def moment(name: str, *, is_nullable: bool = False) -> Column[datetime]:
    """Hold a point in time."""
    return Column(name, Moment, nullable=is_nullable)
