"""Markdown becomes nodes: what is kept, what turns into a note, what is inert."""

from __future__ import annotations

import base64

import pytest
from executed_notebook import DOT

from reportkit.render.markdown import read_markdown
from reportkit.render.nodes import Node, text_of, walk


def read(source: str) -> list[Node]:
    return read_markdown(source, {"mark.png": {"image/png": DOT}})


def types(source: str) -> list[str]:
    return [node["type"] for node in walk(read(source))]


def test_every_block_of_commonmark_is_kept() -> None:
    source = "# h\n\np *e* **s** `c` ~~d~~\n\n- a\n\n1. b\n\n> q\n\n```\nx\n```\n\n---\n\n| t |\n|---|\n| 1 |\n"
    assert set(types(source)) >= {
        *("heading", "paragraph", "emphasis", "strong", "codespan", "strikethrough"),
        *("list", "block_quote", "block_code", "thematic_break", "table"),
    }


def test_a_table_within_a_list_or_a_quote_is_a_table() -> None:
    assert "table" in types("> | a |\n> |---|\n> | 1 |\n")
    assert "table" in types("- item\n\n  | a |\n  |---|\n  | 1 |\n")


def test_entities_are_the_characters_they_stand_for() -> None:
    assert text_of(read("a &lt;b&gt; &amp; c")[0]) == "a <b> & c"


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution", "finding", "method"])
def test_a_quote_may_name_its_kind(kind: str) -> None:
    (callout,) = read(f"> [!{kind.upper()}]\n> Mind the gap")
    assert callout["attrs"] == {"kind": kind, "title": kind.capitalize()}
    assert text_of(callout) == "Mind the gap"


def test_a_quote_of_a_kind_may_have_a_title_of_its_own() -> None:
    (callout,) = read("> [!TIP] Our advice\n> Mind the gap")
    assert callout["attrs"] == {"kind": "tip", "title": "Our advice"}
    assert text_of(callout) == "Mind the gap"


def test_another_quote_is_a_plain_one() -> None:
    (callout,) = read("> [!SOMETHING] else")
    assert callout["attrs"]["kind"] == "quote"
    assert text_of(callout) == "[!SOMETHING] else"


@pytest.mark.parametrize("address", ["https://example.com", "mailto:a@example.com", "#Results"])
def test_links_to_the_web_to_mail_and_within_are_links(address: str) -> None:
    assert "link" in types(f"[text]({address})")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "../other.ipynb"])
def test_other_links_keep_their_text_only(address: str) -> None:
    assert "link" not in types(f"[text]({address})")
    assert text_of(read(f"[text]({address})")[0]) == "text"


def test_an_attached_or_embedded_picture_is_shown() -> None:
    (attached,) = read("![The mark](attachment:mark.png)")
    (embedded,) = read(f"![](data:image/png;base64,{DOT})")
    assert attached["attrs"] == {"mime": "image/png", "base64": DOT, "width": None, "alt": "The mark"}
    assert embedded["type"] == "picture"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/x.png",
        "//example.com/x.png",
        "file:///etc/passwd",
        "../secret.png",
        "attachment:missing.png",
        "data:image/png,raw",
        "data:image/png;base64,bm90IGEgcG5n",
        "data:image/png;base64,!!!",
        "data:text/html;base64,PGI+",
    ],
)
def test_a_picture_that_is_not_in_the_notebook_becomes_a_note(address: str) -> None:
    (note,) = read(f"![x]({address})")
    assert note["type"] == "note"


def test_an_svg_picture_is_known_by_its_content() -> None:
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
    assert read(f"![x](data:image/svg+xml;base64,{svg})")[0]["type"] == "picture"


def test_raw_html_that_shows_something_becomes_a_note() -> None:
    (note,) = read("<div onclick='steal()'>Hand-made</div>")
    assert note["type"] == "note"
    assert read("<p><img src='https://example.com/x.png'></p>")[0]["type"] == "note"
    assert "note" in types("text <img src='https://example.com/x.png'> text")


def test_raw_html_that_shows_nothing_leaves_nothing() -> None:
    assert read("<!-- a comment -->\n\n<style>p { color: red }</style>\n\n<script>steal()</script>") == []


def test_a_table_in_raw_html_is_a_table() -> None:
    assert types("<table><tr><td>1</td></tr></table>") == ["grid"]


def test_formatting_tags_fall_away_around_their_text() -> None:
    (paragraph,) = read("one<br>two <b onclick='x'>three</b>")
    assert text_of(paragraph) == "one two three"
    assert "linebreak" in types("one<br/>two")


@pytest.mark.parametrize(
    ("source", "equations"),
    [
        ("a $x^2$ b", [("x^2", False)]),
        ("before\n$$x^2$$\nafter", [("x^2", True)]),
        ("$$\nx\n$$", [("x", True)]),
        ("- $$x$$", [("x", True)]),
        ("> $$x$$", [("x", True)]),
        (r"\begin{align}x &= 1\end{align}", [(r"\begin{align}x &= 1\end{align}", True)]),
        ("from $4.10 to $4.22", []),
        (r"\$5 and \$6", []),
        ("`$x$`", []),
    ],
)
def test_equations_are_told_as_jupyter_tells_them(source: str, equations: list[tuple[str, bool]]) -> None:
    found = [node for node in walk(read(source)) if node["type"] == "equation"]
    assert [(node["raw"], node["attrs"]["block"]) for node in found] == equations


@pytest.mark.parametrize(
    "latex", [r"\input{/etc/passwd}", r"\frac{1", r"\def\a{\a\a}\a", r"\nonsense{x}", "a & b", r"\hspace{1pt}", "{"]
)
def test_an_equation_that_cannot_be_read_is_its_source(latex: str) -> None:
    assert types(f"$${latex}$$") == ["note", "block_code"]
    assert types(f"so ${latex}$") == ["paragraph", "text", "codespan"]


def test_markup_in_an_equation_is_text() -> None:
    (equation,) = (node for node in walk(read(r"$\text{</math><script>} < a$")) if node["type"] == "equation")
    assert "<script>" not in equation["attrs"]["mathml"]
    assert "&lt;/math&gt;&lt;script&gt;" in equation["attrs"]["mathml"]


def test_a_footnote_stands_where_it_is_named_and_one_that_names_itself_ends() -> None:
    (paragraph,) = read("x[^1] y[^2]\n\n[^1]: The note [^1].")
    assert [node["type"] for node in paragraph["children"]] == ["text", "footnote", "text"]
    assert text_of(paragraph["children"][1]) == "The note ."
    assert text_of(paragraph["children"][2]) == "y[^2]"


def test_a_paragraph_that_names_its_source_is_one() -> None:
    assert [read(f"{word} table orders")[0]["type"] for word in ("Source:", "Sources:", "Source of")] == [
        *("source", "source"),
        "paragraph",
    ]


def test_text_before_a_table_in_html_is_kept() -> None:
    before, grid = read("<h3>By <b>week</b></h3><table><tr><td>1</td></tr></table>after")
    assert (text_of(before), grid["attrs"]["note"]) == ("By week", "after")


@pytest.mark.parametrize("cut", [10, 40, 60, -1])
def test_a_picture_cut_short_is_no_picture(cut: int) -> None:
    short = base64.b64encode(base64.b64decode(DOT)[:cut]).decode()
    assert types(f"![x](data:image/png;base64,{short})") == ["note"]


@pytest.mark.parametrize("around", ["[{}](https://x.example)", "**{}**"])
def test_a_picture_is_kept_within_a_link_or_emphasis(around: str) -> None:
    assert "picture" in types(around.format("![mark](attachment:mark.png)"))


def test_a_footnote_that_nothing_names_is_told_of() -> None:
    (_, lost) = read("text\n\n[^plan]: What was planned.\n")
    assert (lost["type"], "plan" in lost["raw"].casefold()) == ("note", True)


@pytest.mark.parametrize("source", ["$x = \frac{a}{b}$", "$\beta$", "$a \ud800$"])
def test_an_equation_with_control_characters_is_shown_as_it_is_written(source: str) -> None:
    assert types(source) == ["paragraph", "codespan"]


@pytest.mark.parametrize("around", ["{}", "*{}*", "[{}](https://x.example)"])
def test_a_picture_in_a_heading_stands_below_it(around: str) -> None:
    heading, picture = read(f"# Words {around.format('![mark](attachment:mark.png)')} more")
    assert (heading["type"], " ".join(text_of(heading).split())) == ("heading", "Words more")
    assert picture["type"] == "picture"
    assert [node["type"] for node in read("# ![mark](attachment:mark.png)")] == ["picture"]


def test_a_heading_of_maths_alone_is_as_it_is_written() -> None:
    assert types("# $x^2$") == ["heading", "codespan"]
    assert types("# Area $x^2$") == ["heading", "text", "equation"]


def test_a_heading_of_nothing_is_none() -> None:
    assert read("#\n\n##\n\n# <!-- x -->") == []
    assert types("# [^1]\n\n[^1]: aside")[:2] == ["paragraph", "footnote"]


def test_a_footnote_that_only_another_names_is_told_of() -> None:
    _, note = read("a[^a]\n\n[^a]: See[^b].\n\n[^b]: the *plan*, and again[^a]")
    assert note["raw"] == "The footnote B is not shown: nothing in its cell names it, other footnotes aside."
