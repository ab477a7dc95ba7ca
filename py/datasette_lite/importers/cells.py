"""Values of JSON, Parquet and spreadsheets as values that SQLite stores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from datasette_lite.importers.batches import Row
from datasette_lite.importers.column_types import Value

#: Types that need no conversion, save for integers beyond 64 bits.
PLAIN = {str, float, bool, bytes, type(None)}

#: Types of a column of integers, which are looked at all at once: there may be millions.
WHOLE = {int, type(None)}

#: Digits that a float keeps exactly.
FLOAT_DIGITS = 15


def storable_rows(rows: list[list[Any]]) -> list[Row]:
    """Rows of equal length with every value as SQLite stores it.

    Nested values become JSON, dates ISO 8601, and numbers that would lose digits text.
    """
    if not rows or not rows[0]:
        return list(rows)
    return rows_of_columns(zip(*rows, strict=True))


def rows_of_columns(columns: Iterable[Sequence[Any]]) -> list[Row]:
    """As `storable_rows`, of the values of each column."""
    return list(zip(*map(_storable_column, columns), strict=True))


def storable(value: Any) -> Value:
    """One value as SQLite stores it."""
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        return value.isoformat() if value.time() != time() or value.tzinfo else str(value.date())
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return _json(value)


def _storable_column(values: Sequence[Any]) -> Iterable[Value]:
    types = set(map(type, values))
    if types <= PLAIN or (types <= WHOLE and _fit(values)):
        return values
    return map(storable, values)


def _fit(values: Sequence[int | None]) -> bool:
    """Whether SQLite's integers hold all of these."""
    whole = [value for value in values if value is not None]
    return min(whole) >= -(2**63) and max(whole) < 2**63


def _decimal(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value():
        whole = int(value)
        return whole if -(2**63) <= whole < 2**63 else str(whole)
    return float(value) if len(value.as_tuple().digits) <= FLOAT_DIGITS else str(value)


def _in_json(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$base64": True, "encoded": _base64(bytes(value))}
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (Decimal, date, time, timedelta)):
        return storable(value)
    return str(value)


#: json.dumps would make an encoder for each value, which takes as long as encoding it.
_json = json.JSONEncoder(ensure_ascii=False, default=_in_json).encode


def _base64(value: bytes) -> str:
    from base64 import b64encode

    return b64encode(value).decode("ascii")
