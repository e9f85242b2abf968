"""The SVG of a figure as PNG, for where no vectors can be: mail, spreadsheets."""

from __future__ import annotations

import functools
from pathlib import Path

import typst

from reportkit.errors import RenderFailed
from reportkit.render.figures.faces import OURS, Typeface
from reportkit.render.glyphs import FALLBACK_FONTS, TEXT_FONTS, cjk_fonts

_PAGE = Path(__file__).with_name("picture.typ")
_POINTS_PER_INCH = 72


def png(svg: str, *, scale: float = 2.0, typeface: Typeface = OURS) -> bytes:
    """`scale` pixels of the picture for each CSS pixel of an SVG that `FigureEngine` made in the `typeface`. Raises
    `RenderFailed`."""
    try:
        picture = _compiler(typeface).compile(format="png", ppi=scale * _POINTS_PER_INCH, sys_inputs={"svg": svg})
    except typst.TypstError as error:
        raise RenderFailed(f"a figure could not be made a picture: {error.message}") from None
    assert isinstance(picture, bytes)
    return picture


@functools.cache
def _compiler(typeface: Typeface) -> typst.Compiler:
    """Kept, because it has read the fonts."""
    further = cjk_fonts()
    own = {path.parent for _role, path in typeface.files}
    folders = [TEXT_FONTS, FALLBACK_FONTS, *own, *([further] if further else [])]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    return typst.Compiler(_PAGE, root=_PAGE.parent, font_paths=fonts, ignore_system_fonts=True)
