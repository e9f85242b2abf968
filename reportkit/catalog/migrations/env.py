"""Alembic's entry: runs the scripts in the transaction that `Catalog.migrate` holds."""

from __future__ import annotations

from alembic import context

from reportkit.catalog.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
