"""XLSX: the ZIP package that streams."""

from __future__ import annotations

import io
import zipfile

import pytest
from reading_back import Forward

from reportkit.errors import UnwritableExport
from reportkit.writers import xlsx_package
from reportkit.writers.xlsx_package import Package, deflate


def packed(**entries: list[bytes]) -> bytes:
    file = Forward()
    package = Package(file)
    for name, pieces in entries.items():
        with package.entry(name) as write:
            for piece in pieces:
                write(deflate(piece))
    package.close()
    return bytes(file.content)


def test_pieces_deflated_by_themselves_make_one_entry() -> None:
    pieces = [b"a" * 100_000, b"", b"b", bytes(range(256)) * 1000]
    with zipfile.ZipFile(io.BytesIO(packed(first=pieces, naïve=[b"x"], empty=[]))) as package:
        assert package.testzip() is None
        assert package.namelist() == ["first", "naïve", "empty"]
        assert package.read("first") == b"".join(pieces)
        assert package.getinfo("first").file_size == sum(map(len, pieces))
        assert (package.read("naïve"), package.read("empty")) == (b"x", b"")


def test_a_package_without_entries_is_one() -> None:
    assert zipfile.ZipFile(io.BytesIO(packed())).namelist() == []


@pytest.mark.parametrize("entries", [{"a": [b"x" * 101]}, {"a": [b"x" * 50], "b": [b"y" * 50], "c": []}])
def test_what_needs_zip64_is_refused_with_what_to_do(
    entries: dict[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_package, "_MOST_BYTES", 100)
    with pytest.raises(UnwritableExport, match="at most 4 GiB; choose fewer rows, rows_per_file, or CSV"):
        packed(**entries)
