"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("check_value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_keys")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("folder", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_target", "runs", ["target"])

    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("cron", sa.String(length=64), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("target", name=op.f("uq_schedules_target")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_teams_pseudonym")),
    )
    op.create_table(
        "voices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voices")),
        sa.UniqueConstraint("label", name=op.f("uq_voices_label")),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name=op.f("fk_channels_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("team", "pseudonym", name=op.f("uq_channels_team")),
    )
    op.create_index("ix_channels_name", "channels", ["name"])

    op.create_table(
        "members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("handle", sa.LargeBinary(), nullable=True),
        sa.Column("names", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("consent", sa.String(length=16), nullable=False),
        sa.Column("consent_by_subject", sa.Boolean(), nullable=False),
        sa.Column("consent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("is_deactivated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name=op.f("fk_members_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("team", "pseudonym", name=op.f("uq_members_team")),
    )
    op.create_index("ix_members_handle", "members", ["handle"])

    op.create_table(
        "versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("voice", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("folder", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("bits_per_byte", sa.Float(), nullable=True),
        sa.Column("base_bits_per_byte", sa.Float(), nullable=True),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["base"], ["versions.id"], name=op.f("fk_versions_base")),
        sa.ForeignKeyConstraint(["voice"], ["voices.id"], name=op.f("fk_versions_voice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("folder", name=op.f("uq_versions_folder")),
        sa.UniqueConstraint("voice", "number", name=op.f("uq_versions_voice")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_audit_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_member", "audit", ["member"])

    op.create_table(
        "departures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_departures_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("ts", sa.String(length=17), nullable=False),
        sa.Column("author", sa.Integer(), nullable=True),
        sa.Column("thread_ts", sa.String(length=17), nullable=True),
        sa.Column("edited_ts", sa.String(length=17), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("scrub_version", sa.SmallInteger(), nullable=True),
        sa.Column("raw_mac", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=8), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(author IS NULL) = (sealed IS NULL)", name=op.f("ck_messages_text_has_author")
        ),
        sa.CheckConstraint(
            "NOT is_deleted OR sealed IS NULL", name=op.f("ck_messages_deleted_has_no_text")
        ),
        sa.ForeignKeyConstraint(["author"], ["members.id"], name=op.f("fk_messages_author")),
        sa.ForeignKeyConstraint(["channel"], ["channels.id"], name=op.f("fk_messages_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_messages_channel")),
    )
    op.create_index("ix_messages_author", "messages", ["author", "channel", "ts"])

    op.create_table(
        "version_learned_from",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member"], ["members.id"], name=op.f("fk_version_learned_from_member")
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["versions.id"],
            name=op.f("fk_version_learned_from_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version", "member", name=op.f("pk_version_learned_from")),
    )
    op.create_index("ix_version_learned_from_member", "version_learned_from", ["member"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'audit rows stay as they are'); END"
            )
