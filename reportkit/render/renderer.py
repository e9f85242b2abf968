"""Makes the documents of a report. It draws while the notebook still runs, and can rehearse before there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from reportkit.brand import DEFAULT, Brand

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from reportkit.render.document import DocumentInfo
    from reportkit.render.figures import FigureEngine


class Renderer:
    """For one report at a time."""

    def __init__(self, brand: Brand = DEFAULT) -> None:
        self._brand = brand
        self._figures: FigureEngine | None = None

    def rehearse(self) -> None:
        """Has all ready that a PDF takes. V8 has threads: afterwards, never fork. `open` ends it."""
        from reportkit.render.rehearsal import rehearsed

        self._figures = rehearsed(self._brand)

    @contextmanager
    def open(self, formats: Sequence[str]) -> Iterator[None]:
        """Inside, documents in these formats can be made. What draws the figures of a PDF starts in the background; and
        ends there if something fails, for a figure that is half drawn must not hold up the news."""
        if "pdf" not in formats:
            self._close()
        elif not self._figures:
            from reportkit.render.figures import FigureEngine

            self._figures = FigureEngine()
        try:
            yield
        except BaseException:
            Thread(target=self._close, daemon=True).start()
            raise
        self._close()

    def _close(self) -> None:
        figures, self._figures = self._figures, None
        if figures:
            figures.close()

    def ahead(self, cell: NotebookNode) -> None:
        """Draws what this cell shows, in the background."""
        if self._figures:
            from reportkit.render.pdf import draw_ahead

            draw_ahead(cell, self._brand, self._figures)

    def render(self, executed: NotebookNode, info: DocumentInfo, format: str) -> bytes:
        """The executed notebook as a document. Raises RenderFailed."""
        if format == "ipynb":
            return as_ipynb(executed)
        if format == "html":
            from reportkit.render.html import render_html

            return render_html(executed, info, self._brand)
        from reportkit.render.pdf import render_pdf

        assert self._figures
        return render_pdf(executed, info, self._brand, self._figures)


def as_ipynb(executed: NotebookNode) -> bytes:
    import nbformat

    text: str = nbformat.writes(executed)
    return text.encode()
