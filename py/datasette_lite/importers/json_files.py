"""JSON, newline-delimited JSON and GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from datasette_lite.importers.batches import BATCH_BYTES, BATCH_ROWS, Batch, rereadable
from datasette_lite.importers.cells import storable_rows
from datasette_lite.importers.column_names import ColumnNames
from datasette_lite.importers.column_types import type_of_values
from datasette_lite.importers.content import Content, Reading
from datasette_lite.importers.encodings import Encoding, find_encoding, open_text, wrong_encoding
from datasette_lite.importers.geojson import feature_row, is_feature
from datasette_lite.importers.job import Job
from datasette_lite.importers.json_shape import Layout, NoRows, Shape, find_layout, rows_of
from datasette_lite.importers.json_text import JSONSyntax, JSONText
from datasette_lite.importers.record_batches import RecordColumns
from datasette_lite.importers.refusals import FETCH_AGAIN, refused_data

SHAPES: dict[Shape, str] = {
    "list": "A list of objects",
    "lines": "Objects one after another (newline-delimited JSON)",
    "member": "A list of objects inside an object",
    "keyed": "An object of objects, their names in the column _key",
    "single": "One object, one row",
}

WHAT_TO_DO = (
    'A table needs a list of objects, such as [{"id": 1, "name": "a"}]; look whether the same '
    "host offers one, or the data as CSV."
)

NOTHING = object()


async def import_json(job: Job, content: Content, table: str) -> None:
    """Load the rows of a JSON document into a table.

    Raises DataError: bad-json, no-rows, bad-encoding; and as `load_table`.
    """
    encoding = await find_encoding(content, job.settings.encoding, job.pace)
    try:
        layout = await _layout(job, content, encoding)
        file = _JSONFile(content, encoding, layout)
        await job.load(
            table,
            content.name,
            rereadable(file.batches),
            type_of=type_of_values,
            total=content.total,
            pk=("_key",) if layout.shape == "keyed" else (),
        )
    except UnicodeError as error:
        raise wrong_encoding(content, error) from error
    except JSONSyntax as error:
        raise refused_data(
            "bad-json", content.name, f"it is not valid JSON, at {error}", FETCH_AGAIN
        ) from error
    except NoRows as error:
        raise refused_data("no-rows", content.name, str(error), WHAT_TO_DO) from error
    job.state(file.called)


async def _layout(job: Job, content: Content, encoding: Encoding) -> Layout:
    text, reading = open_text(content, encoding)
    with reading:
        for found in find_layout(JSONText(text)):
            if found:
                return found
            await job.pace.rest()
    raise AssertionError("a layout is the last thing found")


class _JSONFile:
    """A document to be read several times."""

    def __init__(self, content: Content, encoding: Encoding, layout: Layout) -> None:
        self._content = content
        self._encoding = encoding
        self._layout = layout
        self.called = SHAPES[layout.shape]
        if layout.shape == "member":
            self.called = f"The list “{layout.key}” of an object"

    def batches(self) -> Iterator[Batch]:
        """Its rows. Raises UnicodeError, JSONSyntax, NoRows."""
        text, reading = open_text(self._content, self._encoding)
        with reading:
            rows = rows_of(JSONText(text), self._layout)
            first = next(rows, NOTHING)
            everything = chain([first], rows)
            if isinstance(first, list):
                yield from self._lists(everything, reading)
            elif isinstance(first, dict):
                yield from self._objects(everything, reading, is_feature(first))
            else:
                raise NoRows(
                    "it is an empty list" if first is NOTHING else "it is a list of single values"
                )

    def _objects(self, rows: Iterator[Any], reading: Reading, features: bool) -> Iterator[Batch]:
        columns = RecordColumns(self._content.name)
        if features:
            self.called = "GeoJSON features: properties as columns, the geometry as text"
        for records, size in _pieces(rows, reading, dict):
            if features:
                records = [feature_row(each) if is_feature(each) else each for each in records]
            filled = columns.rows(records)
            yield Batch(columns.names, filled, reading.position, size)

    def _lists(self, rows: Iterator[Any], reading: Reading) -> Iterator[Batch]:
        header = next(rows)
        names = ColumnNames(self._content.name)
        self.called = "A list of lists, the first with the names of the columns"
        if not all(isinstance(name, str) for name in header):
            rows = chain([header], rows)
            header = [""] * len(header)
            self.called = "A list of lists"
        names.add_all(header)
        for records, size in _pieces(rows, reading, list):
            for _ in range(max(map(len, records), default=0) - len(names.names)):
                names.add("")
            width = len(names.names)
            filled = [[*row, *[None] * (width - len(row))] for row in records]
            yield Batch(names.names, storable_rows(filled), reading.position, size)


def _pieces(
    rows: Iterator[Any], reading: Reading, expected: type
) -> Iterator[tuple[list[Any], int]]:
    """Rows for a batch each and the bytes that they took; at least one, if an empty one.

    Raises NoRows.
    """
    taken = reading.bytes_read
    count = 0
    yielded = False
    records: list[Any] = []
    for record in rows:
        if type(record) is not expected:
            raise NoRows(_odd_row(count + len(records), record, expected))
        records.append(record)
        if len(records) == BATCH_ROWS or reading.bytes_read - taken > BATCH_BYTES:
            yield records, reading.bytes_read - taken
            count += len(records)
            taken, records, yielded = reading.bytes_read, [], True
    if records or not yielded:
        yield records, reading.bytes_read - taken


def _odd_row(index: int, record: Any, expected: type) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", type(None): "null"}
    found = kinds.get(type(record), "a single value")
    return (
        f"item {index + 1:,} of its list is {found}, where those before it are {_plural(expected)}"
    )


def _plural(expected: type) -> str:
    return "objects" if expected is dict else "lists"
