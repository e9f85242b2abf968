"""Pictures that are broken, too large, moving or not all there: a good document with a note, never an error."""

from __future__ import annotations

import base64
import tracemalloc
import zlib

import pytest
from executed_notebook import DOT, INFO, code, display, notebook
from png_files import png_file

from reportkit.brand import DEFAULT
from reportkit.render.cells import read_cells
from reportkit.render.figures import FigureEngine
from reportkit.render.html import render_html
from reportkit.render.nodes import Node
from reportkit.render.pdf import render_pdf

BOX = '<rect width="9" height="9"/>'
JPEG = (
    b"\xff\xd8\xff\xdb\x00\x43\x00" + b"\x01" * 64 + b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x00\xff\xc4\x00\x14\x10\x01" + bytes(15) + b"\x00"
    b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x3f\xff\xd9"
)
"""Grey, 8 x 8 pixels."""
FRAME = b"\x21\xf9\x04\x00\x0a\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + FRAME + b"\x3b"
MOVING_GIF = GIF[:-1] + FRAME + b"\x3b"
MOVING_WEBP = base64.b64decode(
    "UklGRoQAAABXRUJQVlA4WAoAAAACAAAAAwAAAwAAQU5JTQYAAAAAAAAAAABBTk1GKAAAAAAAAAAAAAMAAAMAAGQAAAJWUDhMDwAA"
    "AC8DwAAABxD9j/4HIqL/AQBBTk1GKAAAAAAAAAAAAAMAAAMAAGQAAABWUDhMDwAAAC8DwAAABxDR//4HIqL/AQA="
)
"""Four pixels wide, red and then blue."""


def svg(inside: str, size: str = 'width="20" height="20"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size}>{inside}</svg>'


def shown(mime: str, data: str | bytes) -> list[Node]:
    content = data if isinstance(data, str) else base64.b64encode(data).decode()
    cells = notebook("text", code("", display({mime: content})))
    with FigureEngine() as figures:
        assert render_pdf(cells, INFO, DEFAULT, figures)
    assert render_html(cells, INFO, DEFAULT)
    return read_cells(cells)[1:]


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("image/png", base64.b64decode(DOT)),
        ("image/jpeg", JPEG),
        ("image/gif", GIF),
        ("image/svg+xml", svg(BOX)),
        ("image/svg+xml", svg(f'<image href="data:image/png;base64,{DOT}"/><use href="#a"/>')),
        ("image/svg+xml", svg(f'<image href="data:image/jpg;base64,{base64.b64encode(JPEG).decode()}"/>')),
    ],
)
def test_a_sound_picture_is_shown_without_a_note(mime: str, data: str | bytes) -> None:
    assert [node["type"] for node in shown(mime, data)] == ["picture"]


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n and then nothing of the kind"),
        ("image/png", base64.b64decode(DOT)[:-1]),
        ("image/png", png_file(2, 2, zlib.compress(bytes(6))[:-1])),
        ("image/jpeg", JPEG[:20] + b"\xff\xd9"),
        ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(60) + b"\xff\xd9"),
        ("image/gif", GIF[:30] + b";"),
        ("image/webp", b"RIFF\x04\x00\x00\x00WEBP"),
        ("image/svg+xml", svg(BOX)[:-3]),
        ("image/svg+xml", svg(BOX, 'width="0" height="0"')),
        ("image/svg+xml", "&lt;nothing&gt;"),
        ("image/png", "no base64!"),
    ],
)
def test_what_cannot_be_read_is_a_note_that_names_the_cell(mime: str, data: str | bytes) -> None:
    assert [node["raw"] for node in shown(mime, data)] == [
        f"A picture of cell 2 is not shown: it is no readable {mime}."
    ]


def test_a_picture_of_too_many_pixels_is_never_unpacked() -> None:
    bombs = {
        "image/png": png_file(50_000, 50_000, zlib.compress(bytes(10_000_000))),
        "image/gif": GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:],
        "image/jpeg": JPEG[:76] + b"\xff\xff\xff\xff" + JPEG[80:],
    }
    tracemalloc.start()
    for mime, bomb in bombs.items():
        (node,) = read_cells(notebook(code("", display({mime: base64.b64encode(bomb).decode()}))))
        assert node["raw"].startswith("A picture of cell 1 is not shown: it has ")
        assert node["raw"].endswith("pixels, more than 50,000,000 in all.")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "x.png"])
def test_what_a_drawing_would_have_to_fetch_is_left_out_and_told_of(address: str) -> None:
    picture, note = shown("image/svg+xml", svg(f'{BOX}<g><image xlink:href="{address}" width="9" height="9"/></g>'))
    drawn = base64.b64decode(picture["attrs"]["base64"]).decode()
    assert "rect" in drawn
    assert address not in drawn
    assert note["raw"] == (
        f"A picture of cell 2 is not shown whole, because a part of it lies outside the notebook: {address}"
    )


@pytest.mark.parametrize(
    ("mime", "data", "why"),
    [
        ("image/png", base64.b64decode(DOT)[:-1], "is no readable image/png"),
        ("image/png", png_file(2, 2, zlib.compress(bytes(6))[:-1]), "is no readable image/png"),
        ("image/png", png_file(50_000, 50_000, b""), "has 50,000 x 50,000 pixels, more than 50,000,000 in all"),
        ("image/jpeg", JPEG[:20] + b"\xff\xd9", "is no readable image/jpeg"),
        ("text/html", b"<p>", "is of the type text/html"),
    ],
)
def test_a_picture_in_a_drawing_that_cannot_be_shown_is_left_out_and_told_of(mime: str, data: bytes, why: str) -> None:
    embedded = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    picture, note = shown("image/svg+xml", svg(f'{BOX}<image href="{embedded}" width="9" height="9"/>'))
    drawn = base64.b64decode(picture["attrs"]["base64"]).decode()
    assert "rect" in drawn
    assert embedded not in drawn
    assert note["raw"] == f"A picture of cell 2 is not shown whole, because a part of it {why}"


@pytest.mark.parametrize(("mime", "data"), [("image/gif", MOVING_GIF), ("image/webp", MOVING_WEBP)])
def test_of_a_moving_picture_a_note_says_what_is_on_paper(mime: str, data: bytes) -> None:
    assert [node.get("raw") for node in shown(mime, data)] == [
        None,
        "A picture of cell 2 moves on a screen; on paper it is the first of its frames.",
    ]
