"""What every storage promises, tried on each."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reportkit.errors import BadSettings, NotFound, StorageUnavailable
from reportkit.storage import open_storage
from reportkit.storage.base import Storage
from reportkit.storage.local import UNFINISHED, LocalStorage
from reportkit.testing import MemoryStorage

KEY = "exports/job/1/secret/raw_events.csv"


@pytest.fixture(params=["local", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return LocalStorage(tmp_path / "artifacts") if request.param == "local" else MemoryStorage()


class TestEveryStorage:
    def test_what_was_published_reads_back_whole(self, storage: Storage) -> None:
        with storage.writer(KEY) as sink:
            assert sink.write(b"id,name\n") == 8
            assert sink.write(memoryview(b"1,Ada\n")) == 6
            assert sink.publish() == 14
        with storage.open(KEY) as file:
            assert file.read() == b"id,name\n1,Ada\n"

    def test_nothing_is_visible_before_it_is_published(self, storage: Storage) -> None:
        with storage.writer(KEY) as sink:
            sink.write(b"half")
            with pytest.raises(NotFound):
                storage.open(KEY)
        with pytest.raises(NotFound):
            storage.open(KEY)

    def test_nothing_stays_of_a_writer_that_failed(self, storage: Storage) -> None:
        with pytest.raises(RuntimeError), storage.writer(KEY) as sink:
            sink.write(b"half")
            raise RuntimeError
        with pytest.raises(NotFound):
            storage.open(KEY)

    def test_an_empty_file_is_a_file(self, storage: Storage) -> None:
        with storage.writer(KEY) as sink:
            assert sink.publish() == 0
        with storage.open(KEY) as file:
            assert file.read() == b""

    def test_deleting_takes_it_away_and_deleting_again_is_fine(self, storage: Storage) -> None:
        with storage.writer(KEY) as sink:
            sink.publish()
        storage.delete(KEY)
        storage.delete(KEY)
        with pytest.raises(NotFound):
            storage.open(KEY)

    def test_discarding_takes_all_below_a_prefix_and_nothing_beside_it(self, storage: Storage) -> None:
        for key in ("exports/a/1/x/f.csv", "exports/a/2/y/f.csv", "exports/ab/1/z/f.csv"):
            with storage.writer(key) as sink:
                sink.publish()
        storage.discard("exports/a")
        storage.discard("exports/nothing")
        for key in ("exports/a/1/x/f.csv", "exports/a/2/y/f.csv"):
            with pytest.raises(NotFound):
                storage.open(key)
        storage.open("exports/ab/1/z/f.csv").close()


class TestLocalStorage:
    def test_files_are_readable_by_their_owner_alone(self, tmp_path: Path) -> None:
        with LocalStorage(tmp_path / "artifacts").writer(KEY) as sink:
            sink.publish()
        assert (tmp_path / "artifacts" / KEY).stat().st_mode & 0o077 == 0

    def test_a_failed_writer_leaves_no_file_of_any_kind(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError), LocalStorage(tmp_path).writer(KEY) as sink:
            sink.write(b"half")
            raise RuntimeError
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_sweeping_takes_what_dead_writers_left_and_nothing_else(self, tmp_path: Path) -> None:
        storage, long_ago = LocalStorage(tmp_path), datetime.now(UTC) - timedelta(days=2)
        unfinished, foreign = tmp_path / UNFINISHED / "left", tmp_path / "sub" / "thesis.txt"
        with storage.writer("exports/old/1/secret/a.csv") as sink:
            sink.publish()
        for path in (unfinished, foreign):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"half")
        for path in (unfinished, foreign, tmp_path / "exports/old/1/secret/a.csv"):
            os.utime(path, (long_ago.timestamp(),) * 2)
        with storage.writer(KEY) as sink:
            assert storage.sweep(long_ago + timedelta(days=1)) == 1
            sink.publish()
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert left == {KEY, "exports/old/1/secret/a.csv", "sub/thesis.txt"}

    def test_many_may_write_and_sweep_at_once(self, tmp_path: Path) -> None:
        storage = LocalStorage(tmp_path)

        def write(number: int) -> None:
            with storage.writer(f"exports/{number}/a.csv") as sink:
                sink.publish()
            storage.sweep(datetime.now(UTC) - timedelta(days=1))
            storage.delete(f"exports/{number}/a.csv")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(400)))
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_its_root_may_lie_anywhere(self, tmp_path: Path) -> None:
        with LocalStorage(tmp_path / ".." / tmp_path.name / "artifacts").writer(KEY) as sink:
            sink.publish()
        assert (tmp_path / "artifacts" / KEY).exists()

    @pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a/\0b", f"{UNFINISHED}/x"])
    def test_a_key_cannot_lead_out_of_the_directory(self, tmp_path: Path, key: str) -> None:
        with pytest.raises(ValueError, match="not a storage key"), LocalStorage(tmp_path).writer(key):
            pass

    def test_a_full_disk_is_told_as_such(self) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            from reportkit.storage.local import LocalSink

            with pytest.raises(StorageUnavailable, match="the disk is full; free some space"):
                LocalSink(full, Path("/dev/full"), Path("/dev/full"), Path("/dev")).write(b"x")

    def test_a_directory_that_cannot_be_made_is_told_as_such(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StorageUnavailable, match="cannot keep files"), LocalStorage(tmp_path / "file").writer(KEY):
            pass


@pytest.mark.parametrize("url", ["", "artifacts", "file://relative", "ftp://host/x", "s3:/x"])
def test_a_storage_address_we_cannot_use_says_how_to_write_it(url: str) -> None:
    with pytest.raises(BadSettings, match="file:///absolute/directory"):
        open_storage(url)
