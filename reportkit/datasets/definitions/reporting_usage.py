"""Who asked us for which data, what came of it, and how much they took."""

from __future__ import annotations

from sqlalchemy import Double, cast, func, select

from reportkit.catalog.tables import contents, jobs
from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import OWNER, Dataset, Home, Rows, Scope, Shape
from reportkit.datasets.sql import listed, microseconds, within
from reportkit.datasets.warehouse import DOCUMENT

COLUMNS = (
    Column("id", Kind.IDENTIFIER, "The export or report, as its manifest names it"),
    Column("asked_at", Kind.INSTANT, "When it was asked for"),
    Column("user_id", Kind.TEXT, "Who asked; `local` is whoever works on the machine itself"),
    Column("username", Kind.TEXT, "The name they log in with", sensitivity=Sensitivity.PERSONAL),
    Column("role", Kind.TEXT, "The role they asked in: viewer, analyst or admin"),
    Column("kind", Kind.TEXT, "export or report"),
    Column("made_from", Kind.TEXT, "The dataset that was exported, or the notebook that was run"),
    Column("formats", Kind.TEXT, "Of its files: csv, or pdf, html"),
    Column("request", Kind.DOCUMENT, "All that was asked for, as JSON: dates, filters, columns; a report's parameters"),
    Column("state", Kind.TEXT, "queued, running, completed, failed, cancelled, or expired: its files are deleted"),
    Column(
        "rows", Kind.INTEGER, "That an export's files hold, or a report's cells read; empty if nothing was made", "rows"
    ),
    Column("files", Kind.INTEGER, "That were made; empty if none", "files"),
    Column("size", Kind.INTEGER, "Of all its files", "bytes"),
    Column("in_clear", Kind.TEXT, "The personal columns given as they are, as DATASET.COLUMN; empty if none"),
    Column("redacted", Kind.TEXT, "The personal columns given masked or as pseudonyms; empty if none"),
    Column("started_at", Kind.INSTANT, "When work on it began; empty if it never did"),
    Column("finished_at", Kind.INSTANT, "When it ended, in whatever state; empty if it has not"),
    Column("seconds", Kind.NUMBER, "From its beginning to its end", "seconds"),
    Column("error_code", Kind.TEXT, "Why it failed or was cancelled, in a word: deadline_exceeded"),
    Column("error", Kind.TEXT, "The same in a sentence or more"),
)


def build(scope: Scope) -> Rows:
    spec = jobs.c.spec
    made_from = func.coalesce(spec["request"]["dataset"].as_string(), spec["notebook"].as_string())
    formats = func.coalesce(spec["format"].as_string(), listed(spec["formats"]))
    microseconds_taken = microseconds(jobs.c.finished_at) - microseconds(jobs.c.started_at)
    return (
        select(
            *[jobs.c[name] for name in ("id", "kind", "state", "started_at", "finished_at", "error_code", "error")],
            jobs.c.created_at.label("asked_at"),
            jobs.c.owner.label("user_id"),
            jobs.c.owner_name.label("username"),
            jobs.c.owner_role.label("role"),
            made_from.label("made_from"),
            formats.label("formats"),
            cast(spec, DOCUMENT).label("request"),
            *[contents.c[name] for name in ("rows", "files", "size")],
            func.nullif(contents.c.clear, "").label("in_clear"),
            func.nullif(contents.c.redacted, "").label("redacted"),
            (cast(microseconds_taken, Double) / cast(1_000_000, Double)).label("seconds"),
            jobs.c.owner.label(OWNER),
        )
        .outerjoin(contents, contents.c.job_id == jobs.c.id)
        .where(*within(jobs.c.created_at, scope.period))
    )


DATASET = Dataset(
    name="reporting_usage",
    title="Exports and reports made",
    description=(
        "Every export and report that was asked for: by whom, of what, what came of it, and how much data they took. "
        "Rows stay when the files are deleted. They are read from our own catalog while it is written to, so an export "
        "of this dataset is among its own rows, as running. Previews make no file: see reporting_audit. What notebooks "
        "read at an analyst's desk is not written down."
    ),
    owner="Who asked for it owns the row.",
    period="The date range is about when it was asked for.",
    shapes={"none": Shape(COLUMNS, build, order=("asked_at", "id"))},
    filters={
        "state": "queued, running, completed, failed, cancelled or expired",
        "kind": "export or report",
        "made_from": "A dataset's or a notebook's name",
        "user_id": "One person's",
        "role": "viewer, analyst or admin",
        "error_code": "For instance deadline_exceeded",
    },
    home=Home.CATALOG,
)
