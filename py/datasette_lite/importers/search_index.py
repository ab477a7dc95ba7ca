"""Full-text search over columns of a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from datasette_lite.importers.pace import Pace
from datasette_lite.importers.refusals import refused_data
from datasette_lite.importers.sql_names import quoted, quoted_list

#: Rows indexed at a time: about a twentieth of a second's work for rows of some sentences.
STEP_ROWS = 2000


async def make_searchable(
    db: sqlite3.Connection, table: str, columns: list[str], file_name: str, pace: Pace
) -> None:
    """Index the columns with FTS5 and keep the index up to date through triggers.

    db: in a transaction, which this does not end.
    Raises DataError: import-failed.
    """
    if not columns:
        return
    try:
        _declare(db, table, columns)
        for _ in _filled(db, table, columns):
            await pace.rest()
    except sqlite3.OperationalError as error:
        raise refused_data(
            "import-failed",
            file_name,
            f"its columns cannot be made searchable: {error}",
            "Leave fts= out of the link, or name other columns.",
        ) from error


def _declare(db: sqlite3.Connection, table: str, columns: list[str]) -> None:
    # Imported only when needed: it costs a tenth of a second in a browser.
    from sqlite_utils import Database
    from sqlite_utils.db import Table

    class Unfilled(Table):
        """Leaves the index empty: sqlite-utils fills it in one step, however long that is."""

        def populate_fts(self, columns: object) -> Table:
            return self

    database = Database(db, recursive_triggers=False, execute_plugins=False)
    Unfilled(database, table).enable_fts(columns, create_triggers=True)


def _filled(db: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[None]:
    last = "select max(rowid) from (select rowid from {0} where rowid > ? order by rowid limit {1})"
    fill = "insert into {0} (rowid, {1}) select rowid, {1} from {2} where rowid > ? and rowid <= ?"
    names = quoted_list(columns)
    done = -(2**63)
    while True:
        (end,) = db.execute(last.format(quoted(table), STEP_ROWS), (done,)).fetchone()
        if end is None:
            return
        db.execute(fill.format(quoted(f"{table}_fts"), names, quoted(table)), (done, end))
        done = end
        yield
