"""What the files of a job held. Files and their manifests are deleted in time; who took which data must stay known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert

from reportkit.catalog.tables import contents
from reportkit.columns import Sensitivity
from reportkit.jobs import Artifact


def note(connection: Connection, made: Sequence[Artifact]) -> None:
    """`made` are all files of one job: every manifest of theirs names the same reads. None of none."""
    for artifact in made[:1]:
        reads = artifact.manifest["reads"]
        connection.execute(
            insert(contents).values(
                job_id=artifact.job_id,
                files=len(made),
                size=sum(each.size for each in made),
                rows=sum(read["rows"] for read in reads),
                clear=_listed(_personal(reads, redacted=False)),
                redacted=_listed(_personal(reads, redacted=True)),
            )
        )


def _personal(reads: Sequence[Mapping[str, Any]], *, redacted: bool) -> Iterator[str]:
    for read in reads:
        for column in read["columns"]:
            if column["sensitivity"] == Sensitivity.PERSONAL and bool(column["redaction"]) is redacted:
                yield f"{read['dataset']}.{column['name']}"


def _listed(names: Iterator[str]) -> str:
    return ", ".join(sorted(set(names)))
