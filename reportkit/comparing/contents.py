"""What an executed notebook shows, as tables of values: its tables, figures, pictures, and what its text says."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from reportkit.errors import BadNotebook, RenderFailed
from reportkit.notebook.parameters_cell import INJECTED_TAG, TAG, assigned
from reportkit.render.cells import read_cells
from reportkit.render.nodes import Node, text_of, walk
from reportkit.render.tables import Row, place

if TYPE_CHECKING:
    from nbformat import NotebookNode

Value: TypeAlias = str | float | None

PARAGRAPHS = ("paragraph", "block_text", "block_quote")
PLOTTED = (
    *("x", "y", "z", "values", "value", "text", "r", "a", "b", "c", "lat", "lon"),
    *("open", "high", "low", "close", "base", "q1", "median", "q3", "lowerfence", "upperfence"),
    *(f"{bar} {end}" for bar in ("error_x", "error_y") for end in ("array", "arrayminus", "value")),
    *("marker size", "link source", "link target", "link value", "cells values"),
)
"""Where a trace has its data, for `link value` in its `link`. A size that is no list is a matter of looks."""
NAMES = ("labels", "locations", "theta", "y", "x")
"""What may name a trace's points: the first of these that holds texts."""


@dataclass(frozen=True)
class Part:
    """A section's text, a table, a figure or a picture."""

    kind: str
    """`section`, `table`, `figure` or `picture`."""
    section: str
    """The heading that it stands under."""
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    labels: int
    """As many of the first columns tell the rows apart."""
    number: int = 1
    """Which it is of its kind, with this title under this heading."""

    @property
    def name(self) -> str:
        kind = f"{self.kind} {self.number}" if self.number > 1 else self.kind
        if self.title:
            return f'{kind} "{self.title}"'
        return f'{kind} under "{self.section}"' if self.section else f"{kind} at the beginning"

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Parts of two runs with the same key are the same part."""
        return self.kind, self.section, self.title, self.number

    def values(self, labels: int) -> dict[str, dict[str, Value]]:
        """The values of each row by their columns. The first `labels` columns name the row."""
        columns = numbered(self.columns)[labels:]
        names = numbered(" · ".join(str(label) for label in row[:labels] if label) for row in self.rows)
        return {
            name: dict(zip(columns, row[labels:], strict=False)) for name, row in zip(names, self.rows, strict=True)
        }


@dataclass(frozen=True)
class Contents:
    """Of one executed notebook."""

    parameters: Mapping[str, Any]
    """As they were in that run."""
    title: str
    """The first heading that stands in the notebook itself; runs of one notebook have it in common."""
    parts: Sequence[Part]
    """In the order of the document."""

    @classmethod
    def of(cls, notebook: NotebookNode) -> Contents:
        """Raises BadNotebook for one that did not run to its end."""
        codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if codes and not any(cell.outputs or cell.execution_count for cell in codes):
            raise BadNotebook("it has not been run; compare what `reportkit report NAME --to ipynb` made")
        try:
            return cls(_parameters(notebook), _title(notebook), list(_counted(_parts(read_cells(notebook)))))
        except RenderFailed as error:
            raise BadNotebook(str(error)) from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadNotebook(
                f"an output is not as Jupyter, pandas and Plotly write them ({error}); run it again"
            ) from None


def _parameters(notebook: NotebookNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for tag in (TAG, INJECTED_TAG):
        for cell in notebook.cells:
            if tag in cell.metadata.get("tags", []):
                values |= assigned(cell.source)
    return values


def _title(notebook: NotebookNode) -> str:
    written = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return next((line.lstrip("# ").rstrip() for line in written.splitlines() if line.startswith("#")), "")


def _parts(nodes: Iterable[Node]) -> Iterator[Part]:
    section, said = "", list[str]()
    for node in nodes:
        if node["type"] == "heading":
            yield from _text(section, said)
            section, said = text_of(node), []
        elif node["type"] == "grid":
            yield _table(section, node["attrs"])
        elif node["type"] == "chart":
            yield _figure(section, node["attrs"]["figure"])
        else:
            inner = [_words(part) for part in walk([node]) if part["type"] in PARAGRAPHS] or [text_of(node)]
            said += [text for text in inner if text]
            yield from (_picture(section, part["attrs"]) for part in walk([node]) if part["type"] == "picture")
    yield from _text(section, said)


def _words(node: Node) -> str:
    """Of a callout its title: its paragraphs speak for themselves."""
    return str(node["attrs"]["title"]) if node["type"] == "block_quote" else text_of(node)


def _counted(parts: Iterable[Part]) -> Iterator[Part]:
    seen: Counter[tuple[str, str, str, int]] = Counter()
    for part in parts:
        seen[part.key] += 1
        yield replace(part, number=seen[part.key])


def _text(section: str, said: Sequence[str]) -> Iterator[Part]:
    if section or said:
        yield Part("section", section, section, ("text",), [(text,) for text in said], labels=0)


def _table(section: str, grid: Mapping[str, Any]) -> Part:
    width = grid["width"]
    head = [" ".join(filter(None, words)) for words in zip(*_texts(grid["head"], width), strict=True)] or [""] * width
    rows = _texts(grid["rows"], width)
    numeric = [any(cell.get("numeric") for cell in column) for column in zip(*grid["rows"], strict=False)]
    texts = numeric.index(True) if True in numeric else width
    told_apart = (count for count in range(1, texts + 1) if len({tuple(row[:count]) for row in rows}) == len(rows))
    return Part("table", section, grid["caption"], head, rows, labels=next(told_apart, 1))


def _texts(rows: Sequence[Row], width: int) -> list[list[str]]:
    """The text of each cell, in every column that it spans."""
    texts = []
    for placed in place(rows, width):
        row = [""] * width
        for x, cell in placed:
            row[x : x + cell.get("columns", 1)] = [cell["text"]] * cell.get("columns", 1)
        texts.append(row)
    return texts


def _picture(section: str, picture: Mapping[str, Any]) -> Part:
    digest = hashlib.sha256(base64.b64decode(picture["base64"])).hexdigest()
    return Part("picture", section, "", ("what", "SHA-256"), [("content", digest[:16])], labels=1)


def _figure(section: str, figure: Mapping[str, Any]) -> Part:
    layout = figure.get("layout") or {}
    title = layout.get("title") or ""
    words = title.get("text", "") if isinstance(title, Mapping) else title
    traces = [_ticked(trace, layout) for trace in figure.get("data") or []]
    series = numbered(trace.get("name") or "" for trace in traces)
    points = [(name, *point) for name, trace in zip(series, traces, strict=True) for point in _points(trace).items()]
    points += [point for name, trace in zip(series, traces, strict=True) for point in _titles(trace, (name,))]
    points += [*_titles(layout), *_drawn(layout)]
    columns = list(dict.fromkeys(column for *_, values in points for column in values))
    rows = [(name, point, *map(values.get, columns)) for name, point, values in points]
    return Part("figure", section, str(words), ("series", "point", *columns), rows, labels=2)


def _ticked(trace: Mapping[str, Any], layout: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the words that stand at an axis in place of the numbers that they stand at, where each number has some."""
    for along in ("x", "y"):
        axis = layout.get(f"{along}axis{(trace.get(f'{along}axis') or along)[1:]}") or {}
        words, values = (
            dict(zip(_flat(axis.get("tickvals")), axis.get("ticktext") or [], strict=False)),
            trace.get(along),
        )
        if words and all(value in words for value in _flat(values)):
            trace = {**trace, along: [words[value] for value in _flat(values)]}
    return trace


def _titles(of: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str, dict[str, Value]]]:
    """What is written at axes, legends and colour bars; not the figure's own title, which is its name."""
    for name, value in of.items():
        words = value.get("text") if isinstance(value, Mapping) else value
        if name in ("title", "subtitle") and (path or name == "subtitle") and isinstance(words, str):
            yield " ".join((*path, name)).strip(), "", {"text": words}
        if isinstance(value, Mapping) and name != "template":
            yield from _titles(value, (*path, name))


def _drawn(layout: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Value]]]:
    """Annotations and shapes, such as the line of a target."""
    for kind, seen in (("annotation", ("text", "x", "y")), ("shape", ("type", "x0", "x1", "y0", "y1"))):
        for number, each in enumerate(layout.get(f"{kind}s") or [], 1):
            yield kind, str(number), {key: each.get(key) for key in seen}


def _points(trace: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    """The values of each point by what they are, `{"2026-10-01": {"y": 0.12}}`."""
    plotted = {path: _plotted(trace, path) for path in PLOTTED}
    along = next((name for name in NAMES if any(isinstance(value, str) for value in _flat(trace.get(name)))), "x")
    across, down = plotted["x"], plotted["y"]
    names = list(map(str, _flat(trace.get(along))))
    if any(values for path, values in plotted.items() if path != along):  # else, as in a histogram, they are the data
        plotted.pop(along, None)
    if plotted["z"] and len(plotted["z"]) == len(across) * len(down):  # a grid
        names = [f"{y} · {x}" for y in down for x in across]
    points: dict[str, dict[str, Value]] = {}
    for which, values in plotted.items():
        called = numbered(names) if len(names) == len(values) else map(str, range(1, len(values) + 1))
        for name, value in zip(called, values, strict=True):
            points.setdefault(name, {})[which] = value
    return points


def _plotted(trace: Mapping[str, Any], path: str) -> list[Value]:
    found: Any = trace
    for key in path.split():
        found = (found or {}).get(key)
    return [found] if path.endswith("value") and isinstance(found, int | float) else _flat(found)


def _flat(values: Any) -> list[Value]:
    """All values of a list, of lists, or of an array as Plotly writes one."""
    if isinstance(values, Mapping) and "bdata" in values:
        import numpy as np

        content = base64.b64decode(values["bdata"], validate=True)
        flat: list[Value] = np.frombuffer(content, np.dtype(values["dtype"])).tolist()
        return flat
    if isinstance(values, list):
        return [value for each in values for value in (_flat(each) if isinstance(each, list) else [each])]
    return []


def numbered(names: Iterable[str]) -> list[str]:
    """Those that come again get a number."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return numbered
