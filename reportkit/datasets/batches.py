"""Database rows as typed record batches, by what the columns declare and never by what the rows look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reportkit.columns import Column, Kind, Schema
from reportkit.errors import WarehouseUnavailable

if TYPE_CHECKING:
    import pyarrow as pa

Values = Sequence[Any]

TRUTH = {None: None, 0: False, 1: True}


def to_batch(rows: Sequence[Values], schema: Schema) -> pa.RecordBatch:
    """Raises WarehouseUnavailable where a value is not of its column's kind, which only SQLite lets happen."""
    import pyarrow as pa

    wanted, columns = schema.arrow(), zip(*rows, strict=True)
    arrays = [_array(*each) for each in zip(schema, columns, wanted.types, strict=True)]
    return pa.record_batch(arrays, schema=wanted)


def _array(column: Column, values: Values, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    convert = CONVERSIONS.get(column.kind, pa.array)
    try:
        return convert(values, wanted)
    except (pa.ArrowException, ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise WarehouseUnavailable(
            f"column {column.name} holds a value that is not {column.kind}: {error}; mend it in the warehouse"
        ) from error


def _integers(values: Values, wanted: pa.DataType) -> pa.Array:
    """By way of their own type, since asking for integers at once cuts 1.5 to 1."""
    import pyarrow as pa

    return pa.array(values).cast(wanted)


def _decimals(values: Values, wanted: pa.DataType) -> pa.Array:
    """SQLite holds them as text, beside which a computed one may stand as a number."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.string()).cast(wanted)
    except pa.ArrowTypeError:
        return pa.array([None if value is None else Decimal(value) for value in values], wanted)


def _booleans(values: Values, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    return pa.array([TRUTH[value] for value in values], wanted)


def _moments(values: Values, wanted: pa.DataType) -> pa.Array:
    """SQLite holds them as text."""
    import pyarrow as pa

    first = next((value for value in values if value is not None), None)
    return pa.array(values, pa.string()).cast(wanted) if isinstance(first, str) else pa.array(values, wanted)


CONVERSIONS: Mapping[Kind, Callable[[Values, pa.DataType], pa.Array]] = {
    Kind.INTEGER: _integers,
    Kind.DECIMAL: _decimals,
    Kind.BOOLEAN: _booleans,
    Kind.DATE: _moments,
    Kind.INSTANT: _moments,
}
