"""What a report's request makes of its document: its period on the cover, and its paper."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from notebook_files import write_notebook
from pypdf import PdfReader
from waiting import waited

from reportkit.access import LOCAL_ADMIN
from reportkit.errors import UnknownName
from reportkit.jobs import JobKind
from reportkit.settings import Settings
from reportkit.specs import ReportSpec
from reportkit.toolkit import Toolkit, build

PARAMETERS = 'start = "2026-09-01"\nend = "2026-09-30"\nplatform = "ios"'


@pytest.fixture(scope="module")
def toolkit(sample: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolkit]:
    home: Path = tmp_path_factory.mktemp("cover")
    write_notebook(home, "# Sales", parameters=PARAMETERS)
    toolkit = build(Settings(warehouse=sample, home=str(home), notebooks=str(home)).resolved(home))
    yield toolkit
    toolkit.close()


def test_the_cover_tells_the_period_and_the_paper_is_the_one_asked_for(toolkit: Toolkit) -> None:
    asked = ReportSpec("report", {"start": "2026-10-01", "end": "2026-10-31"}, paper="letter")
    done = waited(toolkit, toolkit.submit(JobKind.REPORT, LOCAL_ADMIN, asked.to_json()))
    (artifact,) = toolkit.artifacts(done)
    with toolkit.storage.open(artifact.key) as file:
        (page,) = PdfReader(io.BytesIO(file.read())).pages
    assert (page.mediabox.width, page.mediabox.height) == (612, 792)
    said = page.extract_text()
    assert "Period 2026-10-01 to 2026-10-31" in said
    assert "Platform ios" in said
    assert "Start" not in said


def test_a_paper_that_there_is_not_is_told_before_any_work(toolkit: Toolkit) -> None:
    with pytest.raises(UnknownName, match="there is no paper 'a3'; known: a4, letter"):
        toolkit.submit(JobKind.REPORT, LOCAL_ADMIN, ReportSpec("report", paper="a3").to_json())
