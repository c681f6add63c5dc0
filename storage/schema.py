"""The tables, as they are now; `migrations/` says how they came to be.

Pseudonyms stand in `teams`, `members` and `channels` alone: all else refers by integer, so that
a new key touches little. No column holds readable text of a person.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from storage.columns import moment, row_id, short_text, to_row

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
metadata = MetaData(naming_convention=NAMES)

keys = Table(
    "keys",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("check_value", LargeBinary, nullable=False),  # opens with the right key alone
    moment("created_at"),
)

teams = Table(
    "teams",
    metadata,
    row_id(),
    Column("pseudonym", LargeBinary, nullable=False, unique=True),
)

members = Table(
    "members",
    metadata,
    row_id(),
    to_row("teams", name="team"),
    Column("pseudonym", LargeBinary, nullable=False),
    Column("handle", LargeBinary),  # of the case-folded NFKC username
    Column("names", LargeBinary),  # sealed JSON: every form of the name, for the scrubber
    short_text("key_id", 8),
    short_text("consent", 16),
    Column("consent_by_subject", Boolean, nullable=False),  # said by the person, not for them
    moment("consent_since", is_nullable=True),
    Column("is_bot", Boolean, nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("is_deactivated", Boolean, nullable=False),
    UniqueConstraint("team", "pseudonym"),
    Index("ix_members_handle", "handle"),
    Index("ix_members_pseudonym", "pseudonym"),
    Index("ix_members_consent", "consent"),
)

channels = Table(
    "channels",
    metadata,
    row_id(),
    to_row("teams", name="team"),
    Column("pseudonym", LargeBinary, nullable=False),
    Column("name", LargeBinary),
    short_text("key_id", 8),
    short_text("kind", 16),
    Column("is_shared", Boolean, nullable=False),
    UniqueConstraint("team", "pseudonym"),
    Index("ix_channels_name", "name"),
    Index("ix_channels_pseudonym", "pseudonym"),
)

# A row without author is a mark that keeps older versions from coming back: without text.
messages = Table(
    "messages",
    metadata,
    row_id(),
    to_row("channels", name="channel"),
    short_text("ts", 17),  # "1494517568.512661": ten digits, six, so text order is time order
    to_row("members", name="author", is_nullable=True),
    short_text("thread_ts", 17, is_nullable=True),
    short_text("edited_ts", 17, is_nullable=True),
    Column("is_deleted", Boolean, nullable=False),
    Column("scrub_version", SmallInteger),
    Column("raw_mac", LargeBinary),
    short_text("key_id", 8, is_nullable=True),
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
    row_id(),
    to_row("members", name="member"),
    to_row("channels", name="channel"),
    short_text("ts", 17),
    moment("at"),
    short_text("reason", 16),
    Index("ix_removals_member", "member"),
)

departures = Table(
    "departures",
    metadata,
    row_id(),
    to_row("members", name="member"),
    short_text("state", 16),
    moment("at"),
)

audit = Table(
    "audit",
    metadata,
    row_id(),
    to_row("members", name="member", is_nullable=True),
    short_text("event", 32),
    Column("details", JSON, nullable=False),
    moment("at"),
    Index("ix_audit_member", "member"),
    Index("ix_audit_event", "event", "at"),
)

voices = Table(
    "voices",
    metadata,
    row_id(),
    short_text("kind", 16),
    Column("subject", Integer),  # a member or a channel, as `kind` says
    short_text("name", 64, is_nullable=True),
    short_text("label", 80),  # kind and subject or name in one, because NULL never equals NULL
    Column("last_number", Integer, nullable=False),
    UniqueConstraint("label"),
)

versions = Table(
    "versions",
    metadata,
    row_id(),
    to_row("voices", name="voice"),
    Column("number", Integer, nullable=False),
    short_text("folder", 64),
    short_text("state", 16),
    Column("is_current", Boolean, nullable=False),
    to_row("versions", name="base", is_nullable=True),
    Column("messages", Integer, nullable=False),
    Column("bits_per_byte", Float),
    Column("base_bits_per_byte", Float),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    moment("created_at"),
    moment("stale_since", is_nullable=True),
    moment("read_at", is_nullable=True),  # when the messages it learned were read
    UniqueConstraint("voice", "number"),
    UniqueConstraint("folder"),
    Index("ix_versions_stale_since", "stale_since"),
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
    row_id(),
    short_text("target", 255),
    short_text("state", 16),
    Column("progress", Float, nullable=False),
    short_text("reason", 500, is_nullable=True),
    short_text("folder", 64, is_nullable=True),
    moment("queued_at"),
    moment("started_at", is_nullable=True),
    moment("finished_at", is_nullable=True),
    to_row("members", name="requested_by", is_nullable=True),  # to be told when it ends
    Column("is_forced", Boolean, nullable=False),
    Column("minutes", Float),
    Column("is_cancel_wanted", Boolean, nullable=False),
    short_text("device", 64, is_nullable=True),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cost", Float),
    Column("is_told", Boolean, nullable=False),
    Index("ix_runs_target", "target"),
    Index("ix_runs_state", "state"),
    Index("ix_runs_queued_at", "queued_at"),
    Index("ix_runs_is_told", "is_told", "requested_by"),
)

run_events = Table(
    "run_events",
    metadata,
    row_id(),
    to_row("runs", name="run", cascade=True),
    moment("at"),
    short_text("voice", 80),
    Column("fraction", Float, nullable=False),
    Column("tokens_per_second", Float, nullable=False),
    Column("bits_per_byte", Float),
    Index("ix_run_events_run", "run"),
)

schedules = Table(
    "schedules",
    metadata,
    row_id(),
    Column("target", String(255), nullable=False, unique=True),
    short_text("cron", 64),
    Column("is_enabled", Boolean, nullable=False),
    Column("is_default", Boolean, nullable=False),
    moment("next_run_at", is_nullable=True),
    moment("created_at"),
)

# How far Slack's history has been read: backward from `until_ts` to `since_ts`, by channel.
crawls = Table(
    "crawls",
    metadata,
    row_id(),
    short_text("since_ts", 17),
    short_text("until_ts", 17),
    Column("is_everyone", Boolean, nullable=False),
    moment("started_at"),
    moment("finished_at", is_nullable=True),
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
    short_text("reached_ts", 17),
    Column("is_complete", Boolean, nullable=False),
    short_text("problem", 32, is_nullable=True),
)

# Copies of all of this that were made; `name` is the file's, sealed.
backups = Table(
    "backups",
    metadata,
    row_id(),
    moment("made_at"),
    short_text("key_id", 8),
    Column("name", LargeBinary, nullable=False),
)

# Files that came in, by a keyed hash, and what came of them.
known_files = Table(
    "known_files",
    metadata,
    Column("channel", ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# Numbers by name: what has changed, for other processes to see, and how far work has come.
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
    short_text("holder", 64),
    Column("expires_at", Float, nullable=False),  # seconds since 1970, compared in SQL
)
