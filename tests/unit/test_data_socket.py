"""A notebook's data arrives whole and typed over the socket, or its error arrives as the same error."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import reportkit
from reportkit.columns import Column, Kind, Schema, Source
from reportkit.errors import BadRequest, BadSettings, BadValue, JobFailed, UnknownName, WarehouseUnavailable
from reportkit.notebook.data_socket import ADDRESS, DataSocket, ask
from reportkit.specs import DatasetRequest

SCHEMA = Schema.of([Column(kind.value, kind, "what it is") for kind in Kind])
FIRST: dict[str, Any] = {
    "text": "",
    "identifier": "0b9f6f0e-6d0c-4a52-8c7e-3f9d3b1d2a11",
    "integer": 9_007_199_254_740_993,
    "number": 0.1,
    "decimal": Decimal("12345.678901234567890123"),
    "boolean": True,
    "date": date(1890, 2, 28),
    "instant": datetime(1890, 2, 28, 23, 59, 59, 123456, tzinfo=UTC),
    "document": '{"price": 1.5, "tags": ["a", null]}',
}
NOTHING: dict[str, Any] = dict.fromkeys(FIRST)


@dataclass
class Rows:
    """A source of the rows that a test wrote down; `then` happens after them."""

    rows: list[dict[str, Any]] = field(default_factory=lambda: [FIRST, NOTHING])
    then: Callable[[], None] = lambda: None
    schema: Schema = SCHEMA

    def batches(self) -> Iterator[pa.RecordBatch]:
        for row in self.rows:
            yield pa.RecordBatch.from_pylist([row], schema=self.schema.arrow())
        self.then()


@contextmanager
def serving(answer: Callable[[DatasetRequest], Source], **more: Any) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory, DataSocket(answer, Path(directory), **more) as served:
        yield served.path


def fail(error: Exception) -> Callable[..., Any]:
    def raising(*_: object) -> None:
        raise error

    return raising


REQUEST = DatasetRequest.of("raw_events", start="2026-10-01", experiment=["a", "b"])


def test_the_answer_arrives_whole_and_in_order_with_each_columns_kind() -> None:
    with serving(lambda request: Rows()) as path:
        table = ask(path, REQUEST)
    assert table.to_pylist() == [FIRST, NOTHING]
    assert table.schema.equals(SCHEMA.arrow(), check_metadata=True)


def test_the_worker_hears_the_request_as_it_was_asked() -> None:
    heard = []
    with serving(lambda request: heard.append(request) or Rows()) as path:  # type: ignore[func-returns-value]
        ask(path, REQUEST)
    assert heard == [REQUEST]


def test_an_empty_answer_has_its_columns() -> None:
    with serving(lambda request: Rows([])) as path:
        table = ask(path, REQUEST)
    assert table.num_rows == 0
    assert table.schema == SCHEMA.arrow()


def test_one_socket_answers_many_requests_one_at_a_time() -> None:
    one_at_a_time = threading.Lock()

    def answer(request: DatasetRequest) -> Rows:
        assert one_at_a_time.acquire(blocking=False)
        return Rows([FIRST] * 50, then=one_at_a_time.release)

    with serving(answer) as path, ThreadPoolExecutor(8) as kernels:
        tables = list(kernels.map(lambda _: ask(path, REQUEST), range(20)))
    assert [table.num_rows for table in tables] == [50] * 20


@pytest.mark.parametrize("in_mid_stream", [False, True])
@pytest.mark.parametrize(
    "error",
    [
        UnknownName("field", "reveneu", ["revenue", "users"], of="raw_events"),
        BadValue("start", date(2026, 2, 1), "lies after the end"),
        WarehouseUnavailable("the warehouse was lost: \u201cgone\u201d"),
    ],
)
def test_an_error_arrives_as_the_same_class_with_the_same_sentence(error: Exception, in_mid_stream: bool) -> None:
    answer = (lambda request: Rows(then=fail(error))) if in_mid_stream else fail(error)
    with serving(answer) as path, pytest.raises(type(error)) as raised:
        ask(path, REQUEST)
    assert str(raised.value) == str(error)
    assert type(raised.value) is type(error)


def test_an_error_brings_its_facts() -> None:
    error = UnknownName("field", "reveneu", ["revenue"], of="raw_events")
    with serving(fail(error)) as path, pytest.raises(UnknownName) as raised:
        ask(path, REQUEST)
    assert vars(raised.value) == vars(error)


def test_a_fault_of_ours_is_told_without_its_details_and_the_socket_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([fail(KeyError("password=hunter2")), lambda request: Rows()])
    with serving(lambda request: next(answers)(request)) as path:
        with pytest.raises(JobFailed, match="KeyError") as raised:
            ask(path, REQUEST)
        assert ask(path, REQUEST).num_rows == 2
    assert "hunter2" not in str(raised.value)
    assert "hunter2" in caplog.text


@pytest.mark.parametrize(
    "line", [b"\n", b"{}\n", b"5\n", b"\xff\n", b"[" * 100_000 + b"\n", b'{"dataset": 5}\n', b"x" * 1_000_001]
)
def test_a_line_that_is_no_request_is_refused_and_the_socket_goes_on(line: bytes) -> None:
    with serving(lambda request: Rows()) as path:
        with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rwb") as wire:
            connection.connect(path)
            wire.write(line)
            wire.flush()
            assert json.loads(wire.readline())["error"]["code"] == BadRequest("").code
        assert ask(path, REQUEST).num_rows == 2


def test_an_answer_that_is_cut_off_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    """Arrow itself takes a stream that ends between two batches for a complete one."""
    whole = _bytes_of_an_answer()
    endings = [whole.rindex(b'{"rows"'), *range(0, len(whole), 97)]
    for end in endings:
        with _saying(whole[:end]) as path, pytest.raises(WarehouseUnavailable):
            ask(path, REQUEST)


def test_an_answer_with_fewer_rows_than_were_sent_is_refused() -> None:
    lying = _bytes_of_an_answer().replace(b'{"rows": 2}', b'{"rows": 3}')
    with _saying(lying) as path, pytest.raises(WarehouseUnavailable, match="3 rows were sent but 2 arrived"):
        ask(path, REQUEST)


def test_a_worker_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(WarehouseUnavailable, match="connection to the data was lost"):
        ask(str(tmp_path / "data"), REQUEST)


def test_closing_ends_a_running_answer() -> None:
    running, cancelled = threading.Event(), threading.Event()

    def endless() -> None:
        running.set()
        assert cancelled.wait(10)
        raise WarehouseUnavailable("the query was cancelled")

    with ThreadPoolExecutor(1) as kernel:
        with serving(lambda request: Rows(then=endless), cancel=cancelled.set) as path:
            asked = kernel.submit(ask, path, REQUEST)
            assert running.wait(10)
        assert isinstance(asked.exception(), WarehouseUnavailable)


def test_closing_does_not_mind_what_a_notebook_has_put_in_the_sockets_place(tmp_path: Path) -> None:
    with DataSocket(lambda request: Rows(), tmp_path) as served:
        Path(served.path).unlink()
        Path(served.path).mkdir()
    with pytest.raises(WarehouseUnavailable):
        ask(served.path, REQUEST)


def test_closing_does_not_wait_for_a_kernel_that_says_nothing() -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        with serving(lambda request: Rows()) as path:
            ask(path, REQUEST)
            silent.connect(path)
        assert silent.recv(1) == b""


def test_closing_without_a_running_answer_cancels_nothing() -> None:
    with serving(lambda request: Rows(), cancel=fail(AssertionError())) as path:
        ask(path, REQUEST)


def test_a_path_too_long_for_sockets_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="TMPDIR"):
        DataSocket(lambda request: Rows(), tmp_path / ("d" * 100))


DTYPES = {
    "text": "str",
    "identifier": "str",
    "integer": "Int64",
    "number": "float64",
    "decimal": "float64",
    "boolean": "boolean",
    "date": "datetime64[us]",
    "instant": "datetime64[us, UTC]",
    "document": "object",
}


@pytest.fixture
def frame_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[dict[str, Any]]], pd.DataFrame]]:
    """What `reportkit.dataset` gives a notebook for these rows."""
    rows: list[dict[str, Any]] = []
    with serving(lambda request: Rows(rows)) as path:
        monkeypatch.setenv(ADDRESS, path)

        def give(wanted: list[dict[str, Any]]) -> pd.DataFrame:
            rows[:] = wanted
            return reportkit.dataset("raw_events", start="2026-10-01", by="day", fields="a,b", experiment="x")

        yield give


@pytest.mark.parametrize("rows", [[], [FIRST], [NOTHING], [NOTHING, FIRST]])
def test_a_columns_dtype_follows_from_its_kind_and_never_from_the_rows(
    frame_of: Callable[..., pd.DataFrame], rows: list[dict[str, Any]]
) -> None:
    frame = frame_of(rows)
    assert {name: str(dtype).replace("string", "str") for name, dtype in frame.dtypes.items()} == DTYPES
    assert len(frame) == len(rows)


def test_values_reach_the_notebook_exactly(frame_of: Callable[..., pd.DataFrame]) -> None:
    row = frame_of([FIRST]).iloc[0]
    assert row["text"] == ""
    assert row["identifier"] == FIRST["identifier"]
    assert row["integer"] == 9_007_199_254_740_993
    assert row["number"] == 0.1
    assert row["decimal"] == float(FIRST["decimal"])
    assert row["boolean"] is np.True_
    assert row["date"] == pd.Timestamp("1890-02-28")
    assert row["instant"] == pd.Timestamp("1890-02-28T23:59:59.123456Z")
    assert row["document"] == {"price": 1.5, "tags": ["a", None]}


def test_a_null_stays_a_null(frame_of: Callable[..., pd.DataFrame]) -> None:
    frame = frame_of([NOTHING])
    assert frame.isna().all(axis=None)
    assert frame["integer"][0] is pd.NA
    assert frame["document"][0] is None


def test_every_decimal_becomes_the_nearest_float(frame_of: Callable[..., pd.DataFrame]) -> None:
    amounts = [Decimal(n * 7919).scaleb(-(n % 18)) for n in range(500)]
    frame = frame_of([{**NOTHING, "decimal": amount} for amount in amounts])
    assert frame["decimal"].tolist() == [float(amount) for amount in amounts]


def _bytes_of_an_answer() -> bytes:
    with serving(lambda request: Rows()) as path, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(json.dumps(REQUEST.to_json()).encode() + b"\n")
        with connection.makefile("rb") as wire:
            return wire.read()


@contextmanager
def _saying(answer: bytes) -> Iterator[str]:
    """A worker that says these bytes and hangs up."""
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
        path = f"{directory}/data"
        listener.bind(path)
        listener.listen()

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.makefile("rb").readline()
                connection.sendall(answer)

        speaker = threading.Thread(target=speak)
        speaker.start()
        yield path
        speaker.join()
