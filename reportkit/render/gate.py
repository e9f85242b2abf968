"""The render gate: is everything that the notebook shows in the finished file?

It reads the files themselves, not our own account of them: the structure tree of a tagged PDF names every figure and
table and the pages they stand on, and its text is read by PDFium, all of which takes milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import unescape
from io import BytesIO
from typing import Any

from nbformat import NotebookNode
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from reportkit.errors import RenderFailed
from reportkit.render.cells import PLOTLY, shown_cells
from reportkit.render.document import Document
from reportkit.render.nodes import Node, walk
from reportkit.render.pictures import MIMES
from reportkit.render.typesetting import BREAK, PIECE, TextSetter

PAGES = 4
"""So many a document may have for its cover, contents and what is left over."""
FEWEST_WORDS = 40
"""On a page, at the least."""
TAKE_A_PAGE = frozenset({"chart", "picture", "grid", "table", "landscape", "heading"})
"""Each of these may need a page of its own, in the worst case; so may an equation that stands alone."""

_LETTERS = r"\u0590-\u08ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
_WORD = re.compile(rf"[{_LETTERS}]|[^\W{_LETTERS}]+")
"""Or a letter, where lines break within words, or letters are drawn from right to left."""
_UNREAD = re.compile(r"<(script|style|math)\b.*?</\1>", re.DOTALL)
_UNSHOWN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:strong|em|del|code|a|sup|span)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_TABLE = re.compile(r"<table\b.*?<tr\b", re.IGNORECASE | re.DOTALL)
"""One that has something in it."""


def check_pdf(pdf: bytes, document: Document, notebook: NotebookNode, body: Sequence[Node]) -> None:
    """Raises `RenderFailed` if the PDF lacks a figure, table or word of the notebook, has a blank page or none, or has
    many more pages than its content takes. `body` is the document's as it was set, wide tables in parts."""
    check_document(document, notebook)
    with ThreadPoolExecutor(1) as thread:
        text = thread.submit(text_in, pdf)  # PDFium leaves Python to us meanwhile
        reader = PdfReader(BytesIO(pdf))
        root: Any = reader.root_object["/StructTreeRoot"]
        tags = Counter(element["/S"] for element in _elements(root))
        _compare("PDF", _content(_outside_tables(body)), Counter(figures=tags["/Figure"], tables=tags["/Table"]))
        check_pages(reader)
        words = words_of(document)
        check_words("PDF", text.result(), words)
    check_length(len(reader.pages), body, words)


def check_length(pages: int, body: Sequence[Node], words: Counter[str]) -> None:
    """Raises `RenderFailed` if a document of so many pages must be mostly empty."""
    most = PAGES + sum(map(_takes_a_page, walk(body))) + words.total() // FEWEST_WORDS
    if pages > most:
        raise RenderFailed(f"the PDF has {pages} pages, where its content should take at most {most}")


def _takes_a_page(node: Node) -> bool:
    return node["type"] in TAKE_A_PAGE or (node["type"] == "equation" and bool(node["attrs"]["block"]))


def check_words(where: str, text: str, words: Counter[str]) -> None:
    """Raises `RenderFailed` if one of `words` is not in `text`, or less often."""
    there = _words_in(text)
    found = Counter(there)
    for word in there:
        if len(word) > PIECE:  # a long one is whole here, or what of it stands on a line
            found.update(word[n : n + PIECE] for n in range(0, len(word), PIECE))
    lost = words - found
    if lost:
        # A word that stands close to its neighbour is one with it.
        squeezed = "".join(there)
        lost = Counter({word: count for word, count in lost.items() if squeezed.count(word) < words[word]})
    if lost:
        some = ", ".join(repr(word) for word in sorted(lost)[:5])
        raise RenderFailed(f"the {where} lacks {lost.total():,} of the {words.total():,} words it should have: {some}")


def words_of(document: Document, *, printed: bool = True) -> Counter[str]:
    """What a reader of the document can read in it, equations and the text in pictures aside."""
    info = document.info
    texts = [info.title, info.subtitle, *(part for fact in info.facts() for part in fact)]
    for node in walk(document.body):
        attrs = node.get("attrs", {})
        if node["type"] == "grid":
            texts += [attrs["caption"], attrs["note"]]
            texts += [cell["text"] for row in (*attrs["head"], *attrs["rows"]) for cell in row]
        elif node["type"] == "block_quote":
            texts.append(attrs["title"])
        elif node["type"] != "equation":
            texts.append(node.get("raw", ""))
    text = "\n".join(texts)
    return Counter(_words_in(TextSetter().text(text).replace(BREAK, " ") if printed else text))


def _words_in(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def text_in(pdf: bytes) -> str:
    with closing(PdfDocument(pdf)) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


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
    """Raises `RenderFailed` if the page lacks a figure, table or word of the notebook.

    Text of the notebook is escaped, so these tags can only be ours.
    """
    check_document(document, notebook)
    found = Counter(figures=html.count("<figure"), tables=html.count("<table"))
    _compare("HTML", _content(walk(document.body)), found)
    text = _TAG.sub(" ", _INLINE_TAG.sub("", _UNREAD.sub(" ", html)))
    check_words("HTML", unescape(text), words_of(document, printed=False))


def check_document(document: Document, notebook: NotebookNode) -> None:
    """Raises `RenderFailed` if the document has fewer charts, pictures or tables than the notebook's outputs. A note
    may stand for a picture that cannot be read."""
    wanted = Counter[str]()
    for _, cell in shown_cells(notebook):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if PLOTLY in data:
                wanted["charts"] += 1
            elif any(mime in data for mime in MIMES):
                wanted["pictures"] += 1
            elif _TABLE.search(_UNSHOWN.sub("", data.get("text/html", ""))):
                wanted["tables"] += 1
    types = Counter(node.get("attrs", {}).get("instead") or node["type"] for node in walk(document.body))
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
