"""Excel workbooks (.xlsx): each sheet that holds something is a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from datasette_lite.importers.batches import BATCH_ROWS, Batch, rereadable
from datasette_lite.importers.cells import storable_rows
from datasette_lite.importers.column_names import ColumnNames
from datasette_lite.importers.column_types import type_of_values
from datasette_lite.importers.content import Content
from datasette_lite.importers.job import Job
from datasette_lite.importers.refusals import listed, missing_part, refused_data
from datasette_lite.importers.table_names import TableNames

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook


async def import_workbook(job: Job, content: Content, table: str, names: TableNames) -> None:
    """Load every sheet of a workbook into a table.

    table: the name when there is one sheet; several have names of their own, after `table=`.
    Raises EngineError: runtime-missing. DataError: bad-xlsx, no-rows; and as `load_table`.
    """
    workbook = _open(content, job.scratch + ".xlsx")
    try:
        sheets = [sheet for sheet in workbook.worksheets if _has_values(sheet)]
        if not sheets:
            raise refused_data("no-rows", content.name, "all of its sheets are empty")
        for sheet in sheets:
            called = table
            if len(sheets) > 1:
                prefix = f"{job.settings.table}_" if job.settings.table else ""
                called = names.take(prefix + sheet.title)
            await _import_sheet(job, content, sheet, called)
    finally:
        workbook.close()
    empty = [sheet.title for sheet in workbook.worksheets if sheet not in sheets]
    if empty:
        job.state(f"Left out, being empty: {listed(empty)}")


async def _import_sheet(job: Job, content: Content, sheet: Any, table: str) -> None:
    source = _Sheet(sheet, content.name)
    await job.load(
        table, content.name, rereadable(source.batches), type_of=type_of_values, total=sheet.max_row or 1
    )


def _open(content: Content, scratch: str) -> Workbook:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise missing_part(content.name, "the reader of Excel files (openpyxl)", str(error)) from error
    path = content.as_file(scratch)
    try:
        with open(path, "rb") as file:
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl lets through whatever its many readers raise
        raise refused_data(
            "bad-xlsx",
            content.name,
            "it is no Excel file that can be read here",
            "If Excel opens it, save it anew as .xlsx, or as CSV.",
            detail=f"{type(error).__name__}: {error}",
        ) from error
