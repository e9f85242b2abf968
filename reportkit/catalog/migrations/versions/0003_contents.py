"""What the files of a job held, kept longer than the files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes of all files together"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("clear", sa.Text, nullable=False, comment="personal columns given as they are: DATASET.COLUMN, ..."),
        sa.Column("redacted", sa.Text, nullable=False, comment="personal columns masked or pseudonymised"),
    )
