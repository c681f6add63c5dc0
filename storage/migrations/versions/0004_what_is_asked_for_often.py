"""Indexes for all that the bot asks at every command, and every few seconds."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_members_pseudonym": ("members", ["pseudonym"]),
    "ix_members_consent": ("members", ["consent"]),
    "ix_channels_pseudonym": ("channels", ["pseudonym"]),
    "ix_audit_event": ("audit", ["event", "at"]),
    "ix_versions_stale_since": ("versions", ["stale_since"]),
    "ix_runs_queued_at": ("runs", ["queued_at"]),
    "ix_runs_is_told": ("runs", ["is_told", "requested_by"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
