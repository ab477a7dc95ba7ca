"""Objects with names for their values, on their way into a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from datasette_lite.importers.batches import Row
from datasette_lite.importers.cells import storable_rows
from datasette_lite.importers.column_names import ColumnNames


class RecordColumns:
    """The columns that objects have between them, in the order in which they turn up."""

    def __init__(self, file_name: str) -> None:
        self._names = ColumnNames(file_name)
        self._column_of: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """The columns so far."""
        return self._names.names

    def rows(self, records: Sequence[Mapping[str, Any]]) -> list[Row]:
        """The objects as rows, after adding the columns that only they have."""
        self._learn(records)
        keys = list(self._column_of)
        return storable_rows([list(map(record.get, keys)) for record in records])

    def _learn(self, records: Iterable[Mapping[str, Any]]) -> None:
        known = self._column_of
        if all(map(known.keys().__ge__, (record.keys() for record in records))):
            return
        for key in dict.fromkeys(chain.from_iterable(records)):
            if key not in known:
                known[key] = self._names.add(str(key))
