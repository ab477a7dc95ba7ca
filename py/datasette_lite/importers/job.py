"""What the importers of one source share."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from datasette_lite.importers.batches import ReadBatches
from datasette_lite.importers.column_types import ColumnType, TypeOf
from datasette_lite.importers.import_settings import ImportSettings
from datasette_lite.importers.import_source import Imported, ImportedTable
from datasette_lite.importers.pace import Pace
from datasette_lite.importers.refusals import counted
from datasette_lite.importers.table_load import Wanted, load_table

TYPE_WORDS = {
    ColumnType.INTEGER: "integer",
    ColumnType.BIG: "integer",
    ColumnType.REAL: "real",
    ColumnType.TEXT: "text",
    ColumnType.BLOB: "binary",
    ColumnType.EMPTY: "empty",
}


@dataclass
class Job:
    """One source being imported.

    db: in a transaction that is this source's.
    scratch: a path that temporary files may begin with.
    """

    db: sqlite3.Connection
    imported: Imported
    settings: ImportSettings
    pace: Pace
    scratch: str

    async def load(
        self,
        table: str,
        file_name: str,
        read: ReadBatches,
        *,
        type_of: TypeOf,
        total: int,
        pk: tuple[str, ...] = (),
    ) -> ImportedTable:
        """Load rows into a table as the settings say, and say what was found.

        pk: the primary key when the settings name none.
        Raises as `load_table`.
        """
        wanted = Wanted(
            table,
            file_name,
            pk=self.settings.pk or pk,
            fts=self.settings.fts,
            drop=self.settings.drop,
            empty_is_null=self.settings.empty_is_null,
        )
        loaded = await load_table(
            self.db, wanted, read, type_of=type_of, total=total, pace=self.pace
        )
        done = ImportedTable(table, loaded.rows)
        self.imported.tables.append(done)
        if loaded.existed:
            self.state(f"Added to the table {table}, which a SQL script made")
        self.state(_types_fact(loaded.types))
        return done

    def state(self, fact: str) -> None:
        """Tell the visitor what was found or decided."""
        if fact not in self.imported.facts:
            self.imported.facts.append(fact)


def _types_fact(types: dict[str, ColumnType]) -> str:
    """`5 columns: 3 integer, 2 text`."""
    words = [TYPE_WORDS[each] for each in types.values()]
    parts = [f"{words.count(word)} {word}" for word in dict.fromkeys(words)]
    return f"{counted(len(words), 'column')}: {', '.join(parts)}"
