"""The document of a notebook: its cover, and what is repaired in its body."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import plotly.graph_objects as go
import pytest
from executed_notebook import INFO, chart, code, notebook

from reportkit.errors import BadValue, UnknownName
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.nodes import text_of, walk
from reportkit.render.repair import MOST_NESTED

NOW = datetime(2025, 5, 6, 7, 8, tzinfo=UTC)


def levels(*headings: str) -> list[int]:
    document = Document.of(notebook(*headings), INFO)
    return [heading["attrs"]["level"] for heading in document.headings]


def test_the_metadata_may_say_all_that_the_cover_says() -> None:
    stated = notebook("# Heading")
    stated.metadata["reportkit"] = {
        "title": "Title",
        "subtitle": "Subtitle",
        "author": "Ada",
        "generated_at": "2025-04-01T08:30:00+02:00",
        "data_cutoff": "2025-03-31T23:59:00+00:00",
        "parameters": {"Experiment": 42},
    }
    assert DocumentInfo.of(stated, name="file", now=NOW) == DocumentInfo(
        title="Title",
        subtitle="Subtitle",
        author="Ada",
        generated_at=datetime(2025, 4, 1, 6, 30, tzinfo=UTC),
        data_cutoff=datetime(2025, 3, 31, 23, 59, tzinfo=UTC),
        parameters={"Experiment": "42"},
    )


def test_without_metadata_the_title_is_the_first_heading_and_the_time_is_now() -> None:
    info = DocumentInfo.of(notebook("text", "## The *first* heading", "# Another"), name="file", now=NOW)
    assert (info.title, info.generated_at, info.data_cutoff, info.author) == ("The first heading", NOW, None, "")


def test_a_title_in_the_notebooks_own_metadata_comes_before_its_headings() -> None:
    titled = notebook("# Heading")
    titled.metadata["title"] = "From metadata"
    titled.metadata["authors"] = [{"name": "Grace"}]
    info = DocumentInfo.of(titled, name="file", now=NOW)
    assert (info.title, info.author) == ("From metadata", "Grace")


def test_a_notebook_without_headings_is_called_by_its_name() -> None:
    assert DocumentInfo.of(notebook("text"), name="My notebook", now=NOW).title == "My notebook"


@pytest.mark.parametrize("instant", ["yesterday", "2025-04-01T08:30:00", 20250401])
def test_an_instant_that_is_none_is_refused(instant: object) -> None:
    dated = notebook()
    dated.metadata["reportkit"] = {"data_cutoff": instant}
    with pytest.raises(BadValue, match="data_cutoff"):
        DocumentInfo.of(dated, name="file", now=NOW)


def test_the_cover_shows_parameters_first_and_nothing_empty() -> None:
    assert [name for name, _ in INFO.facts()] == ["Experiment", "Period", "Author", "Generated", "Data up to"]
    assert replace(INFO, author="", data_cutoff=None, parameters={}).facts() == [
        ("Generated", "1 April 2025, 06:30 UTC")
    ]


def test_the_title_is_not_repeated_in_the_body() -> None:
    document = Document.of(notebook("intro", "# Checkout button", "## Results", "# Checkout button"), INFO)
    assert [text_of(heading) for heading in document.headings] == ["Results", "Checkout button"]


def test_a_first_paragraph_that_is_the_subtitle_is_not_repeated_either() -> None:
    info = replace(INFO, subtitle="What we found")
    document = Document.of(notebook("# Checkout button\n\nWhat\nwe found\n\nMore"), info)
    assert [text_of(node) for node in document.body] == ["More"]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (["## a", "### b", "## c"], [1, 2, 1]),
        (["# a", "#### b", "###### c", "## d"], [1, 2, 3, 2]),
        (["### a", "# b", "## c"], [1, 1, 2]),
        (["# a", "### b", "### c", "## d", "### e"], [1, 2, 2, 2, 3]),
    ],
)
def test_the_first_heading_has_level_1_and_no_level_is_skipped(headings: list[str], expected: list[int]) -> None:
    assert levels(*headings) == expected


def test_headings_of_the_same_name_have_anchors_of_their_own() -> None:
    document = Document.of(notebook("# A b", "# A b", "# A b-2", "# !"), INFO)
    anchors = [heading["attrs"]["anchor"] for heading in document.headings]
    assert len(set(anchors)) == 4
    assert anchors[0] == "A-b"


def test_a_link_to_a_heading_that_is_not_there_becomes_text() -> None:
    document = Document.of(notebook("# Results", "[there](#Results) [nowhere](#Nowhere)"), INFO)
    links = {text_of(node): node["type"] for node in walk(document.body) if "link" in node["type"]}
    assert links == {"there": "link", "nowhere": "unlinked"}


def test_a_chart_without_words_is_described_by_its_section() -> None:
    document = Document.of(notebook("# Results", code("", chart(go.Figure(go.Bar(y=[1]))))), INFO)
    assert document.body[-1]["attrs"]["alt"] == "Chart in the section “Results”"


def test_contents_begin_at_three_headings() -> None:
    assert not Document.of(notebook("# a", "# b"), INFO).has_contents
    assert Document.of(notebook("# a", "# b", "# c"), INFO).has_contents


def test_the_paper_is_asked_for_else_the_notebooks_else_a4() -> None:
    stated = notebook()
    assert DocumentInfo.of(stated, name="file", now=NOW).paper == "a4"
    stated.metadata["reportkit"] = {"paper": "letter"}
    assert DocumentInfo.of(stated, name="file", now=NOW).paper == "letter"
    assert DocumentInfo.of(stated, name="file", now=NOW, paper="a4").paper == "a4"
    with pytest.raises(UnknownName, match="there is no paper 'a3'; .*known: a4, letter"):
        DocumentInfo.of(stated, name="file", now=NOW, paper="a3")


def test_footnotes_are_counted_through_the_document() -> None:
    document = Document.of(notebook("a[^1]\n\n[^1]: one", "b[^1]\n\n[^1]: two"), INFO)
    assert [note["attrs"]["number"] for note in document.footnotes] == [1, 2]


def test_a_title_with_a_footnote_or_a_picture_is_repeated_so_that_these_are_not_lost() -> None:
    cells = notebook("# Title[^1]\n\ntext\n\n[^1]: aside")
    info = DocumentInfo.of(cells, name="file", now=NOW)
    assert info.title == "Title"
    assert len(Document.of(cells, info).footnotes) == 1


def test_a_first_paragraph_of_a_footnote_alone_is_no_subtitle() -> None:
    cells = notebook("# Title\n\n[^1]\n\n[^1]: aside")
    assert len(Document.of(cells, DocumentInfo.of(cells, name="file", now=NOW)).footnotes) == 1


def test_headings_end_at_level_5_because_html_has_six_with_the_title() -> None:
    assert levels(*(f"{'#' * level} h" for level in range(1, 7))) == [1, 2, 3, 4, 5, 5]


def test_an_author_may_be_a_mere_name_and_a_title_a_number() -> None:
    cells = notebook("text")
    cells.metadata |= {"authors": ["Ann"], "reportkit": {"title": 2025}}
    info = DocumentInfo.of(cells, name="file", now=NOW)
    assert (info.title, info.author) == ("2025", "Ann")


def test_parameters_that_are_no_mapping_are_refused() -> None:
    cells = notebook("text")
    cells.metadata["reportkit"] = {"parameters": ["March"]}
    with pytest.raises(BadValue, match="write a mapping"):
        DocumentInfo.of(cells, name="file", now=NOW)


def test_items_of_lists_too_deep_in_each_other_follow_one_another() -> None:
    document = Document.of(notebook("\n".join("  " * n + f"- item {n}" for n in range(15))), INFO)
    lists = [node for node in walk(document.body) if node["type"] == "list"]
    assert len(lists) == MOST_NESTED
    assert [text_of(item) for item in lists[-1]["children"]] == [f"item {n}" for n in range(MOST_NESTED - 1, 15)]
