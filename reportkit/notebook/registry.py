"""Which report notebooks there are: every `.ipynb` that lies directly in one of the directories."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from reportkit.errors import BadNotebook, BadSettings, UnknownName
from reportkit.notebook.parameters import Parameter, Value, checked
from reportkit.notebook.parameters_cell import declared
from reportkit.notebook.places import heading_in, prose_lines

if TYPE_CHECKING:
    from nbformat import NotebookNode

SUFFIX = ".ipynb"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class Notebook:
    """A report notebook as it stood in its file when it was read."""

    name: str
    path: Path
    title: str
    """Its first heading, else its name."""
    description: str
    """The first paragraph under that heading."""
    parameters: tuple[Parameter, ...]
    sha256: str
    """Of the file's bytes."""
    document: NotebookNode = field(repr=False, compare=False)
    """The content. Not to be changed: who executes it takes a copy."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises BadNotebook, naming the file."""
        try:
            content = path.read_bytes()
            document = read_document(content)
            parameters = declared(document)
        except OSError as error:
            raise BadNotebook(f"{path.name} cannot be read: {error.strerror}") from None
        except BadNotebook as error:
            raise BadNotebook(f"{path.name}: {error}") from None
        title, description = _heading(document)
        sha256 = hashlib.sha256(content).hexdigest()
        return cls(path.stem, path, title or path.stem, description, parameters, sha256, document)

    def checked(self, given: Mapping[str, object]) -> dict[str, Value]:
        """A value for each parameter: the given one, else the default. Raises UnknownName, BadValue."""
        return checked(self.parameters, given, of=self.name)

    def json_schema(self) -> dict[str, Any]:
        """Of its parameters, which may each be left out; draft 2020-12."""
        return {
            "$schema": DRAFT,
            "title": self.title,
            "description": self.description,
            "type": "object",
            "properties": {parameter.name: parameter.json_schema() for parameter in self.parameters},
            "additionalProperties": False,
        }


class Notebooks(Mapping[str, Notebook]):
    """Notebooks by name, read when asked for, so that a broken one disturbs no other.

    Asking for another name raises UnknownName, which lists them; asking for a broken one raises BadNotebook.
    """

    def __init__(self, *directories: Path) -> None:
        """Of two notebooks with one name, that of the earlier directory counts."""
        self._directories = directories

    def __getitem__(self, name: str) -> Notebook:
        paths = self._paths()
        if name not in paths:
            raise UnknownName("notebook", name, paths)
        return Notebook.read(paths[name])

    def survey(self) -> tuple[list[Notebook], list[str]]:
        """Those that can be run, and what is wrong with the others."""
        sound, faults = list[Notebook](), list[str]()
        for path in self._paths().values():
            try:
                sound.append(Notebook.read(path))
            except BadNotebook as error:
                faults.append(str(error))
        return sound, faults

    def __contains__(self, name: object) -> bool:
        return name in self._paths()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths())

    def __len__(self) -> int:
        return len(self._paths())

    def _paths(self) -> dict[str, Path]:
        """A name is only ever compared with these, never made into a path. Raises BadSettings."""
        found: dict[str, Path] = {}
        for directory in self._directories:
            found = {**_notebooks_in(directory), **found}
        return dict(sorted(found.items()))


def _notebooks_in(directory: Path) -> dict[str, Path]:
    real = directory.resolve()
    if not real.is_dir():
        raise BadSettings(f"there is no directory of notebooks at {directory}; set REPORTKIT_NOTEBOOKS")
    inside = (path for path in real.glob(f"*{SUFFIX}") if path.resolve().parent == real)
    return {path.stem: path for path in inside if path.is_file() and not path.name.startswith(".")}


def read_document(content: bytes) -> NotebookNode:
    """A notebook from its file's bytes. Raises BadNotebook."""
    import nbformat  # takes its time, and only who reads a notebook needs it

    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        raise BadNotebook("not a notebook: its content is not JSON") from None
    if not isinstance(raw, dict) or raw.get("nbformat") != 4:
        raise BadNotebook("not a notebook of format 4; open it in JupyterLab and save it")
    try:
        _number_cells(raw)
        nbformat.validate(raw)
        document: NotebookNode = nbformat.v4.to_notebook(raw)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise BadNotebook(f"not a valid notebook: {why}; open it in JupyterLab and save it") from None
    language = document.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise BadNotebook(f"written in {language}; report notebooks are in Python")
    return document


def _number_cells(raw: dict[str, Any]) -> None:
    """Format 4.5 wants an id of its own on each cell; where it is missing it must be the same at each reading."""
    raw["nbformat_minor"] = 5
    taken = {None}
    for number, cell in enumerate(raw["cells"], start=1):
        if cell.get("id") in taken:
            cell["id"] = f"cell-{number}"
        taken.add(cell["id"])


def _heading(document: NotebookNode) -> tuple[str, str]:
    """The first heading and the paragraph under it."""
    lines = dropwhile(lambda line: not heading_in(line), prose_lines(document.cells))
    title = heading_in(next(lines, "")) or ""
    under = takewhile(
        lambda line: line.strip() and not heading_in(line), dropwhile(lambda line: not line.strip(), lines)
    )
    return title, " ".join(line.strip() for line in under)
