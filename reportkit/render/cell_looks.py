"""How a pandas Styler wants its cells to look: colours and weight, out of its style sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import tinycss2
from tinycss2.color3 import RGBA, parse_color

LOOK = ("fill", "ink", "bold")
Looks: TypeAlias = Mapping[str | None, Mapping[str, Any]]
"""Cells by their id."""


def read_looks(sheet: str) -> Looks:
    """What the style sheet says of single cells; whatever else it says is left to our own templates."""
    looks: dict[str | None, dict[str, Any]] = {}
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True) if sheet else []:
        if rule.type == "qualified-rule":
            look = read_look(tinycss2.serialize(rule.content))
            for selector in tinycss2.serialize(rule.prelude).split(","):
                looks.setdefault(selector.strip().removeprefix("#"), {}).update(look)
    return looks


def read_look(declarations: str) -> dict[str, Any]:
    """`background-color: #fee; font-weight: bold` as `{"fill": "#ffeeee", "bold": True}`."""
    look: dict[str, Any] = {}
    for each in tinycss2.parse_declaration_list(declarations, skip_comments=True, skip_whitespace=True):
        if each.type != "declaration":
            continue
        words = [word for word in each.value if word.type != "whitespace"]
        if each.lower_name in ("background-color", "background", "color") and len(words) == 1:
            colour = parse_color(words[0])
            if isinstance(colour, RGBA):
                look["ink" if each.lower_name == "color" else "fill"] = _on_white(colour)
        elif each.lower_name == "font-weight":
            look["bold"] = tinycss2.serialize(words) in ("bold", "600", "700", "800", "900")
    return look


def _on_white(colour: RGBA) -> str:
    parts = (1 - colour.alpha * (1 - part) for part in (colour.red, colour.green, colour.blue))
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
