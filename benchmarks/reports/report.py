"""The page: medians, ratios and peaks, beside what was to be reached."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.measuring import Candidate

PACKAGES = ("papermill", "nbconvert", "playwright", "kaleido", "plotly", "typst", "mini-racer", "ipykernel")


@dataclass(frozen=True)
class Row:
    title: str
    ours: str
    theirs: str
    ratio: str
    reach: str
    stretch: str


def rows(
    whole: Mapping[str, Candidate], parts: Mapping[str, Candidate], rates: tuple[float, float], cells: float
) -> list[Row]:
    diy, warm, command = (whole[name] for name in ("DIY", "warm", "command"))
    overhead = warm.median - cells
    return [
        _faster("request to PDF, warm", warm, diy, "papermill + webpdf", 8, "15 x"),
        _faster("one command, nothing warm", command, diy, "papermill + webpdf", 3.5, "5 x"),
        Row(
            "reports a second, two at once, sustained",
            f"{rates[0]:.2f}",
            f"papermill + webpdf: {rates[1]:.2f}",
            f"{rates[0] / rates[1]:.1f} times as many",
            "8 x",
            "15 x",
        ),
        Row(
            "warm, above the author's own cells",
            f"{overhead:.2f} s",
            f"cells alone: {cells:.2f} s",
            "",
            "0.4 s",
            "0.2 s",
        ),
        _faster("four figures as SVG", parts["figures"], parts["Kaleido"], "Kaleido, open", 5, "20 x"),
        _faster("a table of 10,000 rows as PDF", parts["table"], parts["Chrome"], "Chrome, open", 2, ""),
        Row(
            "peak memory of all processes, one command",
            f"{command.peak / 1e6:.0f} MB",
            f"papermill + webpdf: {diy.peak / 1e6:.0f} MB",
            f"{command.peak / diy.peak:.2f}",
            "1",
            "0.5",
        ),
    ]


def page(rounds: int, found: Sequence[Row]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return "\n".join(
        [
            "# Reports",
            "",
            "`make bench`: a notebook of twelve cells with four figures and three tables, one of 500 rows;",
            f"{rounds} rounds in turns, medians; {os.cpu_count()} cores, Python {platform.python_version()},",
            f"{versions}.",
            "",
            "Theirs is made complete: the renderer that embeds plotly.js, and two seconds for the page to load; or",
            "else charts or pages are missing. Ours counts everything from submit to file: parameters, the snapshot,",
            "the kernel in its sandbox, the checks of the document, digest and signed manifest. The table is set in a",
            "process that has waited for it, as a service has one, and its words are checked. Memory is watched in a",
            "turn that is not timed.",
            "",
            *brief(found, goals=True),
            "",
        ]
    )


def brief(found: Sequence[Row], goals: bool = False) -> list[str]:
    """The table; without what was to be reached, for the README."""
    heads = ["", "ours", "beside", "ratio", *(["reach", "stretch"] if goals else [])]
    lines = [f"| {' | '.join(heads)} |", f"| --- | ---: | --- | ---: |{' ---: | ---: |' if goals else ''}"]
    for row in found:
        cells = [row.title, row.ours, row.theirs, row.ratio, *([row.reach, row.stretch] if goals else [])]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _faster(title: str, ours: Candidate, theirs: Candidate, name: str, reach: float, stretch: str) -> Row:
    ratio = f"{theirs.median / ours.median:.1f} times faster"
    return Row(title, f"{ours.median:.2f} s", f"{name}: {theirs.median:.2f} s", ratio, f"{reach:g} x", stretch)
