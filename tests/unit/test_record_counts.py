"""Records are counted in the bytes that go out, wherever those are cut into pieces."""

from __future__ import annotations

import csv
import io
import itertools

from hypothesis import given
from hypothesis import strategies as st

from reportkit.writers.base import CountedFile, LineEndsOutsideQuotes, Marks

fields = st.text(st.sampled_from('a",\n\r'), max_size=4)
tables = st.lists(st.tuples(fields, fields), max_size=6)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(ends)]


@given(tables, st.lists(st.integers(0, 60)))
def test_csv_records_are_line_ends_outside_quotes(table: list[tuple[str, str]], cuts: list[int]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    tally = LineEndsOutsideQuotes()
    assert sum(map(tally, pieces(text.getvalue().encode(), cuts))) == len(table)


@given(st.text(st.sampled_from("<row> {\n"), max_size=40), st.lists(st.integers(0, 40)))
def test_marks_are_counted_even_when_cut_in_two(text: str, cuts: list[int]) -> None:
    for mark in ("<row ", "\n{", "\n"):
        tally = Marks(mark.encode())
        assert sum(map(tally, pieces(text.encode(), cuts))) == text.count(mark)


def test_a_counted_file_passes_everything_on() -> None:
    behind = io.BytesIO()
    file = CountedFile(behind, Marks(b"\n"))
    assert file.write(b"a\nb") == 3
    assert file.write(memoryview(b"c\n\n")) == 3
    assert (behind.getvalue(), file.records, file.size) == (b"a\nbc\n\n", 3, 6)
