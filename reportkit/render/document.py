"""The document that a notebook becomes: what its cover says, and its body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from nbformat import NotebookNode

from reportkit.errors import BadValue, UnknownName
from reportkit.render.cells import read_cells
from reportkit.render.nodes import ASIDES, Node, text_of, walk
from reportkit.render.repair import (
    anchor_headings,
    describe_pictures,
    flatten_lists,
    level_headings,
    number_footnotes,
    shorten_tables,
)
from reportkit.specs import PAPERS

CONTENTS_FROM = 3
"""As many headings give a document contents; two can be seen at a glance."""


@dataclass(frozen=True)
class DocumentInfo:
    """What the cover says."""

    title: str
    subtitle: str
    """One line below the title; empty for none."""
    author: str
    """On whose behalf it was made; empty where nobody is known."""
    generated_at: datetime
    """When the notebook ran, in UTC. It dates the files too, so the same input gives the same bytes."""
    data_cutoff: datetime | None
    """Up to when the data reach, in UTC; None where that means nothing."""
    parameters: Mapping[str, str]
    """What was asked for, in words: `{"Experiment": "Checkout button", "Period": "1 to 28 March 2025"}`."""
    paper: str = PAPERS[0]
    """One of `PAPERS`."""

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise UnknownName("paper", self.paper, PAPERS)

    @classmethod
    def of(cls, notebook: NotebookNode, *, name: str, now: datetime, paper: str = "") -> Self:
        """From `metadata.reportkit`, which names these fields as JSON (instants in ISO 8601 with offset), and where
        that is silent from the notebook: its title, else its first heading, else `name`.

        `paper` comes before the notebook's own. Raises `BadValue` for an instant that is none
        and for parameters that are no mapping, and `UnknownName`.
        """
        stated = notebook.metadata.get("reportkit", {})
        (author, *_) = notebook.metadata.get("authors") or [""]
        generated_at = _instant("generated_at", stated.get("generated_at"))
        parameters = stated.get("parameters", {})
        if not isinstance(parameters, Mapping):
            raise BadValue("metadata.reportkit.parameters", parameters, 'write a mapping, {"Period": "March 2025"}')
        return cls(
            title=str(stated.get("title") or notebook.metadata.get("title") or _first_heading(notebook) or name),
            subtitle=str(stated.get("subtitle", "")),
            author=str(stated.get("author") or (author.get("name", "") if isinstance(author, Mapping) else author)),
            generated_at=generated_at or now,
            data_cutoff=_instant("data_cutoff", stated.get("data_cutoff")),
            parameters={label: str(value) for label, value in parameters.items()},
            paper=paper or stated.get("paper") or PAPERS[0],
        )

    def facts(self) -> list[tuple[str, str]]:
        """The cover's labels and values, in order."""
        facts = [
            *self.parameters.items(),
            ("Author", self.author),
            ("Generated", in_words(self.generated_at)),
            ("Data up to", in_words(self.data_cutoff) if self.data_cutoff else ""),
        ]
        return [(label, value) for label, value in facts if value]


@dataclass(frozen=True)
class Document:
    """A notebook's nodes, repaired, with its cover."""

    info: DocumentInfo
    body: Sequence[Node]

    @classmethod
    def of(cls, notebook: NotebookNode, info: DocumentInfo) -> Self:
        """Raises `RenderFailed` if a cell ended in an error."""
        body = _without_cover(read_cells(notebook), info)
        level_headings(body)
        flatten_lists(body)
        anchor_headings(body)
        describe_pictures(body)
        number_footnotes(body)
        shorten_tables(body)
        return cls(info, body)

    @property
    def headings(self) -> list[Node]:
        return [node for node in walk(self.body) if node["type"] == "heading"]

    @property
    def footnotes(self) -> list[Node]:
        return [node for node in walk(self.body) if node["type"] == "footnote"]

    @property
    def has_contents(self) -> bool:
        return len(self.headings) >= CONTENTS_FROM


def in_words(instant: datetime) -> str:
    """`3 March 2025, 14:05 UTC`."""
    utc = instant.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def _instant(field: str, text: Any) -> datetime | None:
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadValue(f"metadata.reportkit.{field}", text, "write it as 2025-03-31T12:00:00+00:00") from None
    if instant.tzinfo is None:
        raise BadValue(f"metadata.reportkit.{field}", text, "it has no offset; write it as 2025-03-31T12:00:00+00:00")
    return instant.astimezone(UTC)


def _first_heading(notebook: NotebookNode) -> str:
    return next((text_of(node) for node in walk(read_cells(notebook)) if node["type"] == "heading"), "")


def _without_cover(body: list[Node], info: DocumentInfo) -> list[Node]:
    """The cover shows title and subtitle already, so a notebook that begins with them does not repeat them, unless
    a footnote or a picture is among the words."""
    place = next((n for n, node in enumerate(body) if node["type"] == "heading"), None)
    if place is None or not _says_only(body[place], info.title):
        return body
    after = body[place + 1 :]
    if after and after[0]["type"] == "paragraph" and _says_only(after[0], info.subtitle):
        del after[0]
    return body[:place] + after


def _says_only(node: Node, words: str) -> bool:
    held = {part["type"] for part in walk([node])}
    return " ".join(text_of(node).split()) == words and held.isdisjoint({*ASIDES, "picture"})
