"""Compressed files: the same content, the same bytes each time, errors where they belong, and no thread left."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from nasty import ALTERATIONS, ROWS, SCHEMA
from reading_back import Forward, NativeSource, TableSource, about, batch

from reportkit.columns import Column, Kind, Schema
from reportkit.errors import Cancelled
from reportkit.specs import FileOptions
from reportkit.writers import COMPRESSIBLE, writer_for
from reportkit.writers.base import Written
from reportkit.writers.compression import COMPRESSIONS, compressed


def unzstd(data: bytes) -> bytes:
    return bytes(pa.CompressedInputStream(pa.BufferReader(data), "zstd").read())


DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "zstd": unzstd}


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.enumerate()
    yield
    assert threading.enumerate() == before


def written(format: str, source: Any, **options: Any) -> tuple[bytes, Written]:
    file = Forward()
    written = writer_for(format, FileOptions(**options)).write(source, file, about())
    return bytes(file.content), written


class Endless(TableSource):
    """Goes on until someone stops, and is hard to compress."""

    def __init__(self) -> None:
        super().__init__(Schema.of([Column("noise", Kind.TEXT, "A text")]), [])

    def batches(self) -> Iterator[pa.RecordBatch]:
        noise = Random(1)
        while True:
            yield batch(self.schema, [(noise.randbytes(1000).hex(),) for _ in range(50)])


def test_every_compression_can_be_read_here() -> None:
    assert set(COMPRESSIONS) == set(DECOMPRESS)


@pytest.mark.parametrize("compression", DECOMPRESS)
@pytest.mark.parametrize("format", COMPRESSIBLE)
class TestEveryFile:
    def test_it_holds_the_plain_file(self, format: str, compression: str) -> None:
        plain, _ = written(format, TableSource(SCHEMA, ROWS))
        data, result = written(format, TableSource(SCHEMA, ROWS), compression=compression)
        assert DECOMPRESS[compression](data) == plain
        assert len(data) < len(plain) / 4
        assert result == Written(len(ROWS), ALTERATIONS[format])

    def test_the_same_rows_give_the_same_bytes(self, format: str, compression: str) -> None:
        first, second = (written(format, TableSource(SCHEMA, ROWS, 7), compression=compression) for _ in range(2))
        assert first == second

    def test_an_empty_answer_is_a_valid_file(self, format: str, compression: str) -> None:
        plain, _ = written(format, TableSource(SCHEMA, []))
        data, result = written(format, TableSource(SCHEMA, []), compression=compression)
        assert DECOMPRESS[compression](data) == plain
        assert result == Written(0, {})

    def test_it_says_what_it_is(self, format: str, compression: str) -> None:
        writer = writer_for(format, FileOptions(compression=compression))
        assert writer.format == format
        assert writer.suffix == f".{format}{COMPRESSIONS[compression].suffix}"
        assert writer.media_type == f"application/{compression}"

    @pytest.mark.parametrize("after", [0, 1000, 20_000])
    def test_a_full_disk_is_passed_on_at_once(self, format: str, compression: str, after: int) -> None:
        class FullDisk(Forward):
            refusals = 0

            def write(self, data: bytes | memoryview, /) -> int:
                if len(self.content) + len(data) > after:
                    self.refusals += 1
                    raise OSError(28, "No space left on device")
                return super().write(data)

        disk = FullDisk()
        with pytest.raises(OSError, match="No space left"):
            writer_for(format, FileOptions(compression=compression)).write(Endless(), disk, about())
        assert disk.refusals == 1

    def test_what_the_source_raises_is_passed_on(self, format: str, compression: str) -> None:
        class Stopped(TableSource):
            def batches(self) -> Iterator[pa.RecordBatch]:
                for _ in range(10):
                    yield batch(SCHEMA, ROWS)
                raise Cancelled("stopped by its owner")

        with pytest.raises(Cancelled, match="by its owner"):
            written(format, Stopped(SCHEMA, []), compression=compression)


@pytest.mark.parametrize("compression", DECOMPRESS)
class TestTheThread:
    def test_its_errors_are_raised_where_it_is_written_to(
        self, compression: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Broken:
            def compress(self, data: bytes | memoryview, /) -> bytes:
                raise MemoryError("no room")

            def flush(self) -> bytes:
                return b""

        kind = COMPRESSIONS[compression]
        broken = type(kind)(kind.suffix, kind.media_type, Broken)
        monkeypatch.setattr("reportkit.writers.compression.COMPRESSIONS", {compression: broken})
        with pytest.raises(MemoryError, match="no room"):
            written("csv", Endless(), compression=compression)

    def test_only_the_writing_thread_writes_to_the_file(self, compression: str) -> None:
        class Watched(Forward):
            def write(self, data: bytes | memoryview, /) -> int:
                assert threading.current_thread() is threading.main_thread()
                return super().write(data)

        with compressed(Watched(), compression) as file:
            for _ in range(100):
                file.write(b"x" * 10_000)

    def test_few_pieces_wait_however_slow_it_is(self, compression: str, monkeypatch: pytest.MonkeyPatch) -> None:
        waiting: list[int] = []
        done = 0

        class Counting:
            def compress(self, data: bytes | memoryview, /) -> bytes:
                nonlocal done
                done += 1
                return b""

            def flush(self) -> bytes:
                return b""

        kind = COMPRESSIONS[compression]
        monkeypatch.setattr(
            "reportkit.writers.compression.COMPRESSIONS",
            {compression: type(kind)(kind.suffix, kind.media_type, Counting)},
        )
        with compressed(Forward(), compression) as file:
            for number in range(1, 500):
                file.write(b"x")
                waiting.append(number - done)
        assert max(waiting) <= 4

    def test_nothing_ends_a_file_whose_writing_failed(self, compression: str) -> None:
        whole, cut = Forward(), Forward()
        with compressed(whole, compression) as file:
            file.write(b"a")
        with pytest.raises(RuntimeError), compressed(cut, compression) as file:
            file.write(b"a")
            raise RuntimeError("stop")
        assert len(cut.content) < len(whole.content)

    def test_what_the_database_wrote_is_compressed_too(self, compression: str) -> None:
        schema = Schema.of([Column(name, Kind.INTEGER, "A number") for name in "ab"])
        source = NativeSource(schema, {"csv": [[b"1,2\n"] * 1000] * 20})
        data, result = written("csv", source, compression=compression)
        assert DECOMPRESS[compression](data) == b"a,b\n" + b"1,2\n" * 20_000
        assert result == Written(20_000, {})
