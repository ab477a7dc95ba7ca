"""CSV, TSV and their relatives."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from datasette_lite.importers.batches import BATCH_BYTES, BATCH_ROWS, Batch, Row, rereadable
from datasette_lite.importers.column_names import ColumnNames
from datasette_lite.importers.column_types import EMPTY, TEXT, type_of_text
from datasette_lite.importers.content import Content
from datasette_lite.importers.delimiters import (
    SAMPLE_CHARACTERS,
    Delimited,
    delimiter_called,
    find_delimiter,
)
from datasette_lite.importers.encodings import Encoding, find_encoding, open_text, wrong_encoding
from datasette_lite.importers.job import Job
from datasette_lite.importers.kinds import TABLE_ENDINGS
from datasette_lite.importers.refusals import counted, listed, refused_data

#: The longest cell. Python's own limit is 128 KB (simonw/datasette-lite#84); this one fits the
#: C `long` of WebAssembly.
MOST_CELL_CHARACTERS = 2**31 - 1

#: How often to look whether a batch is long enough: looking costs as much as reading a cell.
CHECK_ROWS = 10


async def import_delimited(job: Job, content: Content, table: str) -> None:
    """Load a delimited file into a table.

    Raises DataError: no-rows, unsupported-format, bad-encoding, too-many-columns; and as
    `load_table`.
    """
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    settings = job.settings
    encoding = await find_encoding(content, settings.encoding, job.pace)
    quote = '"' if settings.quote is None else settings.quote or None
    try:
        sample, whole = _sample(content, encoding)
        delimiter = settings.delimiter or ("\t" if job.imported.source.kind == "tsv" else None)
        form = find_delimiter(sample, whole=whole, delimiter=delimiter, quote=quote)
        if not (form.found or settings.delimiter):
            _check_lines(job, content, sample)
            form = find_delimiter(sample, whole=whole, quote=quote)
        file = _DelimitedFile(content, encoding, form, settings.header)
        loaded = await job.load(
            table,
            content.name,
            rereadable(file.batches),
            type_of=type_of_text,
            total=content.total,
        )
    except UnicodeError as error:
        raise wrong_encoding(content, error) from error
    _state_findings(job, file, encoding, form, loaded.rows)


@dataclass
class _Ragged:
    """Rows that are not as long as the header; the first of them by its line."""

    count: int = 0
    line: int = 0

    def add(self, line: int) -> None:
        self.count += 1
        self.line = self.line or line


@dataclass
class _DelimitedFile:
    """A file to be read several times; what it says of itself is of the last time.

    open_lines: how many are in the last cell, when the quote before them has no end.
    """

    content: Content
    encoding: Encoding
    form: Delimited
    header: int | None
    header_line: int = 1
    renamed: list[str] = field(default_factory=list)
    open_lines: int = 0
    longer: _Ragged = field(default_factory=_Ragged)
    shorter: _Ragged = field(default_factory=_Ragged)

    def batches(self) -> Iterator[Batch]:
        """The rows below the header.

        Raises UnicodeError; DataError: no-rows, too-many-columns.
        """
        self.longer, self.shorter = _Ragged(), _Ragged()
        text, reading = open_text(self.content, self.encoding)
        with reading:
            text.read(self.form.skip)
            # Only within quotes is an empty line at the end no row of its own.
            reader = csv.reader(chain(text, [""]), **self.form.options)
            names, first = self._read_header(reader)
            width = len(names.names)
            size = 0
            rows: list[Row] = []
            row: list[str] = []
            for row in chain(first, reader):
                if len(row) != width:
                    if not row:
                        continue
                    row = self._fit(row, width, names, reader.line_num)
                rows.append(row)
                if len(rows) % CHECK_ROWS:
                    continue
                if len(rows) >= BATCH_ROWS or reading.bytes_read - size > BATCH_BYTES:
                    yield Batch(names.names, rows, reading.position, reading.bytes_read - size)
                    size, rows = reading.bytes_read, []
            self.open_lines = len(row[-1].splitlines()) if row else 0
            yield Batch(names.names, rows, reading.position, reading.bytes_read - size)

    def _read_header(self, reader: Iterator[list[str]]) -> tuple[ColumnNames, list[list[str]]]:
        """The columns, and rows that were read to find them."""
        names = ColumnNames(self.content.name)
        self.header_line = self.header or self.form.header
        for _ in range(self.header_line - 1 if self.header != 0 else 0):
            next(reader, None)
        row = next((row for row in reader if any(row)), None)
        if row is None:
            happened = "there is no line in it that could name the columns"
            raise refused_data("no-rows", self.content.name, happened)
        following = next((row for row in reader if row), None)
        first = [following] if following else []
        if self.header == 0 or (self.header is None and _is_data(row, following)):
            self.header_line = 0
            names.add_all([""] * len(row))
            first.insert(0, row)
            self.renamed = []
        else:
            # Cells below a nameless end of the header are most often empty, too: see _fit.
            header = row[: max(index for index, name in enumerate(row, 1) if name)]
            names.add_all(header)
            self.renamed = _renamed(header, names.names)
        return names, first

    def _fit(self, row: list[str], width: int, names: ColumnNames, line: int) -> list[str]:
        if len(row) < width:
            self.shorter.add(line)
            return row
        # Many programs end every row, but not the header, with a delimiter.
        if not any(row[width:]):
            return row[:width]
        self.longer.add(line)
        while len(names.names) < len(row):
            names.add("")
        return row


def _sample(content: Content, encoding: Encoding) -> tuple[str, bool]:
    text, reading = open_text(content, encoding)
    with reading:
        sample = text.read(SAMPLE_CHARACTERS)
        return sample, not text.read(1)


def _check_lines(job: Job, content: Content, sample: str) -> None:
    """A line of text is an error message, unless somebody says that it is the name of a column."""
    said = job.imported.source.kind != "data" or content.name.lower().endswith(TABLE_ENDINGS)
    if not said and len(sample.strip().splitlines()) == 1:
        raise refused_data(
            "unsupported-format",
            content.name,
            "it is a line of text, not data",
            "Check that the address leads to the data itself; if it does, write csv= before it.",
            detail=sample[:500],
        )


def _is_data(row: list[str], following: list[str] | None) -> bool:
    """Whether the first row is no header: nothing but numbers, and so is the next."""
    return all(row) and following is not None and _all_numbers(row) and _all_numbers(following)


def _all_numbers(row: list[str]) -> bool:
    return all(type_of_text([cell], EMPTY) is not TEXT for cell in row)


def _renamed(header: list[str], names: list[str]) -> list[str]:
    return [new for old, new in zip(header, names, strict=True) if old.strip("\ufeff") != new]


def _state_findings(
    job: Job, file: _DelimitedFile, encoding: Encoding, form: Delimited, rows: int
) -> None:
    if form.found:
        job.state(f"Cells parted by {delimiter_called(form.delimiter)}")
        job.imported.detected["delimiter"] = form.delimiter
    else:
        job.state("One column: no delimiter was found")
    if file.open_lines > 1:
        job.state(
            f"A quote without an end: {counted(file.open_lines, 'line')} became its cell, and "
            "would be rows with quote=none"
        )
    if form.quote is None:
        job.state("Quotes are part of the cells")
        job.imported.detected["quote"] = "none"
    guess = ", because it is not UTF-8" if encoding.guessed else ""
    job.state(f"Text read as {encoding.called}{guess}")
    job.imported.detected["encoding"] = encoding.codec.removesuffix("-sig")
    job.imported.detected["header"] = str(file.header_line)
    if file.header_line == 0:
        job.state("No line with names of columns")
    elif file.header is None and file.header_line > 1:
        job.state(f"Left out above the names of columns: {counted(file.header_line - 1, 'line')}")
    elif rows == 0:
        job.state("Only names of columns, no rows")
    if file.renamed:
        job.state(f"Columns that had no name, or that of another: {listed(file.renamed)}")
    if file.shorter.count:
        job.state(
            f"{counted(file.shorter.count, 'row')} with too few cells, the first on line "
            f"{file.shorter.line:,}: the missing ones are NULL"
        )
    if file.longer.count:
        job.state(
            f"{counted(file.longer.count, 'row')} with more cells than names, the first on line "
            f"{file.longer.line:,}: they are in the columns named untitled"
        )
