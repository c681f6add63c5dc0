"""Which files of exports came in, so that they are not read again while nothing has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_files",
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel"], ["channels.id"], name=op.f("fk_known_files_channel"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel", "mark", name=op.f("pk_known_files")),
    )
