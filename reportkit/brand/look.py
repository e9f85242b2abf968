"""What a brand is, and our own. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reportkit.brand.colours import LEGIBLE, contrast, legible
from reportkit.errors import BadSettings

TEXT_COLOURS = ("primary", "accent", "ink", "muted", "positive", "negative", "warning")
SERIES = 8
BUNDLED_FAMILIES = ("Source Sans 3", "Source Code Pro")

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_FAMILY = re.compile(r"[\w .-]+")
_LINE = re.compile(r"[^\x00-\x1f\x7f\x85\u2028\u2029]*")


@dataclass(frozen=True)
class FontFile:
    """One face of a family that is not ours."""

    path: str
    """A TrueType or OpenType file, absolute."""
    family: str
    weight: int
    """400 is regular, 600 semi-bold, 700 bold."""
    italic: bool


@dataclass(frozen=True)
class Brand:
    """How everything we hand out looks. Colours are `#RRGGBB`; texts are one line, and never markup.

    Whoever draws a document shows `name` and logo at its head, `classification` and `footer` at the foot of every page,
    and `disclaimer`, where there is one, at its end. Raises `BadSettings`, naming the key of `brand.toml`.
    """

    name: str
    """Who publishes; stands beside the logo."""
    logo_svg: str
    """The mark as SVG text, about square, legible at 5 mm; the name is set in type beside it. A PNG lies within."""
    primary: str
    """Title, headings, table heads: dark enough to read as text on white."""
    accent: str
    """Links, rules and the one thing on a page that should catch the eye."""
    ink: str
    """Running text."""
    muted: str
    """Labels, captions, axes, header and footer; still legible in small type."""
    positive: str
    """Good news, tips."""
    negative: str
    """Bad news, dangers."""
    warning: str
    """Doubts, warnings."""
    categorical: tuple[str, ...]
    """Eight colours for series, in order of use; told apart by colour-blind readers too."""
    font_family: str
    """Family of all text and charts: a bundled one (`reportkit/render/fonts`), or that of some of `fonts`."""
    code_font_family: str
    """Family of code and identifiers, likewise."""
    classification: str
    """Who may read it: `Internal`, `Confidential`. On every page; empty for none."""
    footer: str
    """What every page's foot says after the classification; empty for nothing."""
    disclaimer: str = ""
    """What stands in small type at the end of a document; empty for none."""
    fonts: tuple[FontFile, ...] = ()
    """The files of families that are not bundled."""

    def __post_init__(self) -> None:
        for key in ("name", "classification", "footer", "disclaimer"):
            if not _LINE.fullmatch(getattr(self, key)):
                raise BadSettings(f"{key} is {getattr(self, key)!r}; write it on one line, without control characters")
        if not self.name.strip():
            raise BadSettings("name is empty; write who publishes")
        for role in TEXT_COLOURS:
            _check_legible(f"colours.{role}", getattr(self, role))
        for colour in self.categorical:
            _check_colour("colours.series", colour)
        if len(self.categorical) != SERIES:
            raise BadSettings(f"colours.series has {len(self.categorical)} colours; give it eight")
        if not self.logo_svg.lstrip().startswith("<svg"):
            raise BadSettings("logo is not SVG text; it has to start with <svg")
        for key, family in (("fonts.text", self.font_family), ("fonts.code", self.code_font_family)):
            if not _FAMILY.fullmatch(family):
                raise BadSettings(
                    f"{key} is {family!r}; a family's name has letters, digits, spaces, points and hyphens"
                )


def _check_colour(key: str, value: str) -> None:
    if not _COLOUR.fullmatch(value):
        raise BadSettings(f"{key} is {value!r}; write a colour as #RRGGBB")


def _check_legible(key: str, value: str) -> None:
    _check_colour(key, value)
    if contrast(value, "#FFFFFF") < LEGIBLE:
        raise BadSettings(
            f"{key} is {value}, too faint for text on white (contrast {contrast(value, '#FFFFFF'):.1f}, "
            f"at least {LEGIBLE}); write a darker one, such as {legible(value, '#FFFFFF')}"
        )


DEFAULT = Brand(
    name="Reportkit",
    logo_svg=(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
        '<rect width="48" height="48" rx="11" fill="#12304F"/>'
        '<rect x="11" y="26" width="7" height="11" rx="2" fill="#5DA5E2"/>'
        '<rect x="20.5" y="19" width="7" height="18" rx="2" fill="#A9CDEF"/>'
        '<rect x="30" y="11" width="7" height="26" rx="2" fill="#FFFFFF"/>'
        "</svg>"
    ),
    primary="#12304F",
    accent="#0B6BCB",
    ink="#1B2733",
    muted="#566373",
    positive="#1B7F4D",
    negative="#B42318",
    warning="#9A5B00",
    categorical=("#0B6BCB", "#BA6D05", "#00625F", "#EC4D92", "#182F5A", "#C29C09", "#5DA5E2", "#693912"),
    font_family="Source Sans 3",
    code_font_family="Source Code Pro",
    classification="Internal",
    footer="Made with reportkit",
)
