"""Reports from the notebook to the document, in real workers and kernels."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pypdf
import pytest
from notebook_files import write_notebook
from waiting import files, running, waited

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.datasets.people import find_actor
from reportkit.errors import BadValue, UnknownName
from reportkit.jobs import Job, JobKind, State
from reportkit.keys import public_key_path
from reportkit.manifests import SUFFIX, fault, parse
from reportkit.settings import Settings
from reportkit.signing import PublicKey
from reportkit.specs import DatasetRequest, ReportSpec
from reportkit.stats.verdicts import judge
from reportkit.stats.words import percent
from reportkit.toolkit import Toolkit, build


def report(toolkit: Toolkit, notebook: str, *formats: str, actor: Actor = LOCAL_ADMIN, **parameters: object) -> Job:
    spec = ReportSpec(notebook, parameters, formats or ("ipynb",))
    return toolkit.submit(JobKind.REPORT, actor, spec.to_json())


def content(toolkit: Toolkit, job: Job, format: str) -> bytes:
    [artifact] = [artifact for artifact in toolkit.artifacts(job) if artifact.format == format]
    with toolkit.storage.open(artifact.key) as file:
        return file.read()


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture(scope="module")
def made(sample: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Toolkit, Job]:
    home = tmp_path_factory.mktemp("home")
    toolkit = build(Settings(warehouse=sample, home=str(home)).resolved(home))
    return toolkit, waited(toolkit, report(toolkit, "experiment_results", "pdf", "html", "ipynb"))


class TestExperimentResults:
    def test_it_completes_with_its_defaults(self, made: tuple[Toolkit, Job]) -> None:
        toolkit, job = made
        assert (job.state, job.error) == (State.COMPLETED, None)
        assert [artifact.format for artifact in toolkit.artifacts(job)] == ["html", "ipynb", "pdf"]

    def test_its_conclusion_follows_the_numbers(self, made: tuple[Toolkit, Job]) -> None:
        toolkit, job = made
        rows = toolkit.read(DatasetRequest.of("experiment_results", experiment="checkout_redesign"), LOCAL_ADMIN)
        judged = judge(rows.to_pylist())
        text = " ".join(text_of(content(toolkit, job, "pdf")).split())
        assert judged.headline in text
        for verdict in judged.verdicts:
            assert percent(verdict.lift) in text

    def test_the_pdf_is_tagged_outlined_and_numbered(self, made: tuple[Toolkit, Job]) -> None:
        toolkit, job = made
        pdf = pypdf.PdfReader(io.BytesIO(content(toolkit, job, "pdf")))
        catalog = pdf.root_object
        assert catalog["/MarkInfo"]["/Marked"]  # type: ignore[index]
        chapters = [entry.title for entry in pdf.outline if not isinstance(entry, list)]
        assert chapters[:2] == ["In short", "Every metric and variant"]
        for number, page in enumerate(pdf.pages, start=1):
            assert f"Page {number} of {len(pdf.pages)}" in page.extract_text()

    def test_code_is_not_shown_and_charts_have_selectable_text(self, made: tuple[Toolkit, Job]) -> None:
        toolkit, job = made
        text = text_of(content(toolkit, job, "pdf"))
        assert "reportkit.dataset" not in text
        assert "Lift over the control, with 95 % confidence intervals" in " ".join(text.split())

    def test_its_manifest_names_every_read_of_one_snapshot(self, made: tuple[Toolkit, Job]) -> None:
        toolkit, job = made
        [pdf] = [artifact for artifact in toolkit.artifacts(job) if artifact.format == "pdf"]
        with toolkit.storage.open(pdf.key + SUFFIX) as beside:
            manifest = json.load(beside)
        assert [(read["dataset"], read["by"]) for read in manifest["reads"]] == [
            ("experiment_results", None),
            ("experiment_results", "day"),
            ("experiment_results", "segment"),
        ]
        assert len({read["data_cutoff"] for read in manifest["reads"]}) == 1
        assert manifest["notebook"]["parameters"]["experiment"] == "checkout_redesign"

    def test_the_manifest_of_every_document_is_signed(self, made: tuple[Toolkit, Job]) -> None:
        toolkit, job = made
        public_key = PublicKey.from_pem(public_key_path(toolkit.settings).read_bytes())
        for artifact in toolkit.artifacts(job):
            with toolkit.storage.open(artifact.manifest_key) as beside:
                content, [file] = parse(beside.read())
            assert fault(content, public_key) is None
            assert (file.name, file.size, file.sha256) == (artifact.name, artifact.size, artifact.sha256)

    def test_somebody_without_rights_gets_a_failure_that_says_so(self, toolkit: Toolkit) -> None:
        vic = find_actor(toolkit.warehouse, "vic")
        job = waited(toolkit, report(toolkit, "executive_summary", "pdf", actor=vic))
        assert job.state is State.FAILED
        assert "there is no experiment 'checkout_redesign' that you may see" in (job.error or "")
        assert [path.name for path in files(toolkit) if path.suffix == ".pdf"] == []


class TestWhatIsRefusedBeforeAnyWork:
    @pytest.mark.parametrize(
        ("start", "end", "said"),
        [
            ("2026-10-01", "2026-09-01", "lies before the start"),
            ("1026-10-01", "2026-09-01", "more than 50 years after the start"),
        ],
    )
    def test_an_impossible_period(self, toolkit: Toolkit, start: str, end: str, said: str) -> None:
        with pytest.raises(BadValue, match=said):
            report(toolkit, "executive_summary", start=start, end=end)

    @pytest.mark.parametrize("parameters", [{"no_such": 1}, {"start": "yesterday"}])
    def test_parameters_that_do_not_fit(self, toolkit: Toolkit, parameters: dict[str, object]) -> None:
        with pytest.raises((UnknownName, BadValue)):
            report(toolkit, "executive_summary", **parameters)
        assert toolkit.kernels.process_id is None

    def test_a_format_named_twice(self, toolkit: Toolkit) -> None:
        with pytest.raises(BadValue, match="formats 'ipynb': is named twice"):
            report(toolkit, "executive_summary", "ipynb", "ipynb")


class TestAnyNotebook:
    @pytest.fixture
    def toolkit(self, toolkit_with: Callable[..., Toolkit], tmp_path: Path) -> Toolkit:
        (tmp_path / "notebooks").mkdir()
        return toolkit_with(notebooks=str(tmp_path / "notebooks"), report_deadline=8.0)

    def run(self, toolkit: Toolkit, *cells: str, formats: tuple[str, ...] = ("ipynb",)) -> Job:
        write_notebook(Path(toolkit.settings.notebooks), *cells)
        return waited(toolkit, report(toolkit, "report", *formats))

    def test_its_environment_holds_no_setting_of_ours(self, toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CANARY_PASSWORD", "hunter2")
        job = self.run(toolkit, "import os\nprint(dict(os.environ))")
        [cell] = [c for c in nbformat.reads(content(toolkit, job, "ipynb").decode(), 4).cells if c.cell_type == "code"]
        seen = cell.outputs[0]["text"]
        assert "hunter2" not in seen
        assert "warehouse" not in seen.lower()
        assert "REPORTKIT_DATA_SOCKET" in seen

    def test_a_failing_cell_is_named_and_shown(self, toolkit: Toolkit) -> None:
        job = self.run(toolkit, "# Title", "x = 1", "# Section", "x / 0")
        assert (job.state, job.error_code) == (State.FAILED, "notebook_failed")
        assert (job.error or "").startswith('cell 4 (in "Section") raised ZeroDivisionError')
        assert "x / 0" in (job.error or "")
        assert [path.name for path in files(toolkit) if path.name == "report.ipynb"] == []

    def test_start_and_end_that_are_no_days_may_be_anything(self, toolkit: Toolkit) -> None:
        write_notebook(Path(toolkit.settings.notebooks), "print(start - end)", parameters="start = 9\nend = 2")
        assert waited(toolkit, report(toolkit, "report")).state is State.COMPLETED

    def test_a_dead_kernel_is_told_as_such(self, toolkit: Toolkit) -> None:
        job = self.run(toolkit, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        assert (job.state, job.error_code) == (State.FAILED, "kernel_died")

    def test_an_endless_cell_meets_the_deadline_and_nothing_is_left_running(self, toolkit: Toolkit) -> None:
        before = {process.pid for process in running("reportkit.notebook.keeper")}
        job = self.run(toolkit, "while True: pass")
        assert (job.state, job.error_code) == (State.FAILED, "deadline_exceeded")
        assert "REPORTKIT_REPORT_DEADLINE" in (job.error or "")
        kernels = [process for process in running("reportkit.notebook.keeper") if process.pid not in before]
        assert psutil.wait_procs(kernels, timeout=5)[1] == []

    def test_a_bad_request_in_a_cell_reads_as_it_would_on_the_command_line(self, toolkit: Toolkit) -> None:
        job = self.run(toolkit, 'import reportkit\nreportkit.dataset("raw_event")')
        assert "did you mean 'raw_events'" in (job.error or "")

    def test_the_data_are_the_actors_not_the_machines(self, toolkit: Toolkit) -> None:
        write_notebook(
            Path(toolkit.settings.notebooks),
            'import reportkit\nrows = reportkit.dataset("raw_events")\nprint(sorted(set(rows.experiment)))',
        )
        vic = find_actor(toolkit.warehouse, "vic")
        job = waited(toolkit, report(toolkit, "report", actor=vic))
        [cell] = nbformat.reads(content(toolkit, job, "ipynb").decode(), 4).cells
        assert cell.outputs[0]["text"] == "['vip_concierge']\n"
