"""Full-text search over columns of a table."""

from __future__ import annotations

import sqlite3

from datasette_lite.importers.refusals import refused_data


def make_searchable(db: sqlite3.Connection, table: str, columns: list[str], file_name: str) -> None:
    """Index the columns with FTS5 and keep the index up to date through triggers.

    db: in a transaction, which this does not end.
    """
    if not columns:
        return
    # Imported only when needed: it costs a tenth of a second in a browser.
    from sqlite_utils import Database
    from sqlite_utils.db import Table

    database = Database(db, recursive_triggers=False, execute_plugins=False)
    try:
        Table(database, table).enable_fts(columns, create_triggers=True)
    except sqlite3.OperationalError as error:
        raise refused_data(
            "import-failed",
            file_name,
            f"its columns cannot be made searchable: {error}",
            "Leave fts= out of the link, or name other columns.",
        ) from error
