"""The render gate: is everything that the notebook shows in the finished file?

It reads the files themselves, not our own account of them: the structure tree of a tagged PDF names every figure and
table and the pages they stand on, which takes milliseconds and needs no text recognition.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from nbformat import NotebookNode
from pypdf import PdfReader

from reportkit.errors import RenderFailed
from reportkit.render.cells import PLOTLY, shown_cells
from reportkit.render.document import Document
from reportkit.render.nodes import Node, walk
from reportkit.render.pictures import MIMES

_TABLE = re.compile(r"<table\b.*?<tr\b", re.IGNORECASE | re.DOTALL)
"""One that has something in it."""


def check_pdf(pdf: bytes, document: Document, notebook: NotebookNode) -> None:
    """Raises `RenderFailed` if the PDF lacks a figure or table of the notebook, or has a blank page or none."""
    check_document(document, notebook)
    reader = PdfReader(BytesIO(pdf))
    root: Any = reader.root_object["/StructTreeRoot"]
    tags = Counter(element["/S"] for element in _elements(root))
    _compare("PDF", _content(_outside_tables(document.body)), Counter(figures=tags["/Figure"], tables=tags["/Table"]))
    check_pages(reader)


def check_pages(reader: PdfReader) -> None:
    """Raises `RenderFailed` if a tagged PDF has a blank page or none."""
    root: Any = reader.root_object["/StructTreeRoot"]
    numbers = root["/ParentTree"]["/Nums"]
    content_of = {int(key): value.get_object() for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
    blank = [n for n, page in enumerate(reader.pages, start=1) if not content_of.get(page.get("/StructParents", -1))]
    if blank or not reader.pages:
        raise RenderFailed(f"page {blank[0]} of the PDF is blank" if blank else "the PDF has no pages")


def table_rows(reader: PdfReader) -> list[int]:
    """How many rows the body of each table in a tagged PDF has, tables in reading order."""
    root: Any = reader.root_object["/StructTreeRoot"]
    tables = [element for element in _elements(root) if element["/S"] == "/Table"]
    bodies = ([body for body in _children(table) if body["/S"] == "/TBody"] for table in tables)
    return [sum(row["/S"] == "/TR" for body in parts for row in _children(body)) for parts in bodies]


def check_html(html: str, document: Document, notebook: NotebookNode) -> None:
    """Raises `RenderFailed` if the page lacks a figure or table of the notebook.

    Text of the notebook is escaped, so these tags can only be ours.
    """
    check_document(document, notebook)
    found = Counter(figures=html.count("<figure"), tables=html.count("<table"))
    _compare("HTML", _content(walk(document.body)), found)


def check_document(document: Document, notebook: NotebookNode) -> None:
    """Raises `RenderFailed` if the document has fewer charts, pictures or tables than the notebook's outputs."""
    wanted = Counter[str]()
    for _, cell in shown_cells(notebook):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if PLOTLY in data:
                wanted["charts"] += 1
            elif any(mime in data for mime in MIMES):
                wanted["pictures"] += 1
            elif _TABLE.search(data.get("text/html", "")):
                wanted["tables"] += 1
    types = Counter(node["type"] for node in walk(document.body))
    found = Counter(charts=types["chart"], pictures=types["picture"], tables=types["grid"])
    _compare("document", wanted, found & wanted)


def _compare(where: str, wanted: Counter[str], found: Counter[str]) -> None:
    for kind in wanted:
        if wanted[kind] != found[kind]:
            raise RenderFailed(f"the {where} has {found[kind]} of the {wanted[kind]} {kind} that it should have")


def _content(nodes: Iterable[Node]) -> Counter[str]:
    types = Counter(node["type"] for node in nodes)
    return Counter(figures=types["chart"] + types["picture"], tables=types["grid"] + types["table"])


def _outside_tables(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if node["type"] != "table":
            yield from _outside_tables(node.get("children", []))


def _elements(element: Any) -> Iterator[Any]:
    """All structure elements; those within tables are left out, for there can be very many."""
    for child in _children(element):
        yield child
        if child["/S"] != "/Table":
            yield from _elements(child)


def _children(element: Any) -> Iterator[Any]:
    """The structure elements right below."""
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        node = child.get_object()
        if isinstance(node, dict) and "/S" in node:
            yield node
