"""Which type of column fits all of its values.

The rules are those of `sqlite_utils.utils.TypeTracker`, which Datasette Lite used, where they
lose nothing. They differ where SQLite would change what is written in the file:

- codes with leading zeros (`007`, `01.5`) stay text, and so do telephone numbers (`+44207946000`)
- integers beyond 64 bits stay text, and so do those beyond 15 digits beside fractions
- what Python takes for a number and SQLite does not (`1_000`, `١٢`) is text
- a column without a single value is text, not INTEGER

As there, dates and truth values are text, and an empty cell fits every type: it becomes NULL in a
column of numbers and stays empty text in one of text. (sqlite-utils 3, and so Datasette Lite, left
empty text among the numbers, which made their average wrong.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import Any

#: What SQLite stores.
Value = str | int | float | bytes | None


class ColumnType(Enum):
    """The types of columns; BIG are integers that REAL would round, EMPTY has no values."""

    EMPTY = auto()
    INTEGER = auto()
    BIG = auto()
    REAL = auto()
    TEXT = auto()
    BLOB = auto()

    @property
    def sql(self) -> str:
        """How a table declares it."""
        return {"EMPTY": "TEXT", "BIG": "INTEGER"}.get(self.name, self.name)


EMPTY, INTEGER, BIG, REAL, TEXT, BLOB = ColumnType

#: Gives the narrowest type for values that already were of the second one's type.
TypeOf = Callable[[Iterable[Value], ColumnType], ColumnType]


def merged(one: ColumnType, other: ColumnType) -> ColumnType:
    """The narrowest type that holds what either holds."""
    types = {one, other} - {EMPTY}
    if len(types) < 2:
        return types.pop() if types else EMPTY
    if BLOB in types:
        return BLOB
    if types == {INTEGER, BIG}:
        return BIG
    return REAL if types == {INTEGER, REAL} else TEXT


# These see every cell of every column of numbers: one match each is faster than int() and float()
# with the checks that those would need.
_SPACE = r"[ \t\n\v\f\r]*"
_EXPONENT = r"(?:[eE][+-]?\d{1,3})?"
# A longer number after a plus sign is a telephone's.
_WHOLE = r"(?:-?(?:0|[1-9]\d{0,14})|\+(?:0|[1-9]\d{0,5}))"

_is_integer = re.compile(rf"(?a:{_SPACE}{_WHOLE}{_SPACE})").fullmatch
_is_big = re.compile(rf"(?a:{_SPACE}(?:{_WHOLE}|-?[1-9]\d{{15,18}}){_SPACE})").fullmatch
_is_real = re.compile(
    rf"(?a:{_SPACE}(?:{_WHOLE}(?:\.\d*)?{_EXPONENT}|[+-]?\.\d+{_EXPONENT}"
    rf"|[+-]?(?:nan|inf|infinity)){_SPACE})",
    re.IGNORECASE,
).fullmatch

_LARGEST = 2**63 - 1
_EXACT_IN_REAL = 2**53


def type_of_text(cells: Iterable[Value], known: ColumnType) -> ColumnType:
    """The type for the cells of a delimited file, all of them text or None."""
    if known is TEXT:
        return TEXT
    texts = list(filter(None, cells))
    if not texts:
        return known
    # Mostly the cells are what those before them were.
    if known in (EMPTY, INTEGER) and all(map(_is_integer, texts)):  # type: ignore[arg-type]
        return INTEGER
    if known in (EMPTY, INTEGER, REAL) and all(map(_is_real, texts)):  # type: ignore[arg-type]
        return merged(known, REAL)
    if known is not REAL and all(map(_is_big, texts)):  # type: ignore[arg-type]
        return merged(known, BIG) if _all_fit(texts) else TEXT
    return TEXT


def type_of_values(values: Iterable[Value], known: ColumnType) -> ColumnType:
    """The type for values that have types of their own."""
    values = list(values)
    types: set[type[Any]] = set(map(type, values)) - {type(None)}
    for each in types:
        known = merged(known, _TYPES[each])
    if int in types and known in (INTEGER, REAL) and not _exact(values):
        known = merged(known, BIG)
    return known


_TYPES = {str: TEXT, bool: INTEGER, int: INTEGER, float: REAL, bytes: BLOB}


def _exact(values: Iterable[Value]) -> bool:
    whole = [each for each in values if isinstance(each, int)]
    return min(whole) >= -_EXACT_IN_REAL and max(whole) <= _EXACT_IN_REAL


def _all_fit(texts: Iterable[Any]) -> bool:
    return all(-_LARGEST - 1 <= int(text) <= _LARGEST for text in texts)
