"""The tables, as they are now; `migrations/` says how they came to be.

Pseudonyms stand in `teams`, `members` and `channels` alone: all else refers by integer, so that
a new key touches little. No column holds readable text of a person.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
metadata = MetaData(naming_convention=NAMES)


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


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _to(table: str, *, name: str, is_nullable: bool = False, cascade: bool = False) -> Column[int]:
    key = ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return Column(name, Integer, key, nullable=is_nullable)


def _text(name: str, length: int, *, is_nullable: bool = False) -> Column[str]:
    return Column(name, String(length), nullable=is_nullable)


def _moment(name: str, *, is_nullable: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=is_nullable)


keys = Table(
    "keys",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("check_value", LargeBinary, nullable=False),  # opens with the right key alone
    _moment("created_at"),
)

teams = Table(
    "teams",
    metadata,
    _id(),
    Column("pseudonym", LargeBinary, nullable=False, unique=True),
)

members = Table(
    "members",
    metadata,
    _id(),
    _to("teams", name="team"),
    Column("pseudonym", LargeBinary, nullable=False),
    Column("handle", LargeBinary),  # of the case-folded NFKC username
    Column("names", LargeBinary),  # sealed JSON: every form of the name, for the scrubber
    _text("key_id", 8),
    _text("consent", 16),
    Column("consent_by_subject", Boolean, nullable=False),  # said by the person, not for them
    _moment("consent_since", is_nullable=True),
    Column("is_bot", Boolean, nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("is_deactivated", Boolean, nullable=False),
    UniqueConstraint("team", "pseudonym"),
    Index("ix_members_handle", "handle"),
)

channels = Table(
    "channels",
    metadata,
    _id(),
    _to("teams", name="team"),
    Column("pseudonym", LargeBinary, nullable=False),
    Column("name", LargeBinary),
    _text("key_id", 8),
    _text("kind", 16),
    Column("is_shared", Boolean, nullable=False),
    UniqueConstraint("team", "pseudonym"),
    Index("ix_channels_name", "name"),
)

# A row without author is a mark that keeps no text: the message was deleted, or it was edited
# into something that may not be stored. Marks keep older versions from coming back.
messages = Table(
    "messages",
    metadata,
    _id(),
    _to("channels", name="channel"),
    _text("ts", 17),  # "1494517568.512661": ten digits, six digits, so text order is time order
    _to("members", name="author", is_nullable=True),
    _text("thread_ts", 17, is_nullable=True),
    _text("edited_ts", 17, is_nullable=True),
    Column("is_deleted", Boolean, nullable=False),
    Column("scrub_version", SmallInteger),
    Column("raw_mac", LargeBinary),
    _text("key_id", 8, is_nullable=True),
    Column("sealed", LargeBinary),
    UniqueConstraint("channel", "ts"),
    Index("ix_messages_author", "author", "channel", "ts"),
    Index("ix_messages_ts", "ts"),
    CheckConstraint("(author IS NULL) = (sealed IS NULL)", name="text_has_author"),
    CheckConstraint("NOT is_deleted OR sealed IS NULL", name="deleted_has_no_text"),
)

# A text that went away and that versions from before may still carry; none of it stands here.
removals = Table(
    "removals",
    metadata,
    _id(),
    _to("members", name="member"),
    _to("channels", name="channel"),
    _text("ts", 17),
    _moment("at"),
    _text("reason", 16),
    Index("ix_removals_member", "member"),
)

departures = Table(
    "departures",
    metadata,
    _id(),
    _to("members", name="member"),
    _text("state", 16),
    _moment("at"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _to("members", name="member", is_nullable=True),
    _text("event", 32),
    Column("details", JSON, nullable=False),
    _moment("at"),
    Index("ix_audit_member", "member"),
)

voices = Table(
    "voices",
    metadata,
    _id(),
    _text("kind", 16),
    Column("subject", Integer),  # a member or a channel, as `kind` says
    _text("name", 64, is_nullable=True),
    _text("label", 80),  # kind and subject or name in one, because NULL never equals NULL
    Column("last_number", Integer, nullable=False),
    UniqueConstraint("label"),
)

versions = Table(
    "versions",
    metadata,
    _id(),
    _to("voices", name="voice"),
    Column("number", Integer, nullable=False),
    _text("folder", 64),
    _text("state", 16),
    Column("is_current", Boolean, nullable=False),
    _to("versions", name="base", is_nullable=True),
    Column("messages", Integer, nullable=False),
    Column("bits_per_byte", Float),
    Column("base_bits_per_byte", Float),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    _moment("created_at"),
    _moment("stale_since", is_nullable=True),
    _moment("read_at", is_nullable=True),  # when the messages it learned were read
    UniqueConstraint("voice", "number"),
    UniqueConstraint("folder"),
)

version_learned_from = Table(
    "version_learned_from",
    metadata,
    Column("version", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("member", ForeignKey("members.id"), primary_key=True),
    Index("ix_version_learned_from_member", "member"),
)

# A run's or schedule's target is made of voices' labels ("person:3"), so it names nobody.
runs = Table(
    "runs",
    metadata,
    _id(),
    _text("target", 255),
    _text("state", 16),
    Column("progress", Float, nullable=False),
    _text("reason", 500, is_nullable=True),
    _text("folder", 64, is_nullable=True),
    _moment("queued_at"),
    _moment("started_at", is_nullable=True),
    _moment("finished_at", is_nullable=True),
    _to("members", name="requested_by", is_nullable=True),  # to be told when it ends
    Column("is_forced", Boolean, nullable=False),
    Column("minutes", Float),
    Column("is_cancel_wanted", Boolean, nullable=False),
    _text("device", 64, is_nullable=True),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cost", Float),
    Column("is_told", Boolean, nullable=False),
    Index("ix_runs_target", "target"),
    Index("ix_runs_state", "state"),
)

run_events = Table(
    "run_events",
    metadata,
    _id(),
    _to("runs", name="run", cascade=True),
    _moment("at"),
    _text("voice", 80),
    Column("fraction", Float, nullable=False),
    Column("tokens_per_second", Float, nullable=False),
    Column("bits_per_byte", Float),
    Index("ix_run_events_run", "run"),
)

schedules = Table(
    "schedules",
    metadata,
    _id(),
    Column("target", String(255), nullable=False, unique=True),
    _text("cron", 64),
    Column("is_enabled", Boolean, nullable=False),
    Column("is_default", Boolean, nullable=False),
    _moment("next_run_at", is_nullable=True),
    _moment("created_at"),
)

# How far Slack's history has been read: backward from `until_ts` to `since_ts`, by channel.
crawls = Table(
    "crawls",
    metadata,
    _id(),
    _text("since_ts", 17),
    _text("until_ts", 17),
    Column("is_everyone", Boolean, nullable=False),
    _moment("started_at"),
    _moment("finished_at", is_nullable=True),
)

crawl_members = Table(
    "crawl_members",
    metadata,
    Column("crawl", ForeignKey("crawls.id", ondelete="CASCADE"), primary_key=True),
    Column("member", ForeignKey("members.id"), primary_key=True),
    Index("ix_crawl_members_member", "member"),
)

crawl_channels = Table(
    "crawl_channels",
    metadata,
    Column("crawl", ForeignKey("crawls.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", ForeignKey("channels.id"), primary_key=True),
    _text("reached_ts", 17),
    Column("is_complete", Boolean, nullable=False),
    _text("problem", 32, is_nullable=True),
)

# Copies of all of this that were made; `name` is the file's, sealed.
backups = Table(
    "backups",
    metadata,
    _id(),
    _moment("made_at"),
    _text("key_id", 8),
    Column("name", LargeBinary, nullable=False),
)

# Numbers that only grow, so that a process sees what another has changed: `names` of members.
counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("number", Integer, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),
    _text("holder", 64),
    Column("expires_at", Float, nullable=False),  # seconds since 1970, compared in SQL
)
