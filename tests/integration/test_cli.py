"""The command line as people meet it: what it prints, what it leaves, how it exits."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from command_line import REPORTKIT, reportkit
from rich.console import Console
from rich.progress import Progress
from waiting import waited

from reportkit.access import LOCAL_ADMIN
from reportkit.cli import COMMANDS, cli, run
from reportkit.cli.run import hand_over
from reportkit.errors import StorageUnavailable
from reportkit.jobs import Artifact, Job, JobKind
from reportkit.manifests import SUFFIX
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit


def test_help_teaches_and_names_every_command(desk: Path) -> None:
    shown = reportkit(desk, "--help")
    assert shown.returncode == 0
    for command in COMMANDS:
        assert f"  {command} " in shown.stdout
        assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0


def test_an_export_lies_where_it_was_asked_for_with_its_manifest_and_is_summed_up(desk: Path) -> None:
    done = reportkit(desk, "export", "experiment_results", "-o", "out/results.csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((desk / "out/results.csv").open()))
    manifest = json.loads((desk / "out/results.csv.manifest.json").read_text())
    assert f"out/results.csv  {len(rows):,} rows" in done.stdout
    assert manifest["rows"] == len(rows)
    assert {path.name for path in (desk / "out").iterdir()} == {"results.csv", "results.csv.manifest.json"}


def test_fields_filters_and_dates_reach_the_file(desk: Path) -> None:
    words = (
        "--field",
        "variant",
        "--field",
        "experiment",
        "--filter",
        "experiment=dark_mode",
        "--filter",
        "variant=dark",
    )
    done = reportkit(desk, "export", "experiment_results", "--format", "csv", "--start", "2026-10-01", *words)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader((desk / "experiment_results.csv").open()))
    assert rows[0] == ["variant", "experiment"]
    assert {tuple(row) for row in rows[1:]} == {("dark", "dark_mode")}


def test_an_export_as_somebody_holds_what_they_may_see_and_says_so(desk: Path) -> None:
    done = reportkit(desk, "export", "raw_events", "--as", "vic", "-o", "vic.json")
    assert done.returncode == 0, done.stderr
    assert "redacted: " in done.stdout
    assert "user_email masked" in done.stdout
    manifest = json.loads((desk / "vic.json.manifest.json").read_text())
    assert (manifest["actor"]["name"], manifest["actor"]["role"]) == ("vic", "viewer")
    rows = json.loads((desk / "vic.json").read_text())
    assert {row["experiment"] for row in rows} == {"vip_concierge"}
    assert {row["user_email"] for row in rows} <= {"***", None}


def test_no_rows_give_a_valid_file_and_a_clear_word(desk: Path) -> None:
    nothing = ("--filter", "event_name=none_such")
    done = reportkit(
        desk, "export", "raw_events", "--start", "2001-01-01", "--end", "2001-01-31", *nothing, "-o", "empty.csv"
    )
    assert done.returncode == 0, done.stderr
    assert "no rows match (2001-01-01 to 2001-01-31, event_name=none_such); the file is valid and empty" in done.stdout
    assert len((desk / "empty.csv").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "raw_event", "--format", "csv"), "did you mean 'raw_events'"),
        (("export", "raw_events", "--format", "csv", "--as", "nobody"), "no such user in the warehouse"),
        (("report", "executive_sumary"), "did you mean 'executive_summary'"),
        (("report", "executive_summary", "-p", "colour=red"), "known: end, experiment, start"),
        (("report", "executive_summary", "-p", "start=soon"), "a day such as 2026-01-31"),
        (("report", "executive_summary", "--to", "docx"), "known: html, ipynb, pdf"),
        (("datasets", "nothing"), "known: audit_log, experiment_results"),
        (("sample", "--to", "nonsense"), "is not a database URL; write sqlite:///"),
        (("expord",), "No such command"),
        (("export", "raw_events", "--colour"), "No such option"),
    ],
)
def test_a_wrong_request_is_told_what_to_do_before_any_work(desk: Path, words: tuple[str, ...], said: str) -> None:
    done = reportkit(desk, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert [path.name for path in desk.iterdir() if path.suffix not in (".toml", "")] == []


def test_a_job_that_fails_exits_with_1_and_the_reason(desk: Path) -> None:
    (desk / "reportkit.toml").write_text('warehouse = "postgresql://nobody@127.0.0.1:1/none"\n')
    done = reportkit(desk, "export", "raw_events", "--format", "csv")
    assert done.returncode == 1
    assert "error: raw_events: the warehouse" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (desk / "raw_events.csv").exists()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("in-the-way/results.csv", "in-the-way is a file, not a directory"),
        ("pipe", "is a directory, a device or a pipe"),
        ("-", "standard output has no room for the manifest"),
        ("circle/results.csv", "cannot be used (Too many levels of symbolic links)"),
        (f"{'n' * 238}.csv", "the name is too long"),
        (f"{'n' * 300}/results.csv", "cannot be used (File name too long)"),
    ],
)
def test_an_output_that_cannot_be_is_told_before_any_work(desk: Path, output: str, said: str) -> None:
    (desk / "in-the-way").write_text("here")
    os.mkfifo(desk / "pipe")
    (desk / "circle").symlink_to("circle")
    done = reportkit(desk, "export", "experiment_results", "--format", "csv", "-o", output)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert (desk / "pipe").is_fifo()
    assert not (desk / ".reportkit").exists()


def test_an_output_that_is_a_directory_or_a_link_stays_one(desk: Path) -> None:
    (desk / "there").mkdir()
    (desk / "link.csv").symlink_to(desk / "there" / "linked.csv")
    for output in ("there", "link.csv", "new/"):
        assert reportkit(desk, "export", "experiment_results", "--format", "csv", "-o", output).returncode == 0
    assert (desk / "link.csv").is_symlink()
    names = ["experiment_results.csv", "experiment_results.csv.manifest.json", "linked.csv", "linked.csv.manifest.json"]
    assert sorted(path.name for path in (desk / "there").iterdir()) == names
    assert sorted(path.name for path in (desk / "new").iterdir()) == names[:2]


def test_a_file_is_never_left_beside_the_manifest_of_another(desk: Path, toolkit: Toolkit) -> None:
    with pytest.raises(StorageUnavailable, match="Is a directory"):  # a crash between the two, at its worst place
        (desk / "results.csv").mkdir()
        (desk / "results.csv.manifest.json").write_text("of an earlier file")
        hand_over(toolkit, [_stored(toolkit)], desk / "results.csv")
    assert sorted(path.name for path in desk.glob("*results*")) == ["results.csv"]


def _stored(toolkit: Toolkit) -> Artifact:
    for key in ("k/results.csv", f"k/results.csv{SUFFIX}"):
        with toolkit.storage.writer(key) as sink:
            sink.write(b"new")
            sink.publish()
    moment = toolkit.clock()
    return Artifact("a", "j", "results.csv", "csv", "k/results.csv", 3, "", {"name": "results.csv"}, moment, moment)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_ends_everything_within_two_seconds_and_leaves_no_half_file(
    tmp_path: Path, sample: str, sent: signal.Signals
) -> None:
    copy = tmp_path / "warehouse.db"
    copy.write_bytes(Path(sample.removeprefix("sqlite:///")).read_bytes())
    lock = sqlite3.connect(copy, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")  # the export hangs at its first query
    environment = {**os.environ, "REPORTKIT_WAREHOUSE": f"sqlite:///{copy}"}
    command = [REPORTKIT, "export", "raw_events", "-o", "half.csv"]
    shell = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),  # or it is deaf to it where the tests run under nohup
    )
    workers = _wait_for_worker(shell)
    shell.send_signal(sent)
    started = time.monotonic()
    _, said = shell.communicate(timeout=30)
    took = time.monotonic() - started
    lock.close()
    assert (shell.returncode, took < 2.5) == (1, True), took  # two seconds, and slack for a busy machine
    assert "raw_events: stopped; nothing was kept" in said
    assert [p for p in workers if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    assert list(tmp_path.glob("half*")) == []
    assert [p for p in (tmp_path / ".reportkit" / "artifacts").rglob("*") if p.is_file()] == []


def test_a_job_that_completed_before_it_could_be_stopped_is_handed_over(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted_after_its_end(toolkit: Toolkit, job: Job, title: str) -> Job:
        waited(toolkit, job)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_watch", interrupted_after_its_end)
    spec = ExportSpec(DatasetRequest("experiment_results"), "csv")
    done = run.run(toolkit, JobKind.EXPORT, LOCAL_ADMIN, spec.to_json(), "experiment_results")
    assert [artifact.name for artifact in done.artifacts] == ["experiment_results.csv"]


def test_the_progress_shows_a_stage_as_it_is_and_counts_rows() -> None:
    with Progress(*run.columns(), console=Console(file=io.StringIO(), record=True, width=120)) as bar:
        bar.add_task("raw_events: Results [/b]", total=2000, completed=1000)
    shown = bar.console.export_text()
    assert "raw_events: Results [/b]" in shown
    assert "1,000 of 2,000 rows" in shown


def test_no_file_of_the_working_directory_is_run(desk: Path) -> None:
    (desk / "random.py").write_text("import pathlib\npathlib.Path('marker').touch()\n")
    done = reportkit(desk, "export", "experiment_results", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert not (desk / "marker").exists()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_standard_output_that_takes_nothing_is_told(desk: Path, unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [REPORTKIT, "datasets"], cwd=desk, env=environment, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == "error: cannot use standard output or the directory: No space left on device\n"


def test_what_a_home_keeps_is_for_its_owner_alone_whatever_the_umask(desk: Path) -> None:
    code = "import os; os.umask(0); from reportkit import cli; cli.main()"
    words = ("export", "experiment_results", "--format", "csv")
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=desk, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    home = desk / ".reportkit"
    kept = {path.relative_to(home): path.stat().st_mode & 0o777 for path in home.rglob("*") if path.is_file()}
    assert kept.pop(Path("signing.pub.pem")) == 0o644  # to be handed out
    assert {path.suffix for path in kept} >= {".db", ".log", ".key", ".pem", ".csv", ".json"}
    assert set(kept.values()) == {0o600}
    assert [path.stat().st_mode & 0o777 for path in (home, home / "logs")] == [0o700, 0o700]


def test_a_fault_of_ours_is_one_sentence_with_the_rest_in_a_log(desk: Path) -> None:
    code = "from reportkit import cli; cli.cli.main = lambda **_: 1 / 0; cli.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=desk, capture_output=True, text=True, timeout=60)
    log = desk / ".reportkit" / "logs" / "cli.log"
    sentence = "ZeroDivisionError: division by zero; this is a fault of reportkit's, please report it with"
    assert (done.returncode, done.stderr) == (1, f"error: {sentence} {log}\n")
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def _wait_for_worker(shell: subprocess.Popen[str]) -> list[psutil.Process]:
    """It and the zygote that it was forked from."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        workers = psutil.Process(shell.pid).children(recursive=True)
        if len(workers) == 2 and workers[1].num_threads() == 3:  # it listens, and its heart beats
            return workers
        time.sleep(0.02)  # another process; there is nothing to wait on but the process table
    raise AssertionError("no worker was started")


def test_the_doctor_finds_everything_well_and_shows_no_secret(desk: Path) -> None:
    done = reportkit(desk, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("ok")] == [
        ["ok", name]
        for name in (
            *("warehouse", "catalog", "storage", "signing", "datasets"),
            *("notebooks", "kernel", "brand", "documents", "together"),
        )
    ]


def test_the_doctor_names_what_is_missing_and_hides_passwords(desk: Path) -> None:
    for url in ("postgresql://me:hunter2@127.0.0.1:1/none", "postgresql://127.0.0.1:x/none?password=hunter2"):
        (desk / "reportkit.toml").write_text(f'warehouse = "{url}"\n')
        done = reportkit(desk, "doctor")
        assert done.returncode == 1
        assert "BAD  warehouse" in done.stdout
        assert "hunter2" not in done.stdout + done.stderr


def test_the_doctor_looks_at_every_part_whatever_is_wrong_with_the_others(desk: Path) -> None:
    (desk / "in-the-way").write_text("here")
    (desk / "reportkit.toml").write_text('home = "in-the-way"\nwarehouse = "nonsense"\n')
    done = reportkit(desk, "doctor")
    assert (done.returncode, done.stderr) == (1, "")
    found = {line.split()[1]: line.split()[0] for line in done.stdout.splitlines() if line[:3] in ("ok ", "BAD")}
    assert found == {
        **dict.fromkeys(("warehouse", "catalog", "storage", "signing", "together"), "BAD"),
        **dict.fromkeys(("datasets", "notebooks", "kernel", "brand", "documents"), "ok"),
    }


def test_the_demo_leaves_a_database_of_others_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "theirs.db") as theirs:
        theirs.execute("CREATE TABLE orders (id)")
    (tmp_path / "reportkit.toml").write_text('warehouse = "sqlite:///theirs.db"\n')
    done = reportkit(tmp_path, "demo", "--once")
    assert (done.returncode, done.stdout) == (2, "")
    assert "theirs.db has tables, but no events; the demo loads its sample into an empty database only" in done.stderr
    assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("orders",)]


def test_datasets_are_listed_and_described(desk: Path) -> None:
    listed = reportkit(desk, "datasets").stdout
    for name in ("audit_log", "experiment_results", "metrics_summary", "raw_events", "user_activity"):
        assert name in listed
    described = " ".join(reportkit(desk, "datasets", "audit_log").stdout.split())
    assert "secret: never exported" in described
    assert "Owner: " in described


def test_a_sample_that_is_there_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    words = ("sample", "--to", "sqlite:///w.db", "--events", "10")
    assert reportkit(tmp_path, *words).returncode == 0
    again = reportkit(tmp_path, *words)
    assert again.returncode == 2
    assert "--replace" in again.stderr
    assert reportkit(tmp_path, *words, "--replace").returncode == 0
