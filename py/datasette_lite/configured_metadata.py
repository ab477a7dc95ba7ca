"""Metadata of a configuration, told apart from what visitors wrote.

Datasette copies a configuration's metadata into its internal database, which is kept once anything
in it was changed here. What the configuration no longer says, or may no longer say as the visitor
took back their consent to its HTML, has to go from there.
"""

from __future__ import annotations

from sqlite3 import Connection

Row = tuple[str | None, ...]

#: Each table of metadata with the columns that say what a value is about.
LEVELS = {
    "metadata_instance": (),
    "metadata_databases": ("database_name",),
    "metadata_resources": ("database_name", "resource_name"),
    "metadata_columns": ("database_name", "resource_name", "column_name"),
}

#: What the configuration said at the last start, in the columns of all levels.
CONFIGURED = """
CREATE TABLE IF NOT EXISTS lite_configured_metadata (
  level TEXT, database_name TEXT, resource_name TEXT, column_name TEXT, key TEXT, value TEXT
)
"""


def forget_configured(connection: Connection) -> set[Row]:
    """Take out what the last start's configuration said; return what is left, the visitors' own."""
    connection.execute(CONFIGURED)
    for table, about in LEVELS.items():
        names = ", ".join((*about, "key", "value"))
        connection.execute(
            f"DELETE FROM {table} WHERE ({names}) IN"
            f" (SELECT {names} FROM lite_configured_metadata WHERE level = ?)",
            (table,),
        )
    connection.execute("DELETE FROM lite_configured_metadata")
    return _all_metadata(connection)


def remember_configured(connection: Connection, before: set[Row]) -> None:
    """Note what came with this start's configuration. before: as `forget_configured` gave it."""
    connection.executemany(
        "INSERT INTO lite_configured_metadata VALUES (?, ?, ?, ?, ?, ?)",
        _all_metadata(connection) - before,
    )


def _all_metadata(connection: Connection) -> set[Row]:
    found: set[Row] = set()
    for table, about in LEVELS.items():
        names = ", ".join(name if name in about else "NULL" for name in LEVELS["metadata_columns"])
        found |= set(connection.execute(f"SELECT '{table}', {names}, key, value FROM {table}"))
    return found
