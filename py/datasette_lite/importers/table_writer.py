"""Makes a table and inserts rows, or inserts them into one that a SQL script made."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from datasette_lite.importers.batches import Row, evened
from datasette_lite.importers.column_names import find_column
from datasette_lite.importers.column_types import ColumnType
from datasette_lite.importers.refusals import listed, refused_option
from datasette_lite.importers.sql_names import quoted, quoted_list


class TableWriter:
    """One table being filled.

    existed: it was there before.
    declared: the types of the columns that were made here, by their place; None for the others.
    """

    def __init__(
        self, db: sqlite3.Connection, table: str, pk: Sequence[str], file_name: str, *, null: bool
    ) -> None:
        """null: whether to store NULL for empty text, also where text is what a column holds."""
        self._db = db
        self._table = table
        self._pk = pk
        self._file_name = file_name
        self._null = null
        self._columns: list[str] = []
        self._insert = ""
        self._row_count = 0
        self._pk_places: list[int] = []
        self.declared: list[str | None] = []
        self.existing = columns_of(db, table)
        self.existed = bool(self.existing)

    def widen(self, columns: Sequence[str], types: Sequence[ColumnType]) -> None:
        """Be ready for rows with these columns, the first of which are those of before.

        Raises OptionError: unknown-column, when the primary key is not among the first ones.
        """
        if len(columns) == len(self._columns):
            return
        if not self._columns and not self.existed:
            self._create(columns, types)
        else:
            for name, type_ in list(zip(columns, types, strict=True))[len(self._columns) :]:
                self._add(name, type_)
        self._insert = (
            f"insert into {quoted(self._table)} ({quoted_list(self._columns)}) "
            f"values ({', '.join(map(self._value, self.declared))})"
        )

    def insert(self, rows: list[Row]) -> None:
        """Add rows, in the order of the columns.

        Raises OptionError: pk-not-unique, when a row has nothing in the primary key of a table that
        was made here: SQLite would make a number up, or store any number of NULLs.
        """
        rows = evened(rows, len(self._columns))
        self._check_keys(rows)
        self._row_count += len(rows)
        self._db.execute("savepoint rows")
        try:
            self._db.executemany(self._insert, rows)
        except UnicodeEncodeError:
            self._db.execute("rollback to rows")
            self._db.executemany(self._insert, map(_storable, rows))
        self._db.execute("release rows")

    def _check_keys(self, rows: list[Row]) -> None:
        for place in self._pk_places:
            # Elsewhere a text of no length is a value like others.
            nothing = (None,) if self._value(self.declared[place]) == "?" else (None, "")
            for number, row in enumerate(rows, self._row_count + 1):
                if row[place] in nothing:
                    raise refused_option(
                        "pk-not-unique",
                        self._file_name,
                        f"its row {number:,} has nothing in {self._columns[place]}, so that cannot "
                        "be the primary key",
                        "Choose another pk=, or leave it out.",
                    )

    def _value(self, declared: str | None) -> str:
        # As sqlite-utils does: an empty cell among numbers is no text of no length.
        return "nullif(?, '')" if self._null or declared in ("INTEGER", "REAL") else "?"

    def _create(self, columns: Sequence[str], types: Sequence[ColumnType]) -> None:
        self._columns = list(columns)
        self.declared = [each.sql for each in types]
        lines = [f"{quoted(name)} {each.sql}" for name, each in zip(columns, types, strict=True)]
        pk = resolved(self._pk, self._columns, "pk", self._file_name)
        self._pk_places = [self._columns.index(name) for name in pk]
        if len(pk) == 1:
            lines[self._columns.index(pk[0])] += " primary key"
        elif pk:
            lines.append(f"primary key ({quoted_list(pk)})")
        self._db.execute(f"create table {quoted(self._table)} (\n  " + ",\n  ".join(lines) + "\n)")

    def _add(self, name: str, type_: ColumnType) -> None:
        there = find_column(name, self.existing)
        if there is None:
            self._db.execute(
                f"alter table {quoted(self._table)} add column {quoted(name)} {type_.sql}"
            )
        self._columns.append(there or name)
        self.declared.append(None if there else type_.sql)


def columns_of(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table that can be written to; none when there is no such table."""
    rows = db.execute("select name from pragma_table_xinfo(?) where hidden = 0", (table,))
    return [name for (name,) in rows]


def resolved(
    names: Sequence[str], columns: Sequence[str], setting: str, file_name: str
) -> list[str]:
    """The table's own spelling of the columns that a setting names.

    Raises OptionError: unknown-column.
    """
    found = {name: find_column(name, columns) for name in names}
    missing = [name for name, column in found.items() if column is None]
    if missing:
        raise refused_option(
            "unknown-column",
            file_name,
            f"{setting}= names {listed(missing)}, and there is no such column",
            f"There are {listed(list(columns), 50)}.",
        )
    return list(dict.fromkeys(column for column in found.values() if column is not None))


def _storable(row: Row) -> Row:
    """The row without halves of surrogate pairs, which JSON's escapes can bring."""
    return [
        value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
        for value in row
    ]
