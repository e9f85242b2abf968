"""The HTML page: interactive, complete in one file, and deaf to what a notebook might smuggle in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import plotly.graph_objects as go
import pytest
from executed_notebook import DOT, HEADINGS, INFO, chart, code, display, notebook, report_notebook, text
from nbformat import NotebookNode

from reportkit.brand import DEFAULT
from reportkit.render.html import render_html


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
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert "@import" not in style
    assert all(target.startswith("data:") for target in re.findall(r"url\((.*?)\)", style))


def test_the_policy_forbids_requests_and_every_script_but_ours(html: str) -> None:
    policy = next(meta["content"] for meta in Page(html).tags("meta") if meta.get("http-equiv")) or ""
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in Page(html).running}
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert set(re.findall(r"'sha256-(.*?)'", policy)) == digests
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_plotly_is_there_once_with_charts_and_not_at_all_without() -> None:
    figure = chart(go.Figure(go.Bar(y=[1])))
    assert sum("plotly.js v" in script for script in page(code("", figure, figure)).running) == 1
    assert page("no charts").running == []


def test_charts_are_never_sent_to_the_cloud(html: str) -> None:
    ours = Page(html).running[-1]
    assert "showSendToCloud: false" in ours
    assert ours.index("...config") < ours.index("...QUIET")


def test_every_chart_carries_its_figure_and_its_alternative_text(html: str) -> None:
    whole = Page(html)
    figures = [json.loads(source) for kind, source in whole.scripts if kind == "application/json"]
    labels = [attrs["aria-label"] for attrs in whole.tags("figure") if attrs.get("class") == "chart"]
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
    assert len(attacked.running) == 2
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
