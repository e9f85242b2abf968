"""How far an incremental export came, kept longer than its file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("mark", sa.JSON(none_as_null=True)))
