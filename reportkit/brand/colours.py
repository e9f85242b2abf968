"""How well colours are told apart, as WCAG 2 counts it, and their lighter and darker shades. Colours are `#RRGGBB`."""

from __future__ import annotations

LEGIBLE = 4.5
"""The contrast that text of usual size needs (WCAG 2, level AA)."""
_STEPS = 50


def contrast(one: str, other: str) -> float:
    """From 1, the same brightness, to 21, black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with a `share` of `other`, between 0 and 1."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine + (its - mine) * share):02X}" for mine, its in pairs)


def legible(colour: str, background: str, wanted: float = LEGIBLE) -> str:
    """The colour, or the nearest shade of it that is legible on `background`: lighter on a dark one, else darker."""
    towards = "#FFFFFF" if _luminance(background) < 0.18 else "#000000"
    shades = (mix(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if contrast(shade, background) >= wanted), towards)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _luminance(colour: str) -> float:
    shares = (channel / 255 for channel in _channels(colour))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
