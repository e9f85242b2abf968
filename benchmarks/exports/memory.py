"""Whether memory stays flat: the worker's peak from 0.1 to 10 million rows. `python -m benchmarks.exports.memory`"""

from __future__ import annotations

import tempfile
from pathlib import Path

import postgres_server
import sqlalchemy as sa

from benchmarks.exports.candidates import export
from benchmarks.exports.warehouse import owned_by_the_analyst
from benchmarks.measuring import watched
from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.settings import Settings
from reportkit.toolkit import Toolkit, build

RESULTS = Path(__file__).parents[1] / "results" / "exports-memory.md"
FORMATS = ("csv", "json", "parquet", "xlsx")
EVENTS = 100_000
TIMES = (1, 10, 100)


def main() -> None:
    lines = [
        "# Memory of an export\n",
        "Peak of the worker (PSS, shared pages counted in part), in MB; columns as in [exports](exports.md).\n",
        f"| rows | {' | '.join(FORMATS)} |",
        f"| ---: |{' ---: |' * len(FORMATS)}",
    ]
    with tempfile.TemporaryDirectory() as name, postgres_server.server() as url:
        load(url, Scale(events=EVENTS))
        owned_by_the_analyst(url)
        toolkit = build(Settings(home=name, warehouse=url).resolved(Path(name)))
        toolkit.engine.prepare()
        for before, times in zip((1, *TIMES), TIMES, strict=False):
            rows = _grow(url, times // before)
            lines.append(f"| {rows:,} | {' | '.join(f'{_peak(toolkit, format):.0f}' for format in FORMATS)} |")
            print(lines[-1], flush=True)
        toolkit.close()
    RESULTS.write_text("\n".join(lines) + "\n")


def _grow(url: str, times: int) -> int:
    """The same events so many times over; gives how many there are."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        last, columns = connection.exec_driver_sql("SELECT max(id) FROM events").scalar_one(), _columns(connection)
        for number in range(1, times):
            more = f"SELECT id + {number * last}, {columns} FROM events WHERE id <= {last}"
            connection.exec_driver_sql(f"INSERT INTO events (id, {columns}) {more}")
        connection.exec_driver_sql("ANALYZE")
        rows: int = connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one()
    engine.dispose()
    return rows


def _columns(connection: sa.Connection) -> str:
    names = [column["name"] for column in sa.inspect(connection).get_columns("events")]
    return ", ".join(name for name in names if name != "id")


def _peak(toolkit: Toolkit, format: str) -> float:
    with watched() as seen:
        export(toolkit, format)
    return seen.one / 1e6


if __name__ == "__main__":
    main()
