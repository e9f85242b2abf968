"""Whether texts are valid JSON: SQLite and plain text columns promise nothing."""

from __future__ import annotations

import json

import pyarrow as pa

WHITE_SPACE = " \t\r\n"
"""What JSON takes for such."""


def without_edges(text: str) -> str:
    """JSON without the white space around it, which means nothing; any other text as it is."""
    bare = text.strip(WHITE_SPACE)
    return bare if _is_json(bare) else text


def are_json(texts: pa.Array) -> pa.Array:
    """For each text without white space around it, whether it is one JSON value (RFC 8259); NULL for NULL."""
    return pa.array([None if text is None else _is_json(text) for text in texts.to_pylist()], pa.bool_())


def _is_json(text: str) -> bool:
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return end == len(text)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


# `parse_int=str` because an int of more than 4,300 digits raises.
_DECODER = json.JSONDecoder(parse_int=str, parse_constant=_refuse)
