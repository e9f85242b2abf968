"""Cutting a source into parts: every row once, in its order, in the part that it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_back import TableSource

from reportkit.columns import Column, Kind, Native, Schema
from reportkit.errors import BadValue
from reportkit.parts import MOST_PARTS, Part, cut, names_of, numbered, unnumbered

SCHEMA = Schema.of([Column("n", Kind.INTEGER, "A number")])


class NativeSource(TableSource):
    """Writes its own lines; how many it altered is known from the start or only as they are read."""

    def __init__(self, rows: int, batch_rows: int = 3, *, known_from_the_start: bool = True) -> None:
        super().__init__(SCHEMA, [(n,) for n in range(rows)], batch_rows)
        self._known_from_the_start = known_from_the_start

    def native(self, format: str) -> Native | None:
        alterations: Counter[str] = Counter()
        if self._known_from_the_start:
            alterations["guarded_texts"] = len(self._rows)
        return Native(self._lines(alterations), alterations)

    def _lines(self, alterations: Counter[str]) -> Iterator[Sequence[bytes]]:
        for batch in self.batches():
            if not self._known_from_the_start:
                alterations["guarded_texts"] += batch.num_rows
            yield [b"%d\n" % n for n in batch.column("n").to_pylist()]


def numbers(part: Part) -> list[int]:
    return [n for batch in part.batches() for n in batch.column("n").to_pylist()]


def lines(part: Part) -> list[int]:
    native = part.native("csv")
    assert native
    return [int(line) for piece in native.pieces for line in piece]


@pytest.mark.parametrize("read", [numbers, lines])
@given(rows=st.integers(0, 40), rows_per_part=st.integers(1, 45), batch_rows=st.integers(1, 45))
def test_parts_hold_every_row_once_in_order_and_all_but_the_last_are_full(
    read: type[numbers], rows: int, rows_per_part: int, batch_rows: int
) -> None:
    found = [read(part) for part in cut(NativeSource(rows, batch_rows), rows, rows_per_part, "n.csv")]
    assert [n for part in found for n in part] == list(range(rows))
    assert [len(part) for part in found[:-1]] == [rows_per_part] * (len(found) - 1)
    assert 0 < len(found[-1]) <= rows_per_part or rows == 0


def test_without_a_size_all_is_one_part_with_the_name_as_it_is() -> None:
    [part] = cut(NativeSource(5), 5, None, "n.csv")
    assert (part.name, part.rows, numbers(part)) == ("n.csv", 5, [0, 1, 2, 3, 4])


def test_no_rows_are_one_part() -> None:
    [part] = cut(NativeSource(0), 0, 10, "n.csv")
    assert (part.name, part.rows, numbers(part)) == ("n-001.csv", 0, [])


def test_a_row_too_many_is_in_the_last_part() -> None:
    parts = cut(NativeSource(5), 4, 2, "n.csv")
    assert [numbers(part) for part in parts] == [[0, 1], [2, 3, 4]]


def test_batches_are_not_copied() -> None:
    source = TableSource(SCHEMA, [(n,) for n in range(6)], batch_rows=6)
    [whole] = list(source.batches())
    source.batches = lambda: iter([whole])  # type: ignore[method-assign]
    first, second = (next(part.batches()) for part in cut(source, 6, 3, "n.csv"))
    assert address(first) == address(second) == address(whole)


def address(batch: pa.RecordBatch) -> int:
    *_, values = batch.column(0).buffers()
    return int(values.address)


@pytest.mark.parametrize(("known_from_the_start", "told"), [(True, [5, 0, 0]), (False, [3, 2, 0])])
def test_alterations_are_told_once(known_from_the_start: bool, told: list[int]) -> None:
    found = []
    for part in cut(NativeSource(5, known_from_the_start=known_from_the_start), 5, 2, "n.csv"):
        native = part.native("csv")
        assert native
        assert sum(map(len, native.pieces)) == part.rows
        found.append(native.alterations["guarded_texts"])
    assert found == told


def test_a_source_without_records_of_its_own_has_parts_without() -> None:
    source = TableSource(SCHEMA, [(1,), (2,)])
    assert [part.native("csv") for part in cut(source, 2, 1, "n.csv")] == [None, None]


def test_too_many_parts_are_refused_with_what_would_do() -> None:
    assert len(cut(NativeSource(0), MOST_PARTS, 1, "n.csv")) == MOST_PARTS
    with pytest.raises(BadValue, match="rows per file 9: 100,000 rows make 11,112 files; give 10 or more"):
        cut(NativeSource(0), 100_000, 9, "n.csv")
    assert len(cut(NativeSource(0), 100_000, 10, "n.csv")) == MOST_PARTS


@pytest.mark.parametrize(
    ("name", "number", "of", "expected"),
    [
        ("raw_events.csv", 7, 12, "raw_events-007.csv"),
        ("raw_events.csv.gz", 7, 12, "raw_events-007.csv.gz"),
        ("raw_events.json.zst", 7, 1234, "raw_events-0007.json.zst"),
        ("my.report.xlsx", 1000, 1000, "my.report-1000.xlsx"),
        ("october", 1, 1, "october-001"),
        (".csv", 1, 1, ".csv-001"),
    ],
)
def test_a_number_stands_before_the_ending_and_can_be_taken_out(name: str, number: int, of: int, expected: str) -> None:
    assert numbered(name, number, of) == expected
    assert unnumbered(expected) == name


def test_parts_put_elsewhere_are_numbered_after_their_new_name() -> None:
    assert names_of("october.csv", "raw_events.csv", ["raw_events.csv"]) == ["october.csv"]
    assert names_of("october.csv", "raw_events.csv", ["raw_events-001.csv"]) == ["october-001.csv"]
    assert names_of("o.csv", "raw_events.csv", ["x", "y"]) == ["o-001.csv", "o-002.csv"]
