"""A database with the schema of another and no rows, to ask what its tables are like."""

from __future__ import annotations

import sqlite3


def schema_copy(connection: sqlite3.Connection) -> sqlite3.Connection | None:
    """A database in memory with the same tables; None where one of them cannot be made there.

    To describe a search index, SQLite opens it, which reads pages here and there in a large file;
    those of an empty one are at hand.
    """
    tables: list[tuple[str, int, str | None]] = connection.execute(
        "select name, rootpage, sql from sqlite_master where type = 'table'"
    ).fetchall()
    virtual = [(name, sql) for name, rootpage, sql in tables if not rootpage]
    # A virtual table makes those that it keeps its content in, named after it.
    made_by_them = tuple(f"{name}_" for name, _ in virtual)
    ordinary = [
        (name, sql)
        for name, rootpage, sql in tables
        if rootpage and not name.startswith((*made_by_them, "sqlite_"))
    ]
    copy = sqlite3.connect(":memory:")
    copy.row_factory = sqlite3.Row
    try:
        for _, sql in [*ordinary, *virtual]:
            copy.execute(sql or "")
        _make_indexes(connection, copy)
        if any(name.startswith("sqlite_stat") for name, _, _ in tables):
            copy.execute("analyze sqlite_master")
        made = {row[0] for row in copy.execute("select name from sqlite_master")}
        if made >= {name for name, _, _ in tables}:
            return copy
    except sqlite3.Error:
        pass
    copy.close()
    return None


def _make_indexes(connection: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    for (sql,) in connection.execute(
        "select sql from sqlite_master where type = 'index' and sql is not null"
    ).fetchall():
        copy.execute(sql)
