"""Excel workbooks (.xlsx): each sheet that holds something is a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any

from datasette_lite.importers.batches import BATCH_ROWS, Batch, rereadable
from datasette_lite.importers.cells import storable, storable_rows
from datasette_lite.importers.column_names import ColumnNames
from datasette_lite.importers.column_types import type_of_values
from datasette_lite.importers.content import Content
from datasette_lite.importers.job import Job
from datasette_lite.importers.refusals import listed, missing_part, refused_data
from datasette_lite.importers.table_names import TableNames

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

Cells = tuple[Any, ...]


async def import_workbook(job: Job, content: Content, table: str, names: TableNames) -> None:
    """Load every sheet of a workbook that is not empty, from `header=` on, into a table.

    table: the name when there is one sheet; several have names of their own, after `table=`.
    Raises EngineError: runtime-missing. DataError: bad-xlsx, no-rows; and as `load_table`.
    """
    # A path would be refused for its ending.
    with (
        open(content.as_file(job.scratch + ".xlsx"), "rb") as file,
        closing(_opened(file, content.name)) as workbook,
    ):
        header = job.settings.header
        sheets = [_Sheet(each, content.name, header) for each in workbook.worksheets]
        filled = [sheet for sheet in sheets if next(sheet.rows(), None) is not None]
        where = f" from line {header} on" if header else ""
        if not filled:
            raise refused_data("no-rows", content.name, f"all of its sheets are empty{where}")
        if len(filled) > 1:
            names.give_back(table)
        prefix = f"{job.settings.table}_" if job.settings.table else ""
        for sheet in filled:
            await job.load(
                table if len(filled) == 1 else names.take(prefix + sheet.title),
                content.name,
                rereadable(sheet.batches),
                type_of=type_of_values,
                total=sheet.total,
            )
    empty = [sheet.title for sheet in sheets if sheet not in filled]
    if empty:
        job.state(f"Left out, being empty{where}: {listed(empty)}")


def _opened(file: IO[bytes], name: str) -> Workbook:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise missing_part(name, "the reader of Excel files (openpyxl)", str(error)) from error
    try:
        with warnings.catch_warnings(action="ignore"):
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl lets through whatever its many readers raise
        raise _unreadable(name, error) from error


class _Sheet:
    """A sheet to be read several times. Its first row that is not empty names the columns.

    header: the number of the row to begin with; 0 when none names the columns.
    """

    def __init__(self, sheet: Any, file_name: str, header: int | None) -> None:
        self._sheet = sheet
        self._file_name = file_name
        self._header = header
        self.title: str = sheet.title
        #: Rows, by what the sheet says of itself, which is good enough for progress only.
        self.total: int = sheet.max_row or 1
        sheet.reset_dimensions()

    def batches(self) -> Iterator[Batch]:
        """The rows below the names of the columns. Raises DataError: bad-xlsx."""
        rows = self.rows()
        _, names = (0, ()) if self._header == 0 else next(rows)
        columns = _SheetColumns(names, self._file_name)
        batch: list[Cells] = []
        position = 0
        for position, cells in rows:
            batch.append(cells)
            if len(batch) == BATCH_ROWS:
                yield self._batch(columns, batch, position)
                batch = []
        yield self._batch(columns, batch, position)

    def _batch(self, columns: _SheetColumns, rows: list[Cells], position: int) -> Batch:
        filled = storable_rows(columns.rows(rows))
        size = sum(map(len, rows)) * 8  # a guess: the file is packed
        return Batch(columns.names, filled, min(position, self.total), size)

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """The rows that are not empty, with their numbers."""
        first = self._header or 1
        try:
            with warnings.catch_warnings(action="ignore"):
                rows = self._sheet.iter_rows(values_only=True)
                for number, cells in enumerate(rows, 1):
                    if number >= first and any(cell is not None for cell in cells):
                        yield number, cells
        except Exception as error:  # as when opening
            raise _unreadable(self._file_name, error) from error


class _SheetColumns:
    """The columns of a sheet: those with a name, and those that hold something below none."""

    def __init__(self, header: Cells, file_name: str) -> None:
        self._columns = ColumnNames(file_name)
        self._places: list[int] = []
        for place, cell in enumerate(header):
            if cell is not None:
                self._places.append(place)
                self._columns.add(str(storable(cell)))

    @property
    def names(self) -> list[str]:
        return self._columns.names

    def rows(self, rows: list[Cells]) -> list[list[Any]]:
        """The cells of the columns, after adding those that turn up in these rows."""
        width = max(map(len, rows), default=0)
        even = [cells + (None,) * (width - len(cells)) for cells in rows]
        for place in sorted(set(range(width)) - set(self._places)):
            if any(cells[place] is not None for cells in even):
                self._places.append(place)
                self._columns.add("")
        return [
            [cells[place] if place < width else None for place in self._places] for cells in even
        ]


def _unreadable(file_name: str, error: Exception) -> Exception:
    return refused_data(
        "bad-xlsx",
        file_name,
        "it is no Excel file that can be read here",
        "If Excel opens it, save it anew as .xlsx, or as CSV.",
        detail=f"{type(error).__name__}: {error}",
    )
