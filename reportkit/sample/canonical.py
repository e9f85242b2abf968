"""Values as text that reads the same in both databases, and the blocks of rows they travel in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table

Moments = NDArray[np.datetime64]
Row = tuple[object, ...]

NAMESPACE = uuid.UUID("5e9f1c1e-0f5b-5d5c-9c8e-7a3d1b0c2f46")


@dataclass(frozen=True)
class Block:
    """Some rows of one table, their values in the order of its columns.

    :param rows: read once
    :param count: how many `rows` there are
    """

    table: Table
    rows: Iterable[Row]
    count: int


def identifier(*path: object) -> str:
    """The identifier of a named thing, the same whatever the seed: `identifier("users", "ada")`."""
    return str(uuid.uuid5(NAMESPACE, "/".join(str(part) for part in path)))


def instants(moments: Moments) -> list[str]:
    """UTC moments with microseconds, as ``2026-01-31T23:59:59.123456Z``."""
    texts: list[str] = np.datetime_as_string(moments.astype("datetime64[us]"), timezone="UTC").tolist()
    return texts


def instant(moment: np.datetime64) -> str:
    return instants(np.array([moment]))[0]


def document(value: object) -> str:
    """JSON spelled as PostgreSQL spells `jsonb`: shorter keys first, equally long ones by their bytes."""
    return json.dumps(_ordered(value), ensure_ascii=False)


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value
