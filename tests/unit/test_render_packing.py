"""Packing a PDF: the same document in a fraction of the bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject, PdfObject
from reading_pdf import pages

from reportkit.render.packing import packed

TAGS = 500


def plain(tags: int = TAGS) -> bytes:
    """A page and tagged rows, as Typst writes them."""
    rows = " ".join(f"{number} 0 R" for number in range(6, 6 + tags))
    contents = [
        "<</Type/Catalog/Pages 2 0 R/StructTreeRoot 5 0 R>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R>>",
        "<</Length 17>>\nstream\nBT (endobj) Tj ET\nendstream",
        f"<</Type/StructTreeRoot/K[{rows}]>>",
        *(f"<</Type/StructElem/S/TR/P 5 0 R/K[{number}]>>" for number in range(tags)),
    ]
    out, offsets = "%PDF-1.7\n", []
    for number, content in enumerate(contents, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n\n"
    lines = "".join(f"{offset:010} 00000 n\r\n" for offset in offsets)
    size = len(contents) + 1
    table = f"xref\n0 {size}\n0000000000 65535 f\r\n{lines}trailer\n<</Size {size}/Root 1 0 R/ID[(a)(b)]>>\n"
    return f"{out}{table}startxref\n{len(out)}\n%%EOF".encode()


def objects(pdf: bytes) -> list[bytes]:
    """What is in the file, by number."""
    reader = PdfReader(BytesIO(pdf), strict=True)
    return [spelled(reader.get_object(IndirectObject(number, 0, reader))) for number in range(1, TAGS + 6)]


def spelled(found: PdfObject | None) -> bytes:
    out = BytesIO()
    assert found is not None
    found.write_to_stream(out)
    return out.getvalue()


def test_every_object_reads_back_the_same_from_a_fraction_of_the_bytes() -> None:
    small = packed(plain())
    assert objects(small) == objects(plain())
    assert len(small) < len(plain()) / 4


@pytest.mark.parametrize("tags", [1, 195, 196, 197, 396, 397])
def test_it_does_not_matter_how_many_objects_a_stream_is_filled_with(tags: int) -> None:
    reader = PdfReader(BytesIO(packed(plain(tags))), strict=True)
    trailer: Any = reader.trailer
    rows = trailer["/Root"]["/StructTreeRoot"]
    assert [row.get_object()["/K"] for row in rows["/K"]] == [[number] for number in range(tags)]
    assert trailer["/ID"] == ["a", "b"]
    assert len(pages(packed(plain(tags)))) == 1
