"""An export in parts: each a file of its own, all of one snapshot under one signed manifest, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from exporting import KEY, exports, job
from reading_back import READERS

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Warehouse
from reportkit.errors import BadSettings, BadValue, IncompleteExport, StorageUnavailable
from reportkit.jobs import Artifact, Progress
from reportkit.manifests import SUFFIX, fault, parse
from reportkit.signing import SigningKey
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.storage.base import Storage
from reportkit.testing import MemorySink, MemoryStorage
from reportkit.writers import FORMATS
from reportkit.writers.base import About, BinaryFile, Written
from reportkit.writers.csv_writer import CsvWriter

FOLDER = "exports/j-1/1/secret"
PER_FILE = 200
SCHEMA = build_query(Registry.built_in()["raw_events"], DatasetRequest("raw_events"), LOCAL_ADMIN).schema


def exported(
    warehouse: Warehouse,
    storage: Storage,
    rows_per_file: int | None = PER_FILE,
    format: str = "csv",
    progress: Progress | None = None,
    **filters: str,
) -> list[Artifact]:
    return exports(warehouse, storage).run(job(format, rows_per_file, **filters), progress or Progress())


@pytest.mark.parametrize("format", FORMATS)
def test_the_parts_together_hold_what_one_file_would(warehouse: Warehouse, format: str) -> None:
    storage, progress = MemoryStorage(), Progress()
    read = next(iter(READERS[format].values())).read
    [whole] = exported(warehouse, storage, None, format)
    header, expected = read(storage.files[whole.key], SCHEMA)
    artifacts = exported(warehouse, storage, PER_FILE, format, progress)
    found = [read(storage.files[artifact.key], SCHEMA) for artifact in artifacts]
    assert [part_header for part_header, _ in found] == [header] * len(found)
    assert [repr(row) for _, rows in found for row in rows] == [repr(row) for row in expected]
    assert {len(rows) for _, rows in found[:-1]} == {PER_FILE}
    assert progress.rows_done == progress.rows_expected == len(expected)


def test_one_signed_manifest_lies_beside_the_parts_and_lists_them(warehouse: Warehouse) -> None:
    storage = MemoryStorage()
    artifacts = exported(warehouse, storage)
    names = [f"raw_events-{number:03}.csv" for number in range(1, len(artifacts) + 1)]
    assert set(storage.files) == {f"{FOLDER}/{name}" for name in [*names, f"raw_events.csv{SUFFIX}"]}
    content, files = parse(storage.files[f"{FOLDER}/raw_events.csv{SUFFIX}"])
    assert fault(content, KEY.public) is None
    assert [(file.name, file.size, file.sha256) for file in files] == [(a.name, a.size, a.sha256) for a in artifacts]
    assert [file.rows for file in files[:-1]] == [PER_FILE] * (len(files) - 1)
    assert sum(file.rows or 0 for file in files) == content["rows"] == content["reads"][0]["rows"]
    assert content["alterations"] == exported(warehouse, MemoryStorage(), None)[0].manifest["alterations"] != {}


def test_each_artifact_knows_itself_and_where_the_manifest_is(warehouse: Warehouse) -> None:
    artifacts = exported(warehouse, MemoryStorage())
    assert len({artifact.id for artifact in artifacts}) == len(artifacts) > 2
    for artifact in artifacts:
        assert [file["name"] for file in artifact.manifest["files"]] == [artifact.name]
        assert artifact.manifest_key == f"{FOLDER}/raw_events.csv{SUFFIX}"


def test_parts_are_deleted_together_with_their_manifest(warehouse: Warehouse) -> None:
    storage = MemoryStorage()
    storage.files["exports/j-2/1/secret/raw_events.csv"] = b"another's"
    artifacts = exported(warehouse, storage)
    storage.discard(artifacts[1].folder)
    assert list(storage.files.values()) == [b"another's"]


def test_no_rows_are_one_empty_valid_part(warehouse: Warehouse) -> None:
    storage = MemoryStorage()
    [artifact] = exported(warehouse, storage, event_name="none_such")
    assert (artifact.name, artifact.manifest["rows"]) == ("raw_events-001.csv", 0)
    assert len(storage.files[artifact.key].splitlines()) == 1


def test_a_part_speaks_of_its_own_rows(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []
    whole = CsvWriter.write

    def listening(self: CsvWriter, source: Any, file: BinaryFile, about: About) -> Written:
        told.append((about.title, about.read.rows))
        return whole(self, source, file, about)

    monkeypatch.setattr(CsvWriter, "write", listening)
    artifacts = exported(warehouse, MemoryStorage())
    last = artifacts[-1].manifest["files"][0]["rows"]
    assert told[0] == (f"Raw events (1 of {len(told)})", PER_FILE)
    assert told[-1] == (f"Raw events ({len(told)} of {len(told)})", last)
    exported(warehouse, MemoryStorage(), None)
    assert told[-1][0] == "Raw events"


class FailingSink(MemorySink):
    def write(self, data: bytes | memoryview, /) -> int:
        raise StorageUnavailable("the disk is full")


class FailingStorage(MemoryStorage):
    """Takes everything but the file of this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    @contextmanager
    def writer(self, key: str) -> Iterator[MemorySink]:
        yield FailingSink(self.files, key) if key.endswith(self._name) else MemorySink(self.files, key)


@pytest.mark.parametrize("name", ["-001.csv", "-002.csv", SUFFIX])
def test_a_sink_that_fails_leaves_nothing_of_any_part(warehouse: Warehouse, name: str) -> None:
    storage = FailingStorage(name)
    with pytest.raises(StorageUnavailable, match="the disk is full"):
        exported(warehouse, storage)
    assert storage.files == {}


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_row_lost_in_any_part_fails_the_export(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """The writer's own loss: the row is read, and not in the bytes."""
    whole, written = CsvWriter.write, []

    def losing(self: CsvWriter, source: Any, file: BinaryFile, about: About) -> Written:
        written.append(whole(self, source, file, about))
        records = written[-1].records - (len(written) == lost)
        return Written(records, written[-1].alterations)

    monkeypatch.setattr(CsvWriter, "write", losing)
    storage = MemoryStorage()
    with pytest.raises(IncompleteExport, match="200 rows of the query belong in the file but 199 arrived"):
        exported(warehouse, storage)
    assert len(written) == lost
    assert storage.files == {}


def test_more_files_than_anyone_can_use_are_refused(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportkit.parts.MOST_PARTS", 3)
    storage = MemoryStorage()
    with pytest.raises(BadValue, match="rows per file 10: .* rows make .* files; give .* or more"):
        exported(warehouse, storage, 10)
    assert storage.files == {}


@pytest.mark.parametrize("rows", [0, -1])
def test_a_part_without_rows_is_no_part(rows: int) -> None:
    with pytest.raises(BadValue, match="rows_per_file .*: give a number above zero"):
        ExportSpec(DatasetRequest("raw_events"), "csv", rows_per_file=rows)


def test_a_key_that_cannot_be_used_is_told_before_any_work(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unusable() -> SigningKey:
        raise BadSettings("no key")

    recipe = replace(exports(warehouse, MemoryStorage()), signing_key=unusable)
    monkeypatch.setattr(Warehouse, "snapshot", lambda self: pytest.fail("the warehouse was asked"))
    with pytest.raises(BadSettings, match="no key"):
        recipe.run(job(), Progress())
