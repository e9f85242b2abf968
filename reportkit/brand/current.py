"""The brand that is in force: by the settings, and in a notebook's kernel by what its run hands over."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reportkit.brand.file import read_brand
from reportkit.brand.look import DEFAULT, TEXT_COLOURS, Brand

if TYPE_CHECKING:
    from reportkit.settings import Settings

LOOK = "REPORTKIT_LOOK"
"""Environment variable of a kernel, which sees no files: what charts need of the brand, as JSON."""
_IN_CHARTS = (*TEXT_COLOURS, "categorical", "font_family")


def brand_of(settings: Settings) -> Brand:
    """Raises `BadSettings`."""
    return read_brand(Path(settings.brand)) if settings.brand else DEFAULT


def look(brand: Brand) -> str:
    """The value of `LOOK`."""
    return json.dumps({field: getattr(brand, field) for field in _IN_CHARTS})


def current(environ: Mapping[str, str] = os.environ) -> Brand:
    """The brand that charts are drawn in: the run's, else that of the project here. Raises `BadSettings`.

    Of a run's brand only what charts need is here; the rest is our own.
    """
    if LOOK not in environ:
        from reportkit.settings import Settings

        return brand_of(Settings.load(environ, Path.cwd()))
    given = json.loads(environ[LOOK])
    given["categorical"] = tuple(given["categorical"])
    return replace(DEFAULT, **given)
