"""The recipe of an export, with parts that lie: whatever goes wrong, nothing is published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pyarrow as pa
import pytest
from exporting import exports, job

from reportkit.datasets.sources import Snapshot, Warehouse
from reportkit.datasets.sql_source import SqlSource
from reportkit.errors import IncompleteExport, StorageUnavailable, WarehouseUnavailable
from reportkit.jobs import Progress
from reportkit.manifests import SUFFIX
from reportkit.testing import MemorySink, MemoryStorage

FORMATS = ["csv", "json", "ndjson", "xlsx"]


@pytest.mark.parametrize("format", FORMATS)
def test_file_and_manifest_lie_side_by_side_under_a_key_not_to_be_guessed(warehouse: Warehouse, format: str) -> None:
    storage, progress = MemoryStorage(), Progress()
    [artifact] = exports(warehouse, storage).run(job(format), progress)
    assert artifact.key == f"exports/j-1/1/secret/raw_events.{format}"
    assert set(storage.files) == {artifact.key, artifact.key + SUFFIX}
    manifest = json.loads(storage.files[artifact.key + SUFFIX])
    [file] = manifest["files"]
    assert (file["name"], manifest["name"]) == (artifact.name, artifact.name)
    assert file["size"] == artifact.size == len(storage.files[artifact.key])
    assert progress.rows_done == progress.rows_expected == file["rows"] == manifest["rows"] > 500
    assert artifact.expires_at - artifact.created_at == timedelta(days=7)


class DroppingSink(MemorySink):
    """Says it took everything, and loses the end of each piece."""

    def write(self, data: bytes | memoryview, /) -> int:
        super().write(data[:-1])
        return len(data)


class DroppingStorage(MemoryStorage):
    @contextmanager
    def writer(self, key: str) -> Iterator[MemorySink]:
        yield DroppingSink(self.files, key)


@pytest.mark.parametrize("format", FORMATS)
def test_a_sink_that_drops_bytes_fails_the_export(warehouse: Warehouse, format: str) -> None:
    storage = DroppingStorage()
    with pytest.raises(StorageUnavailable, match="storage kept .* nothing was published"):
        exports(warehouse, storage).run(job(format), Progress())
    assert storage.files == {}


@pytest.mark.parametrize("format", FORMATS)
def test_a_row_lost_between_query_and_file_fails_the_export(
    warehouse: Warehouse, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SqlSource.batches

    def one_less(self: SqlSource) -> Iterator[pa.RecordBatch]:
        for batch in whole(self):
            yield batch.slice(1)

    monkeypatch.setattr(SqlSource, "batches", one_less)
    storage = MemoryStorage()
    with pytest.raises(IncompleteExport) as failed:
        exports(warehouse, storage).run(job(format), Progress())
    assert failed.value.written < failed.value.expected
    assert storage.files == {}


def test_a_database_lost_in_mid_stream_publishes_nothing(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SqlSource.batches

    def cut(self: SqlSource) -> Iterator[pa.RecordBatch]:
        yield next(iter(whole(self)))
        raise WarehouseUnavailable("the warehouse was lost")

    monkeypatch.setattr(SqlSource, "batches", cut)
    storage = MemoryStorage()
    with pytest.raises(WarehouseUnavailable):
        exports(warehouse, storage).run(job(), Progress())
    assert storage.files == {}


class FullDisk(MemoryStorage):
    """Has room for the file and none for the manifest."""

    @contextmanager
    def writer(self, key: str) -> Iterator[MemorySink]:
        if key.endswith(SUFFIX):
            raise StorageUnavailable("the disk is full")
        with super().writer(key) as sink:
            yield sink


def test_a_file_whose_manifest_cannot_be_kept_is_not_kept_either(warehouse: Warehouse) -> None:
    storage = FullDisk()
    with pytest.raises(StorageUnavailable, match="the disk is full"):
        exports(warehouse, storage).run(job(), Progress())
    assert storage.files == {}


def test_the_snapshot_can_be_stopped_while_it_is_read_and_not_after(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(Snapshot, "cancel", lambda self: stopped.append("snapshot"))
    progress, whole = Progress(), SqlSource.batches

    def stopping(self: SqlSource) -> Iterator[pa.RecordBatch]:
        progress.stop()
        yield from whole(self)

    monkeypatch.setattr(SqlSource, "batches", stopping)
    exports(warehouse, MemoryStorage()).run(job(), progress)
    progress.stop()
    assert stopped == ["snapshot"]
