"""A copy of a schema describes its tables as the original does."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from datasette.utils import table_column_details

from datasette_lite.schema_copy import schema_copy


def test_copy_describes_tables_as_the_original_does() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.row_factory = sqlite3.Row
        db.executescript(
            """
            create table kinds (id integer primary key autoincrement, label text not null);
            create table "odd ""name" (a int references kinds, b text default 'x',
                c generated always as (a + 1), primary key (a, b)) without rowid;
            create table things (id integer primary key, kind int references kinds (id), text);
            create unique index things_kind on things (kind, lower(text)) where kind > 0;
            create virtual table things_fts using fts5 (text, content="things");
            create virtual table words using fts5vocab (things_fts, row);
            create virtual table old_fts using fts4 (text);
            create virtual table areas using rtree (id, x0, x1);
            insert into things values (1, 1, 'text');
            insert into things_fts (things_fts) values ('rebuild');
            analyze;
            """
        )
        for _ in range(2):
            copy = schema_copy(db)
            assert copy
            with closing(copy):
                for (name,) in db.execute("select name from sqlite_master where type = 'table'"):
                    assert _described(copy, name) == _described(db, name)
            # Changes the order of tables: virtual ones come last.
            db.execute("vacuum")


def test_schema_that_needs_what_is_not_there_has_no_copy() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("pragma writable_schema = on")
        db.execute(
            "insert into sqlite_master values"
            " ('table', 't', 't', 0, 'create virtual table t using unknown_module')"
        )
        assert schema_copy(db) is None


def _described(db: sqlite3.Connection, table: str) -> list[object]:
    quoted = table.replace('"', '""')
    pragmas = ("foreign_key_list", "index_list")
    return [
        table_column_details(db, table),
        *([tuple(row) for row in db.execute(f'pragma {each}("{quoted}")')] for each in pragmas),
    ]
