"""The brand: what it refuses, and that its colours can be read and told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from reportkit.brand import DEFAULT, Brand, brand_of, current, plotly_template, read_brand
from reportkit.brand.colours import contrast, legible, mix
from reportkit.brand.current import LOOK, look
from reportkit.errors import BadSettings
from reportkit.settings import Settings

FOLDER = Path(__file__).parents[2] / "brands"
EXAMPLES = [read_brand(FOLDER / name / "brand.toml") for name in ("fen_institute", "rosso")]
FONT = FOLDER / "rosso" / "fonts" / "SourceSerif4-Regular.ttf"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 1 1">{}</svg>'
LEAST = """\
name = "Ours"
logo = "logo.svg"
[colours]
primary = "#102030"
accent = "#A4243B"
"""

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


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a `brand.toml` with a logo beside it, `LEAST` with one text replaced."""

    def write(old: str = "", new: str = "", logo: str | bytes = SVG.format("<path d='M0 0h1'/>")) -> Path:
        assert old in LEAST
        (tmp_path / "logo.svg").write_bytes(logo.encode() if isinstance(logo, str) else logo)
        (tmp_path / "brand.toml").write_text(LEAST.replace(old, new) if old else LEAST + new)
        return tmp_path / "brand.toml"

    return write


@pytest.mark.parametrize("role", ["primary", "accent", "ink", "muted", "positive", "negative", "warning"])
@pytest.mark.parametrize("brand", [DEFAULT, *EXAMPLES], ids=lambda brand: brand.name)
def test_every_text_colour_reads_well_on_white(brand: Brand, role: str) -> None:
    assert contrast_on_white(getattr(brand, role)) >= 4.5
    assert contrast(getattr(brand, role), "#FFFFFF") == pytest.approx(contrast_on_white(getattr(brand, role)), rel=1e-3)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("brand", [DEFAULT, *EXAMPLES], ids=lambda brand: brand.name)
def test_the_eight_series_colours_stay_apart_for_every_kind_of_sight(brand: Brand, sight: str) -> None:
    seen = [oklab(colour, SIGHT[sight]) for colour in brand.categorical]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) >= 0.09


@pytest.mark.parametrize("colour", ["blue", "#12345", "#12345G", "#123456;}", ""])
def test_a_colour_that_is_not_six_hex_digits_is_refused(colour: str) -> None:
    with pytest.raises(BadSettings, match="accent"):
        replace(DEFAULT, accent=colour)


def test_other_than_eight_series_colours_are_refused() -> None:
    with pytest.raises(BadSettings, match="7 colours"):
        replace(DEFAULT, categorical=DEFAULT.categorical[:7])


def test_a_logo_that_is_not_svg_is_refused() -> None:
    with pytest.raises(BadSettings, match="logo is not SVG"):
        replace(DEFAULT, logo_svg="logo.png")


def test_plotly_knows_every_setting_of_the_template() -> None:
    template = plotly_template(DEFAULT)
    figure = go.Figure(go.Heatmap(z=[[1, 2]]), layout={"template": template})
    assert list(figure.layout.template.layout.colorway) == list(DEFAULT.categorical)
    assert figure.layout.template.data.heatmap[0].colorbar.thickness == 12


def test_a_colour_is_shaded_no_further_than_it_has_to_be() -> None:
    assert legible("#102030", "#FFFFFF") == "#102030"
    lit = legible("#102030", "#12171D")
    assert 4.5 <= contrast(lit, "#12171D") < 5.2
    assert contrast(legible("#FFFF00", "#FFFFFF"), "#FFFFFF") >= 4.5
    assert (mix("#000000", "#FFFFFF", 0), mix("#000000", "#FFFFFF", 1)) == ("#000000", "#FFFFFF")


def test_a_brand_needs_four_keys_and_the_rest_has_defaults(written: Callable[..., Path]) -> None:
    brand = read_brand(written())
    assert (brand.name, brand.primary, brand.accent) == ("Ours", "#102030", "#A4243B")
    assert (brand.ink, brand.categorical, brand.font_family) == (DEFAULT.ink, DEFAULT.categorical, DEFAULT.font_family)
    assert (brand.classification, brand.footer, brand.disclaimer) == ("Internal", "", "")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name =", "nmae =", "a brand has no key 'nmae'; did you mean 'name'?"),
        ("primary", "primry", r"\[colours\] has no key 'primry'; did you mean 'primary'?"),
        ('name = "Ours"', "", "name is missing; needed are name, logo, colours.primary, colours.accent"),
        ('name = "Ours"', 'name = ""', "name is empty; write who publishes"),
        ('name = "Ours"', "name = 3", "name is 3; write a text in quotes"),
        ('name = "Ours"', 'name = "a\\nb"', r"name is 'a\\nb'; write it on one line"),
        ("[colours]", "[[colours]]", r"colours is \[.*; write a table, \[colours\]"),
        ("#102030", "navy", "colours.primary is 'navy'; write a colour as #RRGGBB"),
        ("#102030", "#CCCCCC", r"colours.primary is #CCCCCC, too faint .* \(contrast 1.6, at least 4.5\); .* #7"),
        ("[colours]", '[colours]\nseries = ["#102030"]', "colours.series has 1 colours; give it eight"),
        ("[colours]", '[colours]\nseries = "#102030"', "colours.series is '#102030'; write a list of texts"),
        ("logo.svg", "nowhere.svg", "logo names 'nowhere.svg', but there is no such file in .*; put it there"),
        ("logo.svg", "brand.toml", "logo names brand.toml, which is neither SVG nor PNG"),
        (
            "",
            '[fonts]\ntext = "Source Sans"',
            "fonts.text is 'Source Sans', of which there is no file; .* Source Sans 3",
        ),
        ("", '[fonts]\nfiles = ["logo.svg"]', "fonts.files names logo.svg, which is not a font; write .* TTF or OTF"),
        ("", '[fonts]\nfiles = ["a.ttf"]', "fonts.files names 'a.ttf', but there is no such file"),
        ("", "= 1", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_told_what_was_found_and_what_to_write(
    written: Callable[..., Path], old: str, new: str, told: str
) -> None:
    with pytest.raises(BadSettings, match=told) as refused:
        read_brand(written(old, new))
    assert "brand.toml" in str(refused.value)


@pytest.mark.parametrize("missing", ["nowhere.toml", "."])
def test_a_brand_that_is_not_there_is_told_with_the_settings_name(tmp_path: Path, missing: str) -> None:
    with pytest.raises(BadSettings, match=r"cannot be read: .*; REPORTKIT_BRAND names a brand.toml"):
        read_brand(tmp_path / missing)


@pytest.mark.parametrize(
    ("drawing", "fault"),
    [
        ("<script>steal()</script>", "<script>"),
        ("<g onclick='steal()'/>", r"a script \(onclick\)"),
        ("<foreignObject/>", "<foreignObject>"),
        ("<image href='https://example.com/x.png'/>", "a reference to https://example.com/x.png"),
        ("<image xlink:href='file:///etc/passwd'/>", "a reference to file:///etc/passwd"),
        ("<a href='javascript:steal()'/>", "a reference to javascript"),
        ("<rect fill='url(https://example.com/#p)'/>", r"a reference to url\(https"),
        ("<style>@import 'https://example.com/x.css';</style>", "a reference to @import"),
        ("<rect style='fill: url( \"//example.com\")'/>", "a reference to url"),
        ("<animate attributeName='href' values='https://example.com'/>", "<animate>"),
    ],
)
def test_a_logo_that_is_more_than_a_drawing_is_refused(written: Callable[..., Path], drawing: str, fault: str) -> None:
    with pytest.raises(BadSettings, match=f"logo names logo.svg, which has {fault}"):
        read_brand(written(logo=SVG.format(drawing)))


@pytest.mark.parametrize(
    ("logo", "told"),
    [
        (b"<svg", "neither SVG nor PNG"),
        (b"GIF89a", "neither SVG nor PNG"),
        (b"\x89PNG\r\n\x1a\n\x00", "a broken PNG"),
        (b"<svg viewBox='0 0 1 1'/>", "SVG's namespace"),
        (b"<!DOCTYPE svg [<!ENTITY a 'aa'>]>" + SVG.format("&a;").encode(), "has a DOCTYPE"),
        (SVG.format("<!--" + "x" * 500_000 + "-->").encode(), "500,[0-9]{3} bytes; at most 500,000"),
    ],
)
def test_a_logo_that_cannot_be_shown_is_refused(written: Callable[..., Path], logo: bytes, told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        read_brand(written(logo=logo))


def test_gradients_within_the_logo_and_a_declaration_before_it_are_fine(written: Callable[..., Path]) -> None:
    drawing = "<linearGradient id='g'/><rect fill='url(#g)'/><use href='#g'/>"
    brand = read_brand(
        written(logo='\ufeff<?xml version="1.0"?><?xml-stylesheet href="//example.com/x"?>' + SVG.format(drawing))
    )
    assert brand.logo_svg.startswith("<svg")
    assert "stylesheet" not in brand.logo_svg
    assert "url(#g)" in brand.logo_svg


def test_a_png_becomes_a_drawing_of_its_size() -> None:
    assert re.match(r'<svg [^>]* viewBox="0 0 192 192" width="192" height="192"><image ', EXAMPLES[1].logo_svg)


def test_a_font_says_itself_what_it_is() -> None:
    faces = {(Path(font.path).stem, font.family, font.weight, font.italic) for font in EXAMPLES[1].fonts}
    assert faces == {
        ("SourceSerif4-Regular", "Source Serif 4", 400, False),
        ("SourceSerif4-Italic", "Source Serif 4", 400, True),
        ("SourceSerif4-SemiBold", "Source Serif 4", 600, False),
        ("SourceSerif4-Bold", "Source Serif 4", 700, False),
    }


@pytest.mark.parametrize("size", [12, 100, 1000])
def test_a_font_that_was_cut_off_is_told_as_broken(written: Callable[..., Path], size: int) -> None:
    file = written("", '[fonts]\nfiles = ["cut.ttf"]')
    (file.parent / "cut.ttf").write_bytes(FONT.read_bytes()[:size])
    with pytest.raises(BadSettings, match="fonts.files names cut.ttf, a broken font; get its file anew"):
        read_brand(file)


def test_the_setting_names_the_file_from_the_projects_directory(tmp_path: Path, written: Callable[..., Path]) -> None:
    file = written()
    settings = Settings.load({"REPORTKIT_BRAND": "brand.toml"}, tmp_path)
    assert settings.brand == str(file)
    assert brand_of(settings).name == "Ours"
    assert brand_of(Settings.load({}, tmp_path)) is DEFAULT


def test_a_kernel_gets_what_charts_need_and_neither_logo_nor_files() -> None:
    rosso = EXAMPLES[1]
    assert "svg" not in look(rosso)
    assert json.loads(look(rosso))["font_family"] == "Source Serif 4"
    assert plotly_template(current({LOOK: look(rosso)})) == plotly_template(rosso)


def test_without_a_run_charts_have_the_projects_brand(written: Callable[..., Path]) -> None:
    assert current({"REPORTKIT_BRAND": str(written())}).name == "Ours"
