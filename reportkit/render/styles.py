"""The style sheets of an HTML page, in a brand's colours and typefaces, by day and by night."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from reportkit.brand import Brand
from reportkit.brand.colours import legible
from reportkit.brand.look import TEXT_COLOURS

_HERE = Path(__file__).parent
_NIGHT = {"paper": "#12171D", "surface": "#1D242C", "hairline": "#37414C"}
_AT_NIGHT = {"ink": 11.0, "primary": 8.0}
"""The contrast that a colour keeps on the night's surfaces; the others have `_USUAL`."""
_USUAL = 5.5
_WEB_FONTS = (
    ("source-sans-3-latin-wght-normal.woff2", "normal", "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02DC,U+2000-2215"),
    ("source-sans-3-latin-ext-wght-normal.woff2", "normal", "U+0100-02BA,U+1D00-1EFF,U+2C60-2C7F,U+A720-A7FF"),
    ("source-sans-3-latin-wght-italic.woff2", "italic", "U+0000-00FF,U+2000-2215"),
)


def styles(brand: Brand, cells: Iterable[Mapping[str, Any]], paper: str) -> list[tuple[str, str]]:
    """Style elements: id, if it needs one, and content. `cells` are those of all tables, `paper` is one of `PAPERS`."""
    own = (_HERE / "templates" / "report.css").read_text("utf-8")
    parts = [_colours(brand), *_faces(brand), own, *_looks(brand, cells), _page(brand, paper)]
    # plotly.js adds its rules to the element of this name, and may make none under the page's policy.
    return [("", "\n".join(parts)), ("plotly.js-style-global", "/* plotly.js */")]


def data_address(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def look_name(cell: Mapping[str, Any]) -> str:
    """The class of a table's cell that has colours or weight of its own, else nothing."""
    fill, ink, bold = (cell.get(part) for part in ("fill", "ink", "bold"))
    return f"look-{fill or ''}-{ink or ''}-{'bold' if bold else ''}".replace("#", "") if fill or ink or bold else ""


def _looks(brand: Brand, cells: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A rule for each look; a policy that forbids the style attribute leaves no other way."""
    for name, cell in sorted({name: cell for cell in cells if (name := look_name(cell))}.items()):
        fill, ink = cell.get("fill"), cell.get("ink")
        if fill:
            yield f".{name} {{ background: {fill}; color: {legible(ink or brand.ink, fill)}; }}"
        elif ink:
            yield f".{name} {{ color: {legible(ink, '#FFFFFF')}; }}"
            yield f"@media screen and (prefers-color-scheme: dark) {{ .{name} {{ color: {_lit(ink)}; }} }}"
        if cell.get("bold"):
            yield f".{name} {{ font-weight: 700; }}"


def _lit(colour: str) -> str:
    return legible(colour, _NIGHT["surface"], _USUAL)


def at_night(brand: Brand) -> dict[str, str]:
    """The brand's text colours, lightened until they are as legible on a dark page, and the page's own."""
    colours = {
        role: legible(getattr(brand, role), _NIGHT["surface"], _AT_NIGHT.get(role, _USUAL)) for role in TEXT_COLOURS
    }
    return {**colours, **_NIGHT}


def _colours(brand: Brand) -> str:
    day = _variables({role: getattr(brand, role) for role in TEXT_COLOURS})
    fonts = f'--font: "{brand.font_family}"; --code-font: "{brand.code_font_family}";'
    night = f"@media screen and (prefers-color-scheme: dark) {{ :root:root {{ {_variables(at_night(brand))} }} }}"
    return f":root {{ {day} {fonts} }}\n{night}"


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _faces(brand: Brand) -> Iterator[str]:
    """The document's typefaces, so that the page looks like the PDF wherever it is opened."""
    if brand.font_family == "Source Sans 3":
        for file, style, characters in _WEB_FONTS:
            source = data_address("font/woff2", (_HERE / "web_fonts" / file).read_bytes())
            yield _face(brand.font_family, style, "200 900", source, f" unicode-range: {characters};")
    for font in brand.fonts:
        if font.family in (brand.font_family, brand.code_font_family):
            source = data_address("font/sfnt", Path(font.path).read_bytes())
            yield _face(font.family, "italic" if font.italic else "normal", str(font.weight), source)


def _face(family: str, style: str, weight: str, source: str, more: str = "") -> str:
    look = f"font-family: '{family}'; font-style: {style}; font-weight: {weight};"
    return f"@font-face {{ {look} src: url({source});{more} }}"


def _page(brand: Brand, paper: str) -> str:
    """The printed page: who may read it, and which of how many it is."""
    foot = _string("  ·  ".join(filter(None, (brand.classification, brand.footer))))
    look = f"color: {brand.muted}; font: 8.5pt '{brand.font_family}', sans-serif;"
    return (
        f"@page {{ size: {paper}; margin: 18mm 20mm 20mm; @bottom-left {{ content: {foot}; {look} }} "
        f"@bottom-right {{ content: 'Page ' counter(page) ' of ' counter(pages); {look} }} }}"
    )


def _string(text: str) -> str:
    """Text as CSS reads it, with nothing that could end the string or the style element."""
    return '"' + "".join(c if c.isalnum() or c in " .,·-" else f"\\{ord(c):x} " for c in text) + '"'
