"""A finished PDF with its small objects packed together: a tagged table takes a quarter of the bytes.

Typst writes each tag in the clear, and a table of thousands of rows has one for every cell. Object streams
(ISO 32000-1, 7.5.7), which PDF/A-2 and PDF/UA-1 allow, hold them deflated. Nothing that the file says changes.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

_IN_A_STREAM = 200
"""Objects; who reads one of them inflates them all."""
_CELL = b"<</Type/StructElem/S/TD"
"""How the tag of a table's cell begins. They come last: who counts rows can leave their streams alone."""
_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*)\nendobj\s*", re.DOTALL)
_TABLE = re.compile(rb"xref\n0 (\d+)\n(.*)trailer\n<<(/Size \d+)(.*)>>\n", re.DOTALL)

Place = tuple[int, int, int]
"""An object's line in the table of objects: its type, and two numbers that mean what the type says."""
_FREE, _BY_ITSELF, _PACKED = 0, 1, 2


def packed(pdf: bytes) -> bytes:
    """`pdf` is as Typst writes it: with one table of objects, and none of them in another."""
    body, _, start = pdf.rpartition(b"startxref\n")
    table = _TABLE.fullmatch(body, int(start.split()[0]))
    assert table
    file = _File(pdf[: pdf.index(b"1 0 obj\n")], int(table[1]))
    offsets = sorted(int(line[:10]) for line in table[2].splitlines() if line.rstrip().endswith(b"n"))
    spans = zip(offsets, [*offsets[1:], table.start()], strict=True)
    objects = [found for span in spans if (found := _OBJECT.fullmatch(pdf, *span))]
    assert len(objects) == len(offsets)
    for found in sorted(objects, key=lambda found: pdf.startswith(_CELL, found.start(2))):
        file.add(int(found[1]), found[2])
    return file.ended(table[4])


class _File:
    """A PDF on its way out."""

    def __init__(self, head: bytes, next_number: int) -> None:
        self._out, self._next = bytearray(head), next_number
        self._places: dict[int, Place] = {0: (_FREE, 0, 0xFFFF)}
        self._small: dict[int, bytes] = {}

    def add(self, number: int, content: bytes) -> None:
        if content.endswith(b"endstream"):
            return self._write(number, content)
        self._small[number] = content
        if len(self._small) == _IN_A_STREAM:
            self._pack()
        return None

    def ended(self, trailer: bytes) -> bytes:
        """With the table of all objects, in which stands what the file's `trailer` said."""
        self._pack()
        start, number = len(self._out), self._next
        self._places[number] = (_BY_ITSELF, start, 0)
        table = b"".join(struct.pack(">BLH", *self._places.get(each, (_FREE, 0, 0))) for each in range(number + 1))
        facts = b"/Type/XRef/W[1 4 2]/Size %d%b" % (number + 1, trailer)
        self._write(number, _stream(facts, table))
        return bytes(self._out + b"startxref\n%d\n%%%%EOF\n" % start)

    def _write(self, number: int, content: bytes) -> None:
        self._places[number] = (_BY_ITSELF, len(self._out), 0)
        self._out += b"%d 0 obj\n%b\nendobj\n" % (number, content)

    def _pack(self) -> None:
        if not self._small:
            return
        self._places |= {each: (_PACKED, self._next, index) for index, each in enumerate(self._small)}
        self._write(self._next, _together(self._small))
        self._next += 1
        self._small = {}


def _together(objects: Mapping[int, bytes]) -> bytes:
    numbers, offset = [], 0
    for number, content in objects.items():
        numbers.append(b"%d %d" % (number, offset))
        offset += len(content) + 1
    index = b" ".join(numbers) + b"\n"
    facts = b"/Type/ObjStm/N %d/First %d" % (len(objects), len(index))
    return _stream(facts, index + b"\n".join(objects.values()))


def _stream(facts: bytes, data: bytes) -> bytes:
    deflated = zlib.compress(data)
    return b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (facts, len(deflated), deflated)
