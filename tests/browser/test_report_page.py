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
from plotly.subplots import make_subplots
from reading_pdf import pages

from reportkit.brand import DEFAULT, Brand, read_brand
from reportkit.render.html import render_html

pytestmark = [
    pytest.mark.slow,
    # Only a browser lays out pages and runs their scripts.
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


SORTED = {
    "moment": ["Apr 2025", "1 Nov 2025, 20:57", "9 Nov 2025, 08:05", "10 Nov 2025, 07:00", "2 February 2026", "–"],
    "day": ["2025-12-31", "2026-01-02", "2026-01-10", "2026-11-01", "2026-11-01 09:00", "NaT"],
    "month": ["Dec 31, 2025", "Jan 2, 2026", "Jan 10, 2026", "Sept 1, 2026", "Oct 1, 2026", ""],
    "p": ["< 0.001", "0.001", "0.02", "0.5", "> 0.99", "n/a"],
    "lift": ["−12.5 %", "-3 %", "0 %", "+0.25 %", "+0.5 %", "—"],
    "interval": ["−10.5 % to −2 %", "−9 % to +1 %", "+0.25 % to +4 %", "+0.5 % to +1 %", "+13 % to +27 %", "nan"],
    "money": ["900.25 EUR", "900.5 EUR", "1,200 EUR", "10,000 EUR", "1,000,000 EUR", "None"],
    "size": ["5 B", "12 kB", "900 kB", "1.5 MB", "2 GB", "<NA>"],
    "people": ["950", "1.2k", "3M", "1.1B", "4 bn", ""],
    "time": ["350 ms", "1.2 s", "40 s", "3 min", "1 h", "-"],
    "clock": ["0 days 02:00:00", "0 days 10:00:00", "3 days 01:00:00", "3 days 02:00:00", "20 days 00:00:00", "NaT"],
    "share": ["1 of 12", "3 of 5", "10 of 12", "10 of 15", "200 of 300", "–"],
}
"""Each column from its least value to its greatest, and then what is missing."""


@pytest.mark.parametrize("shuffle", [[3, 5, 0, 4, 2, 1], [5, 4, 3, 2, 1, 0]])
def test_dates_numbers_and_what_is_missing_are_sorted_as_people_would(
    browser: Chromium, tmp_path: Path, shuffle: list[int]
) -> None:
    frame = pd.DataFrame({name: [values[n] for n in shuffle] for name, values in SORTED.items()})
    file = tmp_path / "report.html"
    file.write_bytes(render_html(notebook(code("", table(frame))), INFO, DEFAULT))
    browser.open(file)
    for column, (name, values) in enumerate(SORTED.items()):
        texts = f"[...document.querySelectorAll('tbody tr')].map(row => row.cells[{column}].textContent)"
        *present, missing = values
        for expected in ([*present, missing], [*reversed(present), missing]):
            browser.run(f"document.querySelectorAll('th button')[{column}].click()")
            assert (name, browser.run(texts)) == (name, expected)


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


PHONE = pytest.mark.parametrize("width", [375, 500])
SHARES = """[...document.querySelectorAll("figure.chart")].map((figure) => {
    const box = (selector) => figure.querySelector(selector)?.getBoundingClientRect();
    const [chart, title, legend] = ["[data-height]", ".gtitle", ".legend .bg"].map(box);
    const [bar, plot] = [".colorbar", ".nsewdrag"].map(box);
    const within = (inner) => !inner || inner.left >= chart.left - 1 && inner.right <= chart.right + 1;
    const apart = (one, other) => !one || !other || one.bottom <= other.top || other.bottom <= one.top;
    return [title, legend, bar].every(within) && apart(title, legend) && apart(title, bar) && apart(legend, plot)
        && apart(legend, bar) && plot?.height > 120 && plot.width > chart.width / 2;
})"""


def crowded() -> Iterator[go.Figure]:
    """Figures as analysts make them, with Plotly's own template."""
    long = "Revenue per subject and day for each of the <b>eight teams</b>, cumulated over the whole of March"
    teams = [go.Scatter(y=[n, 2, 3], name=f"A rather long series name {n}") for n in range(8)]
    yield go.Figure(teams, layout={"title": long, "width": 700, "height": 400})
    bar = {"colorbar": {"title": "Orders per hour and weekday"}}
    yield go.Figure(go.Heatmap(z=[[1, 2], [3, 4]], **bar), layout={"title": "Orders", "width": 700})
    yield go.Figure(go.Bar(x=[f"A very long category {n}" for n in range(8)], y=[1] * 8), layout={"title": long})
    above = {"x": 1, "xanchor": "right", "y": 0.97}
    yield go.Figure(teams[:2], layout={"title": "Above", "legend": above, "height": 340})


@PHONE
def test_on_a_phone_title_legend_and_plot_stand_below_each_other(browser: Chromium, tmp_path: Path, width: int) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_html(notebook(*(code("", chart(each)) for each in crowded())), INFO, DEFAULT))
    browser.show(1400, 900)
    browser.open(file)
    as_made = browser.run("document.querySelector('.legend .bg').getBoundingClientRect().left")
    assert as_made > 700
    browser.show(width, 844, phone=True)
    browser.wait(lambda: browser.run(SHARES) == [True] * 4)
    assert browser.run("document.documentElement.scrollWidth") == width
    browser.open(file)
    browser.wait(lambda: browser.run(SHARES) == [True] * 4)
    browser.show(1400, 900)
    browser.wait(lambda: browser.run("document.querySelector('.legend .bg')?.getBoundingClientRect().left") == as_made)
    assert "eight teams" in " ".join(pages(browser.printed())[0].split())


def test_subplots_side_by_side_are_scrolled_on_a_phone(browser: Chromium, tmp_path: Path) -> None:
    three = make_subplots(1, 3).add_scatter(y=[1, 2], row=1, col=3)
    file = tmp_path / "report.html"
    file.write_bytes(render_html(notebook(code("", chart(three))), INFO, DEFAULT))
    browser.show(375, 844, phone=True)
    browser.open(file)
    browser.wait(lambda: browser.run("document.querySelector('.main-svg')?.clientWidth") == 640)
    assert browser.run("document.documentElement.scrollWidth") == 375
    assert browser.run("document.querySelector('figure.chart').scrollWidth") == 640


def test_texts_of_every_chart_are_in_the_pages_font(browser: Chromium, small: Path) -> None:
    browser.show(1400, 900)
    browser.open(small)
    families = "[...new Set([...document.querySelectorAll('svg text')].map(each => getComputedStyle(each).fontFamily))]"
    assert browser.run(families) == ['"Source Sans 3", sans-serif']
