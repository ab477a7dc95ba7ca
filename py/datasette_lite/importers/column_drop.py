"""Leaves columns out on their way into a table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from operator import itemgetter

from datasette_lite.importers.batches import Batch, ReadBatches, Row, evened
from datasette_lite.importers.column_names import find_column


class ColumnDrop:
    """Batches without some columns.

    left: of the names asked for, those that no column had, once everything was read.
    columns: all that there were.
    """

    def __init__(self, read: ReadBatches, names: tuple[str, ...]) -> None:
        self._read = read
        self._names = names
        self.columns: list[str] = []

    async def batches(self) -> AsyncIterator[Batch]:
        """Read from the start."""
        async for batch in self._read():
            self.columns = list(batch.columns)
            if not self._names:
                yield batch
                continue
            dropped = {find_column(name, self.columns) for name in self._names}
            kept = [index for index, name in enumerate(self.columns) if name not in dropped]
            rows = _picked(evened(batch.rows, len(self.columns)), kept)
            yield Batch([self.columns[i] for i in kept], rows, batch.position, batch.size)

    @property
    def left(self) -> list[str]:
        """The names that no column had."""
        return [name for name in self._names if find_column(name, self.columns) is None]


def _picked(rows: list[Row], kept: list[int]) -> list[Row]:
    if not kept:
        return []
    if len(kept) == 1:
        return [(row[kept[0]],) for row in rows]
    return list(map(itemgetter(*kept), rows))
