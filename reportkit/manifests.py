"""Manifests: what a file contains, said beside it in `FILE.manifest.json`, and signed. No I/O."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from importlib import metadata
from typing import Any, Self

from reportkit import instants
from reportkit.access import Actor
from reportkit.signing import PublicKey, SigningKey

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
    """name, kind, unit, sensitivity, and the redaction applied (`masked`, `pseudonymised` or null: in clear)."""
    data_cutoff: str
    """Instant of the database snapshot: nothing later is in the file."""
    sort: Sequence[str] = ()
    """What the rows are ordered by before the dataset's own order."""
    since: str | None = None
    """Of an incremental export: only rows taken in from this instant on; null is from the beginning."""
    until: str | None = None
    """And before this one; null where the export is not incremental."""
    declaration: str = ""
    """SHA-256 of what a team's file said of the dataset's rows; empty for our own datasets."""


@dataclass(frozen=True)
class FileEntry:
    """One file that a manifest is about."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    rows: int | None
    """Counted in the file's own bytes; null for a report."""


@dataclass(frozen=True)
class Manifest:
    """What an export or a report contains, who asked for it and how it was made."""

    kind: str
    """`export` or `report`."""
    name: str
    """Of the file; of an export in parts, the name that those are numbered after."""
    format: str
    files: Sequence[FileEntry]
    """One, or the parts in their order."""
    rows: int | None
    """Of all files together; null for a report."""
    reads: Sequence[DatasetRead]
    actor: Actor
    job: str
    started_at: datetime
    finished_at: datetime
    versions: Mapping[str, str]
    alterations: Mapping[str, int] = field(default_factory=dict)
    """How many values the files do not hold literally, by reason: `guarded_texts`, `cut_texts` ..."""
    notebook: Mapping[str, Any] | None = None
    """For a report: name, sha256 of the source notebook, parameters."""
    previous: Mapping[str, Any] | None = None
    """For an incremental export: the one it goes on from."""
    signature: Mapping[str, str] | None = None
    """Over `signed_bytes`."""

    def signed(self, key: SigningKey) -> Self:
        return replace(self, signature=key.sign(signed_bytes(self.to_json())))

    def to_json(self) -> dict[str, Any]:
        value = asdict(self)
        value["actor"] = {"id": self.actor.id, "role": self.actor.role.value, "name": self.actor.name}
        value["started_at"] = instants.to_text(self.started_at)
        value["finished_at"] = instants.to_text(self.finished_at)
        return value

    def to_text(self) -> str:
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"


def signed_bytes(content: Mapping[str, Any]) -> bytes:
    """What is signed: all but the signature, as JSON with sorted names and no spaces, in UTF-8."""
    unsigned = {name: value for name, value in content.items() if name != "signature"}
    return json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse(text: bytes) -> tuple[dict[str, Any], list[FileEntry]]:
    """A manifest's content, which only its signature vouches for, and the files it is about. Raises ValueError."""
    try:
        content = json.loads(text, object_pairs_hook=_no_name_twice)
        signed_bytes(content)
        entries = [_entry(value) for value in content["files"]]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("it is no manifest of ours") from error
    if not isinstance(content.get("name"), str):
        raise ValueError("it is no manifest of ours")
    return content, entries


def fault(content: Mapping[str, Any], key: PublicKey) -> str | None:
    """Why the signature does not vouch for a manifest's content, for people; None if it does."""
    return key.fault(signed_bytes(content), content.get("signature"))


def _entry(value: object) -> FileEntry:
    match value:
        case {"name": str(name), "size": int(size), "sha256": str(sha256), "rows": int() | None as rows}:
            return FileEntry(name, size, sha256, rows)
    raise ValueError("a file is described in another way")


def _no_name_twice(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values for one name, some readers see the first and others the last."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands twice")
    return value
