"""Whether texts are valid JSON: SQLite and plain text columns promise nothing."""

from __future__ import annotations

import json

import pyarrow as pa


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
