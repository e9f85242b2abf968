"""Everything that can go wrong, in one tree. The message says what happened and what to do.

::

    ReportkitError
    ├── BadRequest                what was asked cannot be done; ask differently
    │   ├── UnknownName           no such dataset, field, filter, format, notebook, parameter, user
    │   ├── BadValue              a value that does not fit: a malformed date, a range of 1,000 years
    │   └── BadNotebook           a notebook that cannot be run at all: no parameters cell, bad syntax
    ├── NotFound                  no such job or artifact (or not yours, which looks the same)
    ├── BadSettings               the set-up is wrong; `reportkit doctor` shows how
    └── JobFailed                 a job could not finish; its reason is shown to people
        ├── WarehouseUnavailable  the warehouse is gone, or refused the query
        ├── StorageUnavailable    the file cannot be stored: disk full, no access
        ├── IncompleteExport      rows in the query and rows in the file differ
        ├── UnwritableExport      the format cannot hold this export
        ├── NotebookFailed        a cell raised; carries the cell's number, source and error
        ├── KernelDied            the notebook's process ended by itself
        ├── DeadlineExceeded      it took longer than allowed
        ├── RenderFailed          the executed notebook could not be made into a document
        ├── WorkerDied            the process that ran the job ended without a word
        └── Cancelled             someone asked it to stop
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any


class ReportkitError(Exception):
    """Base of all errors of ours. `code` is stable and machine-readable."""

    @property
    def code(self) -> str:
        return _code(type(self))

    def to_json(self) -> dict[str, Any]:
        """For another process of ours: `from_json` gives the same class, message and facts there."""
        return {"code": self.code, "message": str(self), "facts": vars(self)}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> ReportkitError:
        """An error of an unknown code becomes a plain ReportkitError."""
        kinds = {_code(kind): kind for kind in _family(ReportkitError)}
        kind = kinds.get(value["code"], ReportkitError)
        error = kind.__new__(kind, value["message"])
        vars(error).update(value["facts"])
        return error


def _code(kind: type[ReportkitError]) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


def _family(kind: type[ReportkitError]) -> Iterator[type[ReportkitError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


class BadRequest(ReportkitError):
    """What was asked cannot be done; ask differently."""


class UnknownName(BadRequest):
    """Something was named that does not exist. Names the known ones, the nearest first."""

    def __init__(self, kind: str, name: str, known: Iterable[str], of: str = "") -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        near = difflib.get_close_matches(name, self.known, n=1)
        owner = f"{of} has no {kind} {name!r}" if of else f"there is no {kind} {name!r}"
        hint = f"did you mean {near[0]!r}? " if near else ""
        listing = f"known: {', '.join(self.known)}" if self.known else f"it has no {kind}s"
        super().__init__(f"{owner}; {hint}{listing}")


class BadValue(BadRequest):
    """A value does not fit what it was given for."""

    def __init__(self, what: str, value: object, why: str) -> None:
        self.what, self.value, self.why = what, value, why
        super().__init__(f"{what} {value!r}: {why}")


class BadNotebook(BadRequest):
    """A notebook that cannot be run at all."""


class NotFound(ReportkitError):
    """No such job or artifact, or not yours: the two look the same on purpose."""


class BadSettings(ReportkitError):
    """The set-up is wrong; `reportkit doctor` shows how to mend it."""


class JobFailed(ReportkitError):
    """A job could not finish. The message is shown to people, so it holds no secret."""

    executed: Any = None
    """The notebook with the outputs it had by then, where one was being run."""
    kept: Sequence[Any] = ()
    """What is of use all the same: the artifacts of a job that failed."""


class WarehouseUnavailable(JobFailed):
    """The warehouse is gone, or refused the query."""


class StorageUnavailable(JobFailed):
    """The file cannot be stored: disk full, no access."""


class IncompleteExport(JobFailed):
    """Rows in the query and rows in the file differ; the file was thrown away."""

    def __init__(self, expected: int, written: int) -> None:
        self.expected, self.written = expected, written
        super().__init__(
            f"{expected:,} rows of the query belong in the file but {written:,} arrived; nothing was kept, try again"
        )


class UnwritableExport(JobFailed):
    """The format cannot hold this export."""


class NotebookFailed(JobFailed):
    """A cell raised.

    `cell` counts all cells from 1 as people do, `heading` is the section it stands in, `trace` holds the error's last
    lines.
    """

    def __init__(
        self,
        notebook: str,
        cell: int,
        source: str,
        error: str,
        *,
        heading: str = "",
        trace: str = "",
    ) -> None:
        self.notebook, self.cell, self.source, self.error = notebook, cell, source, error
        self.heading, self.trace = heading, trace
        place = f'cell {cell} (in "{heading}")' if heading else f"cell {cell}"
        shown = "\n".join(f"    {line}" for line in source.splitlines()[:20])
        super().__init__(f"{place} raised {error}\n{shown}")


class KernelDied(JobFailed):
    """The notebook's process ended by itself (out of memory, a crash in a library)."""


class DeadlineExceeded(JobFailed):
    """It took longer than allowed and was stopped."""


class RenderFailed(JobFailed):
    """The executed notebook could not be made into a document."""


class WorkerDied(JobFailed):
    """The process that ran the job ended without a word."""


class Cancelled(JobFailed):
    """Someone asked it to stop."""
