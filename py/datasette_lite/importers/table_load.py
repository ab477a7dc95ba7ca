"""Fills one table of a database, finding out the types of its columns on the way.

A type is known only when the last row was read, and SQLite converts each value as it comes. So
the first rows decide, every later one is checked, and in the rare case that the first ones were
not typical, the table is filled once more from the start. That keeps the database at its final
size, where a table of text that is converted at the end would need twice that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from datasette_lite.importers.batches import Batch, ReadBatches, Row, evened
from datasette_lite.importers.column_drop import ColumnDrop
from datasette_lite.importers.column_types import EMPTY, ColumnType, TypeOf
from datasette_lite.importers.pace import Pace
from datasette_lite.importers.refusals import listed, refused_data, refused_option
from datasette_lite.importers.search_index import make_searchable
from datasette_lite.importers.table_writer import TableWriter, columns_of, resolved

#: What the first guess of the types is made from. Small files are seen whole.
SAMPLE_ROWS = 20_000
SAMPLE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Wanted:
    """The table to make.

    file_name: for messages.
    empty_is_null: store NULL for empty text.
    """

    table: str
    file_name: str
    pk: tuple[str, ...] = ()
    fts: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    empty_is_null: bool = False


@dataclass(frozen=True)
class Loaded:
    """The table that was made or, where it `existed` before, added to.

    types: of what was read, by column.
    """

    table: str
    rows: int
    types: dict[str, ColumnType]
    existed: bool


async def load_table(
    db: sqlite3.Connection,
    wanted: Wanted,
    read: ReadBatches,
    *,
    type_of: TypeOf,
    total: int,
    pace: Pace,
) -> Loaded:
    """Make a table and fill it; add to it if a SQL script made it before.

    db: in a transaction.
    total: what the batches' positions count up to.
    Raises OptionError: unknown-column, pk-not-unique. DataError: no-rows, import-failed.
    """
    kept = ColumnDrop(read, wanted.drop)
    load = await _attempt(db, wanted, kept, None, type_of, total, pace)
    if load.is_wrong:
        load = await _attempt(db, wanted, kept, load.types, type_of, total, pace)
    _check_drop(kept, wanted.file_name)
    if not load.columns:
        happened = "there is nothing in it that could become the columns of a table"
        raise refused_data("no-rows", wanted.file_name, happened)
    columns = columns_of(db, wanted.table)
    indexed = resolved(wanted.fts, columns, "fts", wanted.file_name)
    await make_searchable(db, wanted.table, indexed, wanted.file_name, pace)
    found = dict(zip(load.columns, load.types, strict=True))
    return Loaded(wanted.table, load.row_count, found, load.writer.existed)


async def _attempt(
    db: sqlite3.Connection,
    wanted: Wanted,
    kept: ColumnDrop,
    types: list[ColumnType] | None,
    type_of: TypeOf,
    total: int,
    pace: Pace,
) -> _Attempt:
    """Read the file into the table once; what it did is undone if the types were wrong.

    types: when they are known from an earlier reading.
    """
    db.execute("savepoint load_table")
    writer = TableWriter(db, wanted.table, wanted.pk, wanted.file_name, null=wanted.empty_is_null)
    load = _Attempt(writer, type_of, types)
    try:
        async for batch in kept.batches():
            for _ in load.take(batch):
                await pace.step(batch.position, total, load.row_count)
        for _ in load.store_sample():
            await pace.rest()
    except sqlite3.IntegrityError as error:
        raise _refused_by_table(wanted, writer.existed, error) from error
    if load.is_wrong:
        db.execute("rollback to load_table")
    db.execute("release load_table")
    return load


class _Attempt:
    """One reading of the file into the table."""

    def __init__(
        self, writer: TableWriter, type_of: TypeOf, settled: list[ColumnType] | None
    ) -> None:
        """settled: the types, when an earlier reading found them."""
        self.writer = writer
        self._type_of = type_of
        self._settled = settled
        self._sample: list[list[Row]] | None = [] if settled is None else None
        self._sample_bytes = 0
        self.columns: list[str] = []
        self.types: list[ColumnType] = []
        self.row_count = 0
        self.is_wrong = False

    def take(self, batch: Batch) -> Iterator[None]:
        """Insert some rows, or keep them until the types are clear; in steps."""
        self.columns = list(batch.columns)
        self.row_count += len(batch.rows)
        self._check(evened(batch.rows, len(self.columns)))
        if self._sample is None:
            self._store(batch.rows)
            yield
            return
        self._sample.append(batch.rows)
        self._sample_bytes += batch.size
        if self.row_count >= SAMPLE_ROWS or self._sample_bytes >= SAMPLE_BYTES:
            yield from self.store_sample()
        else:
            yield

    def store_sample(self) -> Iterator[None]:
        """Insert the rows that were kept: the types are clear, as far as they can be."""
        sample, self._sample = self._sample, None
        for rows in sample or [[]]:
            self._store(rows)
            yield

    def _check(self, rows: list[Row]) -> None:
        if self._settled is not None:
            self.types = self._settled[: len(self.columns)]
            return
        self.types += [EMPTY] * (len(self.columns) - len(self.types))
        if rows:
            columns = zip(*rows, strict=True)
            self.types = list(map(self._type_of, columns, self.types))

    def _store(self, rows: list[Row]) -> None:
        if self.is_wrong or not self.columns:
            return
        self.writer.widen(self.columns, self.types)
        declared = self.writer.declared
        self.is_wrong = any(
            sql is not None and sql != found.sql
            for sql, found in zip(declared, self.types, strict=True)
        )
        if rows and not self.is_wrong:
            self.writer.insert(rows)


def _check_drop(kept: ColumnDrop, file_name: str) -> None:
    """Raises OptionError: unknown-column."""
    resolved(kept.left, kept.columns, "drop", file_name)


def _refused_by_table(wanted: Wanted, existed: bool, error: sqlite3.IntegrityError) -> Exception:
    if wanted.pk and not existed:
        called = listed(list(wanted.pk))
        happened = f"its rows cannot be told apart by {called}: {error}"
        if "UNIQUE" in str(error):
            happened = f"several rows have the same {called}, so that cannot be the primary key"
        return refused_option(
            "pk-not-unique", wanted.file_name, happened, "Choose another pk=, or leave it out."
        )
    advice = "Change the table in the SQL script, or let the file have a table of its own: table=."
    happened = f"a row does not fit the table {wanted.table} that is there already: {error}"
    return refused_data("import-failed", wanted.file_name, happened, advice)
