"""Runs that wait and report, schedules that fall due, and how far Slack's history is read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _extend_runs()
    _extend_schedules()
    op.create_table(
        "run_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("voice", sa.String(length=80), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("tokens_per_second", sa.Float(), nullable=False),
        sa.Column("bits_per_byte", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run"], ["runs.id"], name=op.f("fk_run_events_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_events")),
    )
    op.create_index("ix_run_events_run", "run_events", ["run"])
    _create_crawls()
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )


def _extend_runs() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("queued_at", MOMENT, nullable=True))
        runs.add_column(sa.Column("requested_by", sa.Integer(), nullable=True))
        runs.add_column(sa.Column("is_forced", sa.Boolean(), nullable=True))
        runs.add_column(sa.Column("minutes", sa.Float(), nullable=True))
        runs.add_column(sa.Column("is_cancel_wanted", sa.Boolean(), nullable=True))
        runs.add_column(sa.Column("device", sa.String(length=64), nullable=True))
        runs.add_column(sa.Column("tokens", sa.Integer(), nullable=True))
        runs.add_column(sa.Column("seconds", sa.Float(), nullable=True))
        runs.add_column(sa.Column("cost", sa.Float(), nullable=True))
        runs.add_column(sa.Column("is_told", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE runs SET queued_at = started_at, is_forced = TRUE, is_cancel_wanted = FALSE, "
        "tokens = 0, seconds = 0, is_told = FALSE"
    )
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("started_at", existing_type=MOMENT, nullable=True)
        runs.alter_column("queued_at", existing_type=MOMENT, nullable=False)
        for name in ("is_forced", "is_cancel_wanted", "is_told"):
            runs.alter_column(name, existing_type=sa.Boolean(), nullable=False)
        runs.alter_column("tokens", existing_type=sa.Integer(), nullable=False)
        runs.alter_column("seconds", existing_type=sa.Float(), nullable=False)
        runs.create_foreign_key(op.f("fk_runs_requested_by"), "members", ["requested_by"], ["id"])
        runs.create_index("ix_runs_state", ["state"])


def _extend_schedules() -> None:
    with op.batch_alter_table("schedules") as schedules:
        schedules.add_column(sa.Column("is_default", sa.Boolean(), nullable=True))
        schedules.add_column(sa.Column("next_run_at", MOMENT, nullable=True))
    op.execute("UPDATE schedules SET is_default = FALSE")
    with op.batch_alter_table("schedules") as schedules:
        schedules.alter_column("is_default", existing_type=sa.Boolean(), nullable=False)


def _create_crawls() -> None:
    op.create_table(
        "crawls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since_ts", sa.String(length=17), nullable=False),
        sa.Column("until_ts", sa.String(length=17), nullable=False),
        sa.Column("is_everyone", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawls")),
    )
    op.create_table(
        "crawl_members",
        sa.Column("crawl", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["crawl"], ["crawls.id"], name=op.f("fk_crawl_members_crawl"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_crawl_members_member")),
        sa.PrimaryKeyConstraint("crawl", "member", name=op.f("pk_crawl_members")),
    )
    op.create_index("ix_crawl_members_member", "crawl_members", ["member"])
    op.create_table(
        "crawl_channels",
        sa.Column("crawl", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("reached_ts", sa.String(length=17), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel"], ["channels.id"], name=op.f("fk_crawl_channels_channel")
        ),
        sa.ForeignKeyConstraint(
            ["crawl"], ["crawls.id"], name=op.f("fk_crawl_channels_crawl"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("crawl", "channel", name=op.f("pk_crawl_channels")),
    )
