"""`reportkit verify`: is a file as its signed manifest says? It needs the public key, and nothing else of a home."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reportkit.errors import BadSettings, BadValue
from reportkit.keys import public_key_path
from reportkit.manifests import SUFFIX, FileEntry, fault, parse
from reportkit.parts import names_of, unnumbered
from reportkit.settings import Settings
from reportkit.signing import PublicKey


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The public key, in PEM. Default: HOME/signing.pub.pem")
def command(file: Path, key: Path | None) -> None:
    """Check that FILE, and all that its manifest lists, is as it was made.

    FILE is an export, one of its parts, a report, or the manifest itself; file and manifest lie side by side and may
    have been renamed. Exit code 0: nothing differs; 1: something does, or is missing.

    \b
    reportkit verify october.csv
    reportkit verify summary.pdf --key signing.pub.pem
    """
    public_key = _public_key(key)
    if not file.is_file() and not Path(f"{file}{SUFFIX}").is_file():
        raise BadValue("file", str(file), "there is no such file")
    findings = list(_findings(file, public_key))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark = click.style("ok  ", fg="green") if finding.well else click.style("BAD ", fg="red")
        click.echo(f"{mark} {finding.name:<{width}}  {finding.said}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


@dataclass(frozen=True)
class Finding:
    """What is to be said about one file."""

    name: str
    well: bool
    said: str


@dataclass(frozen=True)
class Present:
    """A file that is there."""

    size: int
    sha256: str

    @classmethod
    def read(cls, path: Path) -> Present:
        with path.open("rb") as file:
            return cls(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _public_key(given: Path | None) -> PublicKey:
    path = given or public_key_path(Settings.load(os.environ, Path.cwd()))
    try:
        return PublicKey.from_pem(path.read_bytes())
    except ValueError:
        why = "it holds no Ed25519 public key in PEM"
    except OSError as error:
        why = f"it cannot be read ({error.strerror})"
    if given:
        raise BadValue("--key", str(path), why)
    raise BadSettings(f"{path}, the public key of this home: {why}; name the key that you were given with --key")


def _findings(file: Path, key: PublicKey) -> Iterator[Finding]:
    manifest = file if file.name.endswith(SUFFIX) else _manifest_of(file)
    if manifest is None:
        yield Finding(file.name, False, f"has no manifest beside it, such as {file.name}{SUFFIX}")
        return
    try:
        content, entries = parse(manifest.read_bytes())
        wrong = fault(content, key)
    except ValueError as error:
        wrong = f"was altered: {error}"
    if wrong:
        yield Finding(manifest.name, False, f"{wrong}; so nothing vouches for what it describes")
        return
    yield from _files(manifest, content, entries, None if file == manifest else file)
    yield Finding(manifest.name, True, f"is signed by {key.id}")


def _manifest_of(file: Path) -> Path | None:
    """The one of this name; else one that lists this content; else that of the export whose part this should be."""
    own, of_all_parts = (file.with_name(name + SUFFIX) for name in (file.name, unnumbered(file.name)))
    if own.is_file():
        return own
    sha256 = Present.read(file).sha256
    for manifest in (of_all_parts, *sorted(file.parent.glob(f"*{SUFFIX}"))):
        try:
            _, entries = parse(manifest.read_bytes())
        except (OSError, ValueError):
            continue
        if sha256 in [entry.sha256 for entry in entries]:
            return manifest
    return of_all_parts if of_all_parts.is_file() else None


def _files(
    manifest: Path, content: dict[str, Any], entries: Sequence[FileEntry], asked: Path | None
) -> Iterator[Finding]:
    """Files are known by their content; by their names, the original and the present, where that differs."""
    names = names_of(manifest.name.removesuffix(SUFFIX), content["name"], [entry.name for entry in entries])
    wanted = [
        (entry, [manifest.with_name(name), manifest.with_name(entry.name)])
        for name, entry in zip(names, entries, strict=True)
    ]
    places = {path for _, own in wanted for path in own} | ({asked} if asked else set())
    present = {path: Present.read(path) for path in sorted(places) if path.is_file()}
    found = _recognised(wanted, present)
    told = set(found.values())
    for number, (entry, own) in enumerate(wanted):
        there = [path for path in own if path in present and path not in told]
        if number in found:
            yield Finding(found[number].name, True, _as_made(entry, found[number]))
        elif there:
            told.add(there[0])
            yield Finding(there[0].name, False, _difference(present[there[0]], entry))
        else:
            yield Finding(own[0].name, False, "is missing")
    for path in sorted(({own[0] for _, own in wanted} | ({asked} if asked else set())) & present.keys() - told):
        copied = [entry for entry in entries if entry.sha256 == present[path].sha256]
        said = _as_made(copied[0], path) if copied else "is none of the files that the manifest lists"
        yield Finding(path.name, bool(copied), said)


def _recognised(wanted: Sequence[tuple[FileEntry, list[Path]]], present: dict[Path, Present]) -> dict[int, Path]:
    """Where each of the `wanted` is: under its name, else elsewhere. No file stands for two of the same content."""
    found = {
        number: path
        for number, (entry, own) in enumerate(wanted)
        for path in reversed(own)
        if path in present and present[path].sha256 == entry.sha256
    }
    free = defaultdict[str, list[Path]](list)
    for path in sorted(present.keys() - set(found.values())):
        free[present[path].sha256].append(path)
    for number, (entry, _) in enumerate(wanted):
        if number not in found and free[entry.sha256]:
            found[number] = free[entry.sha256].pop(0)
    return found


def _as_made(entry: FileEntry, path: Path) -> str:
    rows = "" if entry.rows is None else f"{entry.rows:,} {'row' if entry.rows == 1 else 'rows'}, "
    name = "" if path.name == entry.name else f", then called {entry.name}"
    return f"is as it was made ({rows}{entry.size:,} bytes{name})"


def _difference(there: Present, entry: FileEntry) -> str:
    if there.size != entry.size:
        return f"was altered: it has {there.size:,} bytes and was made with {entry.size:,}"
    return "was altered: its size is the same, its content is not"
