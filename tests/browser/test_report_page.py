"""The HTML report in a reader's browser: it works under its own strict policy, on a phone, at night, on paper."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from chromium import CHROMIUM, Chromium
from executed_notebook import INFO, chart, code, notebook, report_notebook, table
from reading_pdf import pages

from reportkit.brand import DEFAULT, Brand, read_brand
from reportkit.render.html import render_html

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (apt-get: chromium)"),
]

BRANDS = Path(__file__).parents[2] / "brands"
BOLD = go.Figure(go.Bar(y=[1], x=["<b>bold</b>"]))
WORLD = go.Figure(go.Choropleth(locations=["DEU", "FRA"], z=[1, 2]))
POINTS = go.Figure(go.Scattergl(y=[1, 2, 3], mode="markers"))
TABLE = pd.DataFrame(
    {
        "who": ["b10", "=1+1", 'b9, "c"', "a"],
        "size": ["1.2k", "−3 %", "", "$900.50"],
    }
)
CONTRASTS = """(() => {
    const channels = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = (text) => {
        const [r, g, b] = channels(text).map((c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const paper = getComputedStyle(document.body).backgroundColor;
    const written = [...document.querySelectorAll("body *:not(.chart *)")].filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
    return written.filter((element) => !element.closest("script, style, noscript")).map((element) => {
        const [dark, bright] = [light(getComputedStyle(element).color), light(paper)].sort((a, b) => a - b);
        return [element.tagName, element.textContent.slice(0, 40), (bright + .05) / (dark + .05)];
    });
})()"""


class Proxy:
    """Answers nobody, and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                self.asked.append(connection.recv(200))


@pytest.fixture(scope="module")
def proxy() -> Proxy:
    return Proxy()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, proxy: Proxy) -> Iterator[Chromium]:
    directory = tmp_path_factory.mktemp("chromium")
    browser = Chromium(directory, f"--proxy-server={proxy.address}", "--proxy-bypass-list=<-loopback>")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("report"), DEFAULT)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three charts that a strict policy could break, and a table with every trap."""
    cells = notebook(
        "# x",
        code("", chart(BOLD)),
        code("", chart(POINTS)),
        code("", chart(WORLD)),
        code("", table(TABLE, caption="People")),
    )
    file = tmp_path_factory.mktemp("small") / "small.html"
    file.write_bytes(render_html(cells, INFO, DEFAULT))
    return file


def saved(directory: Path, brand: Brand) -> Path:
    file = directory / "report.html"
    file.write_bytes(render_html(report_notebook(), INFO, brand))
    return file


def test_the_page_asks_nobody_for_anything(browser: Chromium, proxy: Proxy, report: Path) -> None:
    browser.show(1400, 900)
    browser.open(report)
    asked = [event["params"]["request"]["url"] for event in browser.events if event["method"].endswith("WillBeSent")]
    assert [address for address in asked if not address.startswith("data:")] == [report.as_uri()]
    assert [asked for asked in proxy.asked if b"google" not in asked] == []  # Chromium itself asks its maker


def test_everything_works_under_the_pages_own_policy(browser: Chromium, small: Path) -> None:
    browser.show(1400, 900)
    browser.open(small)
    assert not [event for event in browser.events if event["method"] == "Runtime.exceptionThrown"]
    assert browser.run("document.querySelectorAll('.js-plotly-plot .main-svg').length") >= 2
    assert browser.run("getComputedStyle(document.querySelector('.xtick tspan')).fontWeight") == "700"
    assert browser.run("document.querySelectorAll('.scatterlayer .point').length") == 3
    assert browser.run("document.querySelectorAll('.choroplethlayer path').length") == 2
    # plotly.js brings a style sheet for maps, which a page without maps does not miss.
    violations = browser.run("violations")
    assert [words for words in violations if not words.startswith(".maplibregl-map")] == []


def test_what_the_policy_forbids_does_not_run(browser: Chromium, small: Path) -> None:
    browser.open(small)
    attempts = """(() => {
        const script = document.createElement("script");
        script.textContent = "globalThis.ran = 'inline'";
        document.head.append(script);
        document.body.setAttribute("onclick", "globalThis.ran = 'handler'");
        document.body.click();
        try { new Function("globalThis.ran = 'eval'")(); } catch {}
        return globalThis.ran ?? "nothing";
    })()"""
    assert browser.run(attempts) == "nothing"
    assert browser.run("fetch('https://example.com').then(() => 'sent', () => 'refused')") == "refused"


def test_a_phone_shows_the_page_without_scrolling_sideways(browser: Chromium, report: Path) -> None:
    browser.show(390, 844, phone=True)
    browser.open(report)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.run("Math.max(...[...document.querySelectorAll('.main-svg')].map(svg => svg.clientWidth))") <= 358


@pytest.mark.parametrize("name", ["", "fen_institute", "rosso"])
@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
def test_every_text_is_legible(browser: Chromium, tmp_path: Path, name: str, dark: bool) -> None:
    brand = read_brand(BRANDS / name / "brand.toml") if name else DEFAULT
    browser.show(1400, 900, dark=dark)
    browser.open(saved(tmp_path, brand))
    brightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, c) => sum + +c, 0)"
    assert (browser.run(brightness) < 100) is dark
    contrasts = browser.run(CONTRASTS)
    assert len(contrasts) > 100
    assert [found for found in contrasts if found[2] < 4.5] == []


def test_charts_are_drawn_for_the_night(browser: Chromium, report: Path) -> None:
    filter_of_charts = "getComputedStyle(document.querySelector('.chart > div')).filter"
    browser.show(1400, 900, dark=True)
    browser.open(report)
    assert browser.run(filter_of_charts) == "invert(1) hue-rotate(180deg)"
    browser.show(1400, 900)
    assert browser.run(filter_of_charts) == "none"


def test_the_contents_follow_the_reader(browser: Chromium, report: Path) -> None:
    browser.show(1400, 900)
    browser.open(report)
    where = "document.querySelector('nav [aria-current]')?.textContent ?? ''"
    assert browser.run(where) == ""
    browser.run("document.getElementById('Everything-at-once').scrollIntoView()")
    browser.wait(lambda: browser.run(where) == "Everything at once")
    assert browser.run("document.querySelector('nav').getBoundingClientRect().top") == 0


def test_a_column_is_sorted_up_and_down_and_back_with_blanks_last(browser: Chromium, small: Path) -> None:
    browser.show(1400, 900)
    browser.open(small)
    column = "[...document.querySelectorAll('tbody tr')].map(row => row.cells[{}].textContent)"
    click = "document.querySelectorAll('th button')[{}].click()"
    orders = []
    for _ in range(3):
        browser.run(click.format(1))
        orders.append(browser.run(column.format(1)))
    assert orders == [
        ["−3 %", "$900.50", "1.2k", ""],
        ["1.2k", "$900.50", "−3 %", ""],
        ["1.2k", "−3 %", "", "$900.50"],
    ]
    browser.run(click.format(0))
    assert browser.run(column.format(0)) == ["=1+1", "a", 'b9, "c"', "b10"]
    assert browser.run("document.querySelectorAll('th')[0].ariaSort") == "ascending"


def test_a_table_is_downloaded_as_it_is_shown_and_no_cell_is_a_formula(
    browser: Chromium, small: Path, tmp_path: Path
) -> None:
    browser.show(1400, 900)
    browser.open(small)
    browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.run("document.querySelectorAll('th button')[1].click()")
    browser.run("document.querySelector('.tools button').click()")
    file = tmp_path / "Checkout button - People.csv"
    browser.wait(file.is_file)
    assert file.read_text("utf-8-sig") == 'who,size\n\'=1+1,−3 %\na,$900.50\nb10,1.2k\n"b9, ""c""",\n'


def test_the_first_stop_of_the_keyboard_leads_past_the_contents(browser: Chromium, report: Path) -> None:
    browser.show(1400, 900)
    browser.open(report)
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.textContent") == "Skip to the report"
    browser.press("Enter", 13, "\r")
    browser.wait(lambda: browser.run("document.activeElement.tagName") == "MAIN")


def test_a_screen_reader_finds_landmarks_headings_in_order_and_a_name_for_every_chart(
    browser: Chromium, report: Path
) -> None:
    browser.show(1400, 900)
    browser.open(report)
    tree = [node for node in browser.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    roles = [node["role"]["value"] for node in tree]
    assert [roles.count(role) for role in ("banner", "navigation", "main", "contentinfo")] == [1, 1, 1, 1]
    names = [node["name"]["value"] for node in tree if node["role"]["value"] == "image"]
    assert "Chart: Conversion by day, March 2025" in names
    assert len([name for name in names if name.startswith("Chart: ")]) == 4
    levels = [
        next(item["value"]["value"] for item in node["properties"] if item["name"] == "level")
        for node in tree
        if node["role"]["value"] == "heading"
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(node["name"]["value"] for node in tree if node["role"]["value"] == "button")


def test_on_paper_every_page_says_who_may_read_it_and_heads_are_repeated(browser: Chromium, report: Path) -> None:
    browser.show(1400, 900)
    browser.open(report)
    printed = pages(browser.printed())
    assert all("Internal · Made with reportkit" in " ".join(page.split()) for page in printed)
    assert f"Page {len(printed)} of {len(printed)}" in printed[-1]
    with_days = [page for page in printed if "2025-0" in page and "Android" in page]
    assert len(with_days) >= 2
    assert all("platform" in page for page in with_days)
    assert "Download as CSV" not in "".join(printed)
    assert "Orders by platform" in "".join(printed)


def test_hebrew_and_arabic_begin_at_the_right(browser: Chromium, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_html(notebook("## שלום\n\nשלום\n\n- مرحبا\n\nHello"), INFO, DEFAULT))
    browser.show(1400, 900)
    browser.open(file)
    at_the_right = """[...document.querySelectorAll("main h2, main p, main li")].map((block) => {
        const words = document.createRange();
        words.selectNodeContents(block);
        const [inner, outer] = [words.getBoundingClientRect(), block.getBoundingClientRect()];
        return outer.right - inner.right < inner.left - outer.left;
    })"""
    assert browser.run(at_the_right) == [True, True, True, False]
