"""The brand: what it refuses, and that its colours can be read and told apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import plotly.graph_objects as go
import pytest

from reportkit.brand import DEFAULT, plotly_template
from reportkit.errors import BadSettings

# Machado, Oliveira and Fernandes (2009), full strength, for linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0993], [-0.0039, -0.0481, 1.0520]]),
    "deuteranopia": np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]),
    "tritanopia": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]),
}
TO_CONE = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_OKLAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast_on_white(colour: str) -> float:
    return float(1.05 / (linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05))


def oklab(colour: str, sight: np.ndarray) -> np.ndarray:
    return TO_OKLAB @ np.cbrt(TO_CONE @ np.clip(sight @ linear(colour), 0, 1))


@pytest.mark.parametrize("role", ["primary", "accent", "ink", "muted", "positive", "negative", "warning"])
def test_every_text_colour_reads_well_on_white(role: str) -> None:
    assert contrast_on_white(getattr(DEFAULT, role)) >= 4.5


@pytest.mark.parametrize("sight", SIGHT)
def test_the_eight_series_colours_stay_apart_for_every_kind_of_sight(sight: str) -> None:
    seen = [oklab(colour, SIGHT[sight]) for colour in DEFAULT.categorical]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) >= 0.09


@pytest.mark.parametrize("colour", ["blue", "#12345", "#12345G", "#123456;}", ""])
def test_a_colour_that_is_not_six_hex_digits_is_refused(colour: str) -> None:
    with pytest.raises(BadSettings, match="accent"):
        replace(DEFAULT, accent=colour)


def test_other_than_eight_series_colours_are_refused() -> None:
    with pytest.raises(BadSettings, match="7 colours"):
        replace(DEFAULT, categorical=DEFAULT.categorical[:7])


def test_a_logo_that_is_not_svg_is_refused() -> None:
    with pytest.raises(BadSettings, match="logo_svg"):
        replace(DEFAULT, logo_svg="logo.png")


def test_plotly_knows_every_setting_of_the_template() -> None:
    template = plotly_template(DEFAULT)
    figure = go.Figure(go.Heatmap(z=[[1, 2]]), layout={"template": template})
    assert list(figure.layout.template.layout.colorway) == list(DEFAULT.categorical)
    assert figure.layout.template.data.heatmap[0].colorbar.thickness == 12
