"""One setting, and everything that is handed out looks like the company: report, page, workbook and chart."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pypdf
import pytest
from notebook_files import write_notebook
from waiting import waited

from reportkit.access import LOCAL_ADMIN
from reportkit.brand import Brand, read_brand
from reportkit.jobs import Job, JobKind, State
from reportkit.settings import Settings
from reportkit.specs import DatasetRequest, ExportSpec, ReportSpec
from reportkit.toolkit import Toolkit, build

BRANDS = Path(__file__).parents[2] / "brands"
CHART = """\
import plotly.graph_objects as go
from reportkit.brand import current, plotly_template
go.Figure(go.Bar(y=[1]), layout={"template": plotly_template(current()), "title": {"text": "Sales"}}).show()"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["fen_institute", "rosso"])
def branded(
    request: pytest.FixtureRequest, sample: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Brand, dict[str, bytes]]:
    """A brand, and by format what is made under it."""
    home = tmp_path_factory.mktemp(request.param)
    write_notebook(home, "# Sales", CHART, parameters="")
    file = BRANDS / request.param / "brand.toml"
    toolkit = build(Settings(warehouse=sample, home=str(home), notebooks=str(home), brand=str(file)).resolved(home))
    report = ReportSpec("report", {}, ("pdf", "html", "ipynb"))
    export = ExportSpec(DatasetRequest.of("metrics_summary", by="week"), "xlsx")
    made = {
        **files(toolkit, toolkit.submit(JobKind.REPORT, LOCAL_ADMIN, report.to_json())),
        **files(toolkit, toolkit.submit(JobKind.EXPORT, LOCAL_ADMIN, export.to_json())),
    }
    toolkit.close()
    return read_brand(file), made


def files(toolkit: Toolkit, job: Job) -> dict[str, bytes]:
    done = waited(toolkit, job)
    assert (done.state, done.error) == (State.COMPLETED, None)
    made = {}
    for artifact in toolkit.artifacts(done):
        with toolkit.storage.open(artifact.key) as file:
            made[artifact.format] = file.read()
    return made


def test_the_pdf_has_its_name_its_words_and_its_typeface(branded: tuple[Brand, dict[str, bytes]]) -> None:
    brand, made = branded
    reader = pypdf.PdfReader(io.BytesIO(made["pdf"]))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for words in (brand.name, brand.classification, brand.footer, brand.disclaimer):
        assert words in text
    fonts = {font.get_object()["/BaseFont"] for page in reader.pages for font in page["/Resources"]["/Font"].values()}  # type: ignore[index]
    assert any(brand.font_family.replace(" ", "") in font for font in fonts)


def test_the_page_has_its_name_its_words_its_colours_and_its_typeface(branded: tuple[Brand, dict[str, bytes]]) -> None:
    brand, made = branded
    html = made["html"].decode()
    for words in (brand.name, brand.classification, brand.footer, brand.disclaimer):
        assert words.replace("&", "&amp;") in html
    assert f"--primary: {brand.primary};" in html
    assert f"font-family: '{brand.font_family}'" in html


def test_charts_drawn_in_the_kernel_have_its_colours(branded: tuple[Brand, dict[str, bytes]]) -> None:
    brand, made = branded
    outputs = [output for cell in json.loads(made["ipynb"])["cells"] for output in cell.get("outputs", [])]
    (figure,) = [output["data"]["application/vnd.plotly.v1+json"] for output in outputs if "data" in output]
    assert tuple(figure["layout"]["template"]["layout"]["colorway"]) == brand.categorical


def test_the_workbook_has_its_colour_and_says_who_made_it(branded: tuple[Brand, dict[str, bytes]]) -> None:
    brand, made = branded
    workbook = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    assert workbook.properties.creator == brand.name
    assert workbook.active is not None
    assert workbook.active["A1"].fill.fgColor.rgb[-6:] == brand.primary[1:]
    told = {row[0]: row[1] for row in workbook["About"].iter_rows(max_col=2, values_only=True)}
    assert (told["Made by"], told["Classification"]) == (brand.name, brand.classification)
    assert told["Disclaimer"] == brand.disclaimer
