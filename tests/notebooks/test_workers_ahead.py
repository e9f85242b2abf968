"""After a first report a worker waits for the next, with all that it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from notebook_files import write_notebook
from waiting import eventually, waited, workers

from reportkit.access import LOCAL_ADMIN
from reportkit.jobs import Job, JobKind, State
from reportkit.specs import DatasetRequest, ExportSpec, ReportSpec
from reportkit.toolkit import Toolkit

CHART = "import plotly.express as px\npx.bar(x=['a', 'b'], y=[1, 2], title='Bars')"


class Service:
    """One that is up."""

    def __init__(self, toolkit: Toolkit) -> None:
        self.toolkit = toolkit

    def report(self) -> Job:
        """When its worker has ended too, and is not taken for the next."""
        job = waited(self.toolkit, self.ask())
        eventually(lambda: self.toolkit.engine.ended(job.id))
        return job

    def ask(self) -> Job:
        return self.toolkit.submit(JobKind.REPORT, LOCAL_ADMIN, ReportSpec("report", {}, ("pdf",)).to_json())

    def ahead(self) -> psutil.Process:
        [worker] = eventually(lambda: workers(self.toolkit))
        return worker


@pytest.fixture
def service(tmp_path: Path, toolkit_with: Callable[..., Toolkit]) -> Service:
    """That has made a report."""
    write_notebook(tmp_path, "# Title", CHART)
    service = Service(toolkit_with(notebooks=str(tmp_path)))
    assert service.report().state is State.COMPLETED
    return service


def test_the_next_report_is_its_and_then_another_waits(service: Service) -> None:
    ahead = service.ahead()
    assert service.report().state is State.COMPLETED
    ahead.wait(5)
    assert service.ahead() != ahead


@pytest.mark.slow
def test_of_two_reports_at_once_one_is_its(service: Service) -> None:
    service.ahead()
    jobs = [service.ask(), service.ask()]
    assert [waited(service.toolkit, job).state for job in jobs] == [State.COMPLETED] * 2


@pytest.mark.slow
def test_exports_leave_it_waiting(service: Service) -> None:
    ahead = service.ahead()
    spec = ExportSpec(DatasetRequest("metrics_summary"), "csv")
    job = service.toolkit.submit(JobKind.EXPORT, LOCAL_ADMIN, spec.to_json())
    assert waited(service.toolkit, job).state is State.COMPLETED
    assert ahead.is_running()


def test_a_report_does_not_miss_one_that_was_killed(service: Service) -> None:
    ahead = service.ahead()
    ahead.kill()
    eventually(lambda: ahead.status() == psutil.STATUS_ZOMBIE)  # the zygote buries it when it hands it a task
    assert service.report().state is State.COMPLETED
    service.ahead()


@pytest.mark.slow
def test_it_ends_with_its_engine(service: Service) -> None:
    ahead = service.ahead()
    service.toolkit.engine.close()
    ahead.wait(5)
