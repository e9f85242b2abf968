"""`reportkit compare`: which figures moved between two runs of a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from reportkit.comparing.contents import Contents
from reportkit.comparing.differences import Change, Differences, differences
from reportkit.errors import BadNotebook, BadValue
from reportkit.manifests import SUFFIX as MANIFEST
from reportkit.manifests import parse
from reportkit.notebook.registry import SUFFIX, read_document

MOST_SHOWN = 50
"""Changes of one part; JSON has all."""


@click.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["md", "json"]), default="md", show_default=True)
def command(before: Path, after: Path, format_: str) -> None:
    """Say what moved between two runs: tables, figures, pictures, text, what is new or gone, and the parameters.

    BEFORE and AFTER are executed notebooks, as --to ipynb makes them, or directories of them. The exit code is 0 if
    they show the same, 1 if something moved, and 2 if they cannot be compared.

    \b
    reportkit report executive_summary --to ipynb -o monday/
    reportkit report executive_summary --to ipynb -o tuesday/
    reportkit compare monday/ tuesday/
    """
    found = dict(_compared(before, after))
    if format_ == "json":
        click.echo(json.dumps({name: each.to_json() for name, each in found.items()}, indent=2, ensure_ascii=False))
    else:
        click.echo("\n\n".join(f"# {name}\n\n{_page(each)}" for name, each in found.items()))
    if any(found.values()):
        raise SystemExit(1)


def _compared(before: Path, after: Path) -> Iterator[tuple[str, Differences]]:
    if before.is_dir() != after.is_dir() and before.exists() and after.exists():
        raise BadValue("after", str(after), "compare two files, or two directories")
    old, new = _runs(before), _runs(after)
    if before.is_dir() and not {*old} & {*new}:
        raise BadValue("after", str(after), f"has no report that {before} has too; compare two runs of the same")
    if before.is_file() and after.is_file():
        new = dict(zip(old, new.values(), strict=True))  # whatever they are called
    for name in sorted({*old, *new}):
        yield name, _difference(old.get(name), new.get(name))


def _runs(place: Path) -> Mapping[str, Path]:
    """By name."""
    if place.is_dir():
        found = {path.stem: path for path in sorted(place.glob(f"*{SUFFIX}"))}
        if not found:
            raise BadValue("directory", str(place), f"has no {SUFFIX} files; make some with --to ipynb")
        return found
    return {place.stem: place}


def _difference(old: Path | None, new: Path | None) -> Differences:
    nothing = Contents({}, "", [])
    before, after = (_contents(path) if path else nothing for path in (old, new))
    if old and new and before.title != after.title:
        raise BadNotebook(
            f"{old} and {new} are of two notebooks, {before.title!r} and {after.title!r}; compare two runs of one"
        )
    return differences(before, after, (_cutoff(old), _cutoff(new)))


def _contents(path: Path) -> Contents:
    try:
        return Contents.of(read_document(path.read_bytes()))
    except OSError as error:
        raise BadNotebook(f"{path} cannot be read: {error.strerror}") from None
    except BadNotebook as error:
        raise BadNotebook(f"{path}: {error}") from None


def _cutoff(path: Path | None) -> str | None:
    """Up to when the data reach, as the manifest beside says."""
    try:
        content, _ = parse(path.with_name(path.name + MANIFEST).read_bytes()) if path else ({}, [])
        return max((read["data_cutoff"] for read in content.get("reads", [])), default=None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _page(found: Differences) -> str:
    """As Markdown."""
    values = sum(len(changes) for _, changes in found.moved)
    moved = f"Values that moved: {values:,}. Parts that are gone: {len(found.gone)}, new: {len(found.added)}."
    pieces = [moved if found else "Nothing moved."]
    if lines := [f"- gone: {part.name}" for part in found.gone] + [f"- new: {part.name}" for part in found.added]:
        pieces.append("\n".join(lines))
    if found.run:
        pieces.append(f"## The run\n\n{_table(found.run)}")
    for part, changes in found.moved:
        told = _rewritten(changes) if part.kind == "section" else _table(changes)
        pieces.append(f"## {part.name[0].upper()}{part.name[1:]}\n\n{told}")
    return "\n\n".join(pieces)


def _rewritten(changes: Sequence[Change]) -> str:
    """Paragraphs are too long for a table."""
    pairs = [
        f"- before: {_said(each.before) or 'nothing'}\n- after: {_said(each.after) or 'nothing'}"
        if each.where == ("text",)
        else f"- {', '.join(each.where)}\n- before: {each.before}\n- after: {each.after}"
        for each in changes
    ]
    return "\n\n".join(pairs)


def _table(changes: Sequence[Change]) -> str:
    rows = [("what", "before", "after", "change", "in per cent"), *map(_row, changes[:MOST_SHOWN])]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = [f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows]
    hidden = len(changes) - MOST_SHOWN
    return "\n".join([*lines, *([f"\nand {hidden:,} more; --format json has all"] if hidden > 0 else [])])


def _row(change: Change) -> tuple[str, ...]:
    absolute = "" if change.absolute is None else f"{change.absolute:+.6g}"
    relative = "" if change.relative is None else f"{change.relative:+.2%}".replace("%", " %")
    what = ": ".join(filter(None, change.where))
    return tuple(map(_cell, (what, _said(change.before), _said(change.after), absolute, relative)))


def _said(value: Any) -> str:
    return "" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
