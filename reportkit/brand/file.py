"""A company's own brand, from its `brand.toml` and the files beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from reportkit.brand.font_files import read_font
from reportkit.brand.logo import read_logo
from reportkit.brand.look import BUNDLED_FAMILIES, DEFAULT, TEXT_COLOURS, Brand
from reportkit.errors import BadSettings, UnknownName

Found = TypeVar("Found")

KEYS: Mapping[str, frozenset[str]] = {
    "": frozenset({"name", "logo", "classification", "footer", "disclaimer", "colours", "fonts"}),
    "colours": frozenset({*TEXT_COLOURS, "series"}),
    "fonts": frozenset({"text", "code", "files"}),
}
"""What the file may say, by table."""
NEEDED = ("name", "logo", "colours.primary", "colours.accent")
"""Everything else has a default."""


def read_brand(path: Path) -> Brand:
    """Raises `BadSettings`: which file, which key, what was found, and what to write instead."""
    try:
        return _brand(_Entries(tomllib.loads(path.read_text("utf-8"))), path.parent)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {error}") from None
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}; REPORTKIT_BRAND names a brand.toml") from None
    except BadSettings as error:
        raise BadSettings(f"{path}: {error}") from None


def _brand(entries: _Entries, beside: Path) -> Brand:
    fonts = tuple(_file(beside, "fonts.files", name, read_font) for name in entries.texts("fonts.files", ()))
    known = [*BUNDLED_FAMILIES, *(font.family for font in fonts)]
    return Brand(
        name=entries.text("name"),
        logo_svg=_file(beside, "logo", entries.text("logo"), read_logo),
        **{role: entries.text(f"colours.{role}", getattr(DEFAULT, role)) for role in TEXT_COLOURS},
        categorical=entries.texts("colours.series", DEFAULT.categorical),
        font_family=_family(
            "fonts.text", entries.text("fonts.text", fonts[0].family if fonts else DEFAULT.font_family), known
        ),
        code_font_family=_family("fonts.code", entries.text("fonts.code", DEFAULT.code_font_family), known),
        classification=entries.text("classification", DEFAULT.classification),
        footer=entries.text("footer", ""),
        disclaimer=entries.text("disclaimer", ""),
        fonts=fonts,
    )


def _file(beside: Path, key: str, name: str, read: Callable[[Path], Found]) -> Found:
    path = beside / name
    if not path.is_file():
        raise BadSettings(f"{key} names {name!r}, but there is no such file in {beside}; put it there")
    try:
        return read(path)
    except OSError as error:
        raise BadSettings(f"{key} names {name!r}, which cannot be read: {error.strerror}") from None


def _family(key: str, family: str, known: Sequence[str]) -> str:
    if family not in known:
        raise BadSettings(
            f"{key} is {family!r}, of which there is no file; write one of {', '.join(sorted(set(known)))}, "
            "or name its files in fonts.files"
        )
    return family


class _Entries:
    """The file's values by dotted key, such as `colours.primary`, each of the type that is asked for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._values: dict[str, Any] = {}
        tables = {"": document, **{name: document.get(name, {}) for name in KEYS if name}}
        for table, values in tables.items():
            if not isinstance(values, Mapping):
                raise BadSettings(f"{table} is {values!r}; write a table, [{table}]")
            for key, value in values.items():
                if key not in KEYS[table]:
                    raise BadSettings(
                        str(UnknownName("key", key, KEYS[table], of=f"[{table}]" if table else "a brand"))
                    )
                self._values[f"{table}.{key}" if table else key] = value
        for key in NEEDED:
            if key not in self._values:
                raise BadSettings(f"{key} is missing; needed are {', '.join(NEEDED)}")

    def text(self, key: str, default: str = "") -> str:
        value = self._values.get(key, default)
        if not isinstance(value, str):
            raise BadSettings(f"{key} is {value!r}; write a text in quotes")
        return value.strip()

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        values = self._values.get(key, default)
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise BadSettings(f'{key} is {values!r}; write a list of texts, ["...", "..."]')
        return tuple(values)
