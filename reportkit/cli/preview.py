"""Shows a preview on a terminal: as many columns as fit, one line a row, and the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reportkit import instants
from reportkit.cli.common import in_bytes, in_seconds
from reportkit.columns import Kind
from reportkit.previews import Preview
from reportkit.specs import ExportSpec

WIDEST = 28
"""Characters of a cell; what is longer ends in an ellipsis."""
GAP = 2
NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.DECIMAL})


def show(preview: Preview, spec: ExportSpec) -> None:
    """Where no terminal says how wide it is, all columns are shown."""
    zone = instants.time_zone(spec.options.zone)
    texts = {name: [_plain(row[name], zone) for row in preview.shown] for name in preview.schema.names}
    widths = {name: max(cell_len(name), min(WIDEST, _widest(column))) for name, column in texts.items()}
    console = Console()
    if not console.is_terminal:
        console = Console(width=sum(widths.values()) + GAP * len(widths))
    names = fitting(widths, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for name in names:
        side: Literal["left", "right"] = "right" if preview.schema[name].kind in NUMBERS else "left"
        table.add_column(name, no_wrap=True, overflow="ellipsis", width=widths[name], justify=side)
    for number in range(len(preview.shown)):
        table.add_row(*[Text(texts[name][number]) for name in names])
    console.print(table)
    for line in _words(preview, spec, names):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def fitting(widths: dict[str, int], room: int) -> list[str]:
    """The first columns that have room beside each other, at least one."""
    names: list[str] = []
    for name, width in widths.items():
        room -= width + GAP
        if names and room < 0:
            break
        names.append(name)
    return names


def _plain(value: Any, zone: tzinfo) -> str:
    """One line, without what would move the cursor or turn the text around."""
    match value:
        case None:
            text = ""
        case bool():
            text = str(value).lower()
        case datetime():
            text = value.astimezone(zone).isoformat(" ", "seconds")
        case Decimal():
            text = f"{value:f}".rstrip("0").removesuffix(".")
        case _:
            text = str(value)
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def _widest(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _words(preview: Preview, spec: ExportSpec, names: Sequence[str]) -> list[str]:
    hidden = [name for name in preview.schema.names if name not in names]
    redacted = [f"{name} {how}" for name, how in preview.redactions.items()]
    way = " ".join(filter(None, [spec.format, spec.options.compression]))
    size, seconds = in_bytes(_rounded(preview.size)), in_seconds(_rounded(preview.seconds))
    lines = [f"{preview.rows:,} rows, about {size}, about {seconds} as {way}".replace(".0 ", " ")]
    if preview.rows > len(preview.shown):
        lines.append(f"  shown: the first {len(preview.shown)}")
    if hidden:
        lines.append(f"  no room for: {', '.join(hidden)}")
    if redacted:
        lines.append(f"  redacted: {', '.join(redacted)}")
    return lines


def _rounded(number: float) -> float:
    """To two digits: more would claim more than we know."""
    return float(f"{number:.2g}")
