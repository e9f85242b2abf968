"""Manifests: what a file contains, said beside it in `FILE.manifest.json`. No I/O."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib import metadata
from typing import Any

from reportkit import instants
from reportkit.access import Actor

SUFFIX = ".manifest.json"


def versions() -> dict[str, str]:
    """Of the software whose behaviour shows in a file."""
    packages = ("analytics-reportkit", "pyarrow", "tea-tasting", "typst", "plotly")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}


@dataclass(frozen=True)
class DatasetRead:
    """One answer of one dataset, as it went into the file."""

    dataset: str
    rows: int
    period: Mapping[str, str | None]
    by: str | None
    filters: Mapping[str, Sequence[str]]
    columns: Sequence[Mapping[str, str | None]]
    """name, kind, unit, and the redaction applied (`masked`, `pseudonymised` or null)."""
    data_cutoff: str
    """Instant of the database snapshot: nothing later is in the file."""


@dataclass(frozen=True)
class Manifest:
    """What one artifact contains, who asked for it and how it was made."""

    kind: str
    """`export` or `report`."""
    file: str
    format: str
    size: int
    """Bytes."""
    sha256: str
    rows: int | None
    """Rows in an export, counted in the file's own bytes; null for a report."""
    reads: Sequence[DatasetRead]
    actor: Actor
    job: str
    started_at: datetime
    finished_at: datetime
    versions: Mapping[str, str]
    alterations: Mapping[str, int] = field(default_factory=dict)
    """How many values the file does not hold literally, by reason: `guarded_texts`, `cut_texts` ..."""
    notebook: Mapping[str, Any] | None = None
    """For a report: name, sha256 of the source notebook, parameters."""

    def to_json(self) -> dict[str, Any]:
        value = asdict(self)
        value["actor"] = {"id": self.actor.id, "role": self.actor.role.value, "name": self.actor.name}
        value["started_at"] = instants.to_text(self.started_at)
        value["finished_at"] = instants.to_text(self.finished_at)
        return {name: part for name, part in value.items() if name != "notebook" or part is not None}

    def to_text(self) -> str:
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"
