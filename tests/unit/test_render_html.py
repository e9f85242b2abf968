"""The HTML page: interactive, complete in one file, and deaf to what a notebook might smuggle in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import plotly.graph_objects as go
import pytest
from executed_notebook import DOT, HEADINGS, INFO, chart, code, display, notebook, report_notebook, table, text
from nbformat import NotebookNode

from reportkit.brand import DEFAULT
from reportkit.brand.colours import contrast
from reportkit.errors import RenderFailed
from reportkit.formulas import PLAIN_NUMBER, RISKY
from reportkit.render import html as html_module
from reportkit.render.cells import PLOTLY
from reportkit.render.html import render_html
from reportkit.render.styles import at_night


class Page(HTMLParser):
    """The page's elements, the text of each kind of element, and the scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.text = ""
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            kind, before = self.scripts[-1]
            self.scripts[-1] = (kind, before + data)
        elif self._open != "style":
            self.text += data

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.elements if tag == name]

    @property
    def running(self) -> list[str]:
        return [source for kind, source in self.scripts if kind is None]


def page(*cells: NotebookNode | str) -> Page:
    return Page(render_html(notebook(*cells), INFO, DEFAULT).decode())


@pytest.fixture(scope="module")
def html() -> str:
    return render_html(report_notebook(), INFO, DEFAULT).decode()


def test_nothing_on_the_page_loads_from_anywhere(html: str) -> None:
    loading = ("src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href")
    for tag, attrs in Page(html).elements:
        addresses = [attrs[name] for name in loading if name in attrs]
        if tag != "a":
            addresses.append(attrs.get("href"))
        assert all(address is None or address.startswith("data:") for address in addresses), (tag, attrs)
    style = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    assert "@import" not in style
    assert all(target.startswith("data:") for target in re.findall(r"url\((.*?)\)", style))


def test_the_policy_forbids_requests_and_every_script_but_ours(html: str) -> None:
    policy = next(meta["content"] for meta in Page(html).tags("meta") if meta.get("http-equiv")) or ""
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in Page(html).running}
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert set(re.findall(r"'sha256-(.*?)'", policy.partition("script-src")[2].partition(";")[0])) == digests
    assert "unsafe" not in policy


def test_every_style_is_named_by_its_digest_and_none_stands_in_an_attribute(html: str) -> None:
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    policy = next(meta["content"] for meta in Page(html).tags("meta") if meta.get("http-equiv")) or ""
    digests = {base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles}
    assert set(re.findall(r"'sha256-(.*?)'", policy.partition("style-src")[2].partition(";")[0])) == digests
    assert not any("style" in attrs for _, attrs in Page(html).elements)


def test_plotly_is_there_once_with_charts_and_not_at_all_without() -> None:
    figure = chart(go.Figure(go.Bar(y=[1])))
    assert sum("plotly.js v" in script for script in page(code("", figure, figure)).running) == 1
    assert page("no charts").running == []


def test_charts_are_never_sent_to_the_cloud(html: str) -> None:
    ours = Page(html).running[1]
    assert "showSendToCloud: false" in ours
    assert ours.index("...config") < ours.index("...QUIET")


def test_a_figure_says_of_its_use_only_what_is_harmless() -> None:
    figure = {
        "data": [{"y": [1]}],
        "config": {"editable": True, "plotlyServerURL": "https://x.example", "scrollZoom": True},
    }
    figure["config"] |= {"showSendToCloud": True, "showEditInChartStudio": True, "topojsonURL": "https://x.example"}  # type: ignore[operator]
    (source, *_) = (data for kind, data in page(code("", display({PLOTLY: figure}))).scripts if kind)
    assert json.loads(source)["config"] == {"scrollZoom": True}
    assert "x.example" not in source


def test_a_picture_that_a_chart_would_fetch_is_a_note_in_its_place() -> None:
    figure = {"data": [{"y": [1]}], "layout": {"images": [{"source": "https://x.example/a.png"}]}}
    (source, *_) = (data for kind, data in page(code("", display({PLOTLY: figure}))).scripts if kind)
    assert "x.example" not in source
    assert "it lies outside the notebook" in source


@pytest.mark.parametrize(
    "figure",
    [
        {"data": [{"y": [1.5] * 300, "mode": "lines"}, {"y": [2.5] * 300, "mode": "lines"}]},
        {"data": [{"y": [1, 2] * 30, "mode": "markers"}]},
    ],
    ids=["bytes", "points"],
)
def test_a_chart_too_large_for_a_browser_is_a_picture_that_says_so(
    figure: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_module, "LARGEST", 2_000)
    monkeypatch.setattr(html_module, "MOST_MARKERS", 50)
    shown = page(code("", display({PLOTLY: {**figure, "layout": {"title": "All of them"}}})))
    (_logo, picture) = shown.tags("img")
    assert str(picture["src"]).startswith("data:image/png;base64,iVBOR")
    assert (picture["alt"], picture["width"]) == ("Chart: All of them", "680")
    assert "A picture, because this chart has more points than a browser can draw at once." in shown.text
    assert shown.running == []


def test_a_chart_too_large_for_anything_is_told_with_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportkit.render.figures.engine.has_browser", lambda: False)
    many = code("", display({PLOTLY: {"data": [{"y": list(range(60_000)), "mode": "markers"}]}}))
    with pytest.raises(RenderFailed, match="^cell 1: .* has 60,000 points, more than 50,000; aggregate"):
        page(many)


def test_every_chart_carries_its_figure_and_its_alternative_text(html: str) -> None:
    whole = Page(html)
    figures = [json.loads(source) for kind, source in whole.scripts if kind == "application/json"]
    labels = [attrs["aria-label"] for attrs in whole.tags("div") if attrs.get("role") == "img"]
    assert [f"Chart: {figure['layout']['title']['text']}" for figure in figures] == labels
    assert len(labels) == 4


def test_headings_contents_and_cover_are_those_of_the_pdf(html: str) -> None:
    whole = Page(html)
    ids = [
        (int(tag[1]) - 1, attrs["id"]) for tag, attrs in whole.elements if re.fullmatch("h[2-6]", tag) and "id" in attrs
    ]
    assert ids == [(level, name.replace(" ", "-")) for level, name in HEADINGS]
    assert {f"#{anchor}" for _, anchor in ids} <= {attrs.get("href") for attrs in whole.tags("a")}
    for words in (INFO.title, INFO.subtitle, INFO.author, "EXP-042", "31 March 2025, 23:59 UTC", "Internal"):
        assert words in whole.text


def test_code_is_not_on_the_page_and_no_character_is_lost(html: str) -> None:
    assert "plot_code_nobody_should_see" not in html
    assert "王小明" in html
    assert "مريم" in html


def test_scripts_in_text_stay_text() -> None:
    attack = "<script>steal()</script><img src=x onerror=steal()>"
    figure = go.Figure(go.Bar(x=[attack], y=[1]), layout={"title": f"</script>{attack}"})
    attacked = page(
        f"`{attack}` and **{attack.replace('<', '&lt;')}**",
        f"{attack}\n\n<div onclick='steal()'>{attack}</div>\n\n[x](javascript:steal())",
        code("", text(attack)),
        code("", display({"text/html": f"<table onclick='steal()'><tr><td>{attack}</td></tr></table>"})),
        code("", display({"text/html": attack})),
        code("", display({"application/javascript": "steal()", "text/plain": "js"})),
        code("", chart(figure)),
    )
    assert len(attacked.running) == 3
    assert not any("steal" in script for script in attacked.running)
    assert not any(name.startswith("on") for _, attrs in attacked.elements for name in attrs)
    assert not any(str(attrs.get("href")).startswith("javascript") for attrs in attacked.tags("a"))


def test_a_picture_in_svg_is_an_image_in_which_scripts_are_dead() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>steal()</script></svg>"
    shown = page(code("", display({"image/svg+xml": svg})), f"![dot](data:image/png;base64,{DOT})")
    assert [str(attrs["src"]).split(",")[0] for attrs in shown.tags("img")[1:]] == [
        "data:image/svg+xml;base64",
        "data:image/png;base64",
    ]
    assert shown.running == []


def test_a_remote_picture_is_a_note() -> None:
    shown = page("![x](https://example.com/x.png)")
    assert "lies outside the notebook: https://example.com/x.png" in shown.text
    assert len(shown.tags("img")) == 1  # the logo


def test_numbers_that_json_lacks_do_not_break_a_chart() -> None:
    figure = {"data": [{"type": "bar", "y": [1.0, float("nan"), float("inf")]}], "layout": {}}
    shown = page(code("", display({"application/vnd.plotly.v1+json": figure})))
    assert json.loads(shown.scripts[0][1])["data"][0]["y"] == [1.0, None, None]


def test_the_same_input_gives_the_same_page(html: str) -> None:
    assert render_html(report_notebook(), INFO, DEFAULT).decode() == html


@pytest.mark.parametrize(("kind", "instead"), [("scattergl", "scatter"), ("scatterpolargl", "scatterpolar")])
def test_points_that_would_compile_shaders_are_drawn_without(kind: str, instead: str) -> None:
    figure = {"data": [{"type": kind, "r": [1], "theta": [2]}], "layout": {}}
    shown = page(code("", display({"application/vnd.plotly.v1+json": figure})))
    assert json.loads(shown.scripts[0][1])["data"][0]["type"] == instead


@pytest.mark.parametrize("kind", ["splom", "parcoords", "densitymap", "scattermap"])
def test_a_chart_that_no_strict_page_can_draw_is_a_note_that_says_so(kind: str) -> None:
    figure = {"data": [{"type": kind}], "layout": {"title": {"text": "Everywhere"}}}
    shown = page(code("", display({"application/vnd.plotly.v1+json": figure})))
    assert f"Chart: Everywhere. It is not shown here: a {kind} chart needs" in shown.text
    assert shown.running == []


def test_outlines_of_countries_come_with_the_page_where_a_chart_shows_them() -> None:
    world = chart(go.Figure(go.Choropleth(locations=["DEU"], z=[1])))
    assert ["Topology" in script[:300] for script in page(code("", world)).running] == [False, True, False]


def test_only_what_is_on_the_page_brings_a_script() -> None:
    frame = table(pd.DataFrame({"n": [1]}))
    assert ["RISKY" in script for script in page(code("", frame)).running] == [True]
    assert ["aria-current" in script for script in page("# a\n\n# b\n\n# c").running] == [True]


def test_formulas_are_guarded_by_the_one_definition() -> None:
    (script,) = page("| a |\n|---|\n| b |").running
    given = re.match(r"const RISKY = (.*), PLAIN_NUMBER = (.*);\n", script)
    assert given
    assert [json.loads(pattern) for pattern in given.groups()] == [RISKY, PLAIN_NUMBER]


def test_a_stylers_colours_are_rules_and_stay_legible() -> None:
    looks = pd.DataFrame({"n": [1, 2]}).style.apply(
        lambda _: ["background-color: #ffe0e0", "background-color: #400000"]
    )
    html = render_html(notebook(code("", display({"text/html": looks.to_html()}))), INFO, DEFAULT).decode()
    rules = dict(re.findall(r"\.(look-[\w-]+) { background: #\w+; color: (#\w+); }", html))
    assert {attrs.get("class") for attrs in Page(html).tags("td")} == {f"number {name}" for name in rules}
    assert [contrast(colour, f"#{name[5:11]}") >= 4.5 for name, colour in rules.items()] == [True, True]


def test_an_equation_brings_its_maths_and_nothing_else() -> None:
    shown = page("$\\href{javascript:steal()}{x}$ and $y^2$")
    assert "msup" in {tag for tag, _ in shown.elements}
    assert not any("javascript" in str(attrs) for _, attrs in shown.elements)


def test_a_footnote_leads_to_its_words_and_back() -> None:
    shown = page("Sold more[^a].\n\n[^a]: In **March**.\n\n# Once[^a]\n\n# Twice\n\n# Thrice")
    links = [attrs.get("href") for attrs in shown.tags("a")]
    ids = {attrs["id"] for _, attrs in shown.elements if "id" in attrs}
    assert {"#_note-1", "#_from-1", "#_note-2", "#_from-2"} <= set(links)
    assert {link[1:] for link in links if link} <= ids
    contents = [attrs for attrs in shown.tags("a") if attrs.get("href") == "#_note-2"]
    assert len(contents) == 1  # in the heading, and not in the contents as well


def test_the_disclaimer_and_the_foot_are_text() -> None:
    brand = replace(DEFAULT, footer='</style><script>"x"', disclaimer="<b>Not advice</b>")
    html = render_html(notebook("a"), INFO, brand).decode()
    assert Page(html).running == []
    assert "<b>Not advice</b>" in Page(html).text
    assert html.count("</style>") == 2


def test_at_night_every_colour_stays_legible_on_the_page_and_on_its_surfaces() -> None:
    night = at_night(DEFAULT)
    for role in ("primary", "accent", "ink", "muted", "positive", "negative", "warning"):
        assert min(contrast(night[role], night[paper]) for paper in ("paper", "surface")) >= 4.5
