"""Rows on their way into a table, some at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from datasette_lite.importers.column_types import Value

#: A batch ends after so many rows or so many bytes, whichever comes first: about a twentieth of
#: a second's work in a browser, and never much memory, however long the cells are.
BATCH_ROWS = 1000
BATCH_BYTES = 512 * 1024

Row = Sequence[Value]


@dataclass(frozen=True)
class Batch:
    """Some rows of a table.

    columns: all that are known by now; only ever more at the end.
    rows: values in the order of the columns; a short row has nothing in the others.
    position: how far in the file this is, for progress.
    size: bytes of the file that it took.
    """

    columns: Sequence[str]
    rows: list[Row]
    position: int
    size: int


#: Reads the rows from the start, each time it is called.
ReadBatches = Callable[[], AsyncIterator[Batch]]


def rereadable(read: Callable[[], Iterable[Batch]]) -> ReadBatches:
    """What reads without waiting, as what may wait."""

    async def batches() -> AsyncIterator[Batch]:
        for batch in read():
            yield batch

    return batches


def evened(rows: list[Row], width: int) -> list[Row]:
    """The rows, each of that many values."""
    if set(map(len, rows)) <= {width}:
        return rows
    return [row if len(row) == width else [*row, *[None] * (width - len(row))] for row in rows]
