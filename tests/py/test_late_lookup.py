"""Rewritten statements give what the original ones give, and odd ones are left alone."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from datasette_lite.late_lookup import RowList, row_count

ROWS = 500


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    """A table with indexes and a search index."""
    chance = random.Random(6)
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute('create table items (id integer primary key, "a b" text, kind int, score real)')
        db.execute("create index by_kind on items (kind)")
        db.execute("create virtual table items_fts using fts5 (text)")
        for number in range(1, ROWS + 1):
            row = (number * 3, f"text {number % 7}", chance.randrange(9), chance.random())
            db.execute("insert into items values (?, ?, ?, ?)", row)
            db.execute("insert into items_fts (rowid, text) values (?, ?)", row[:2])
        yield db


STATEMENTS = (
    "select id, [a b], kind from [items] where kind = :p order by id limit 101",
    "select id, score from items where kind = :p order by score desc, id limit 20 offset 5",
    'select "a b" from items where "a b" = :q and kind > :p order by [id] limit 10',
    "select [id] from items where id > :p\norder by id\nlimit 3",
    "select id, kind from items where rowid in"
    " (select rowid from [items_fts] where [items_fts] match :q) order by id limit 101",
    "select id from items where kind = 99 order by id limit 101",
    "select id from items where kind in (select kind from items where score < 0.5 limit 3)"
    " order by id limit 12",
    "select id from items where 'x   order by y' = 'x' || '   order by y' order by id limit 9",
)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_listed_rows_are_those_of_the_statement_in_its_order(
    db: sqlite3.Connection, sql: str
) -> None:
    rows = RowList.parse(sql)
    assert rows
    params = {"p": 4, "q": "text 3" if '"a b" =' in sql else "3"}
    named = {key: params[key] for key in params if f":{key}" in sql}
    ids = [row[0] for row in db.execute(rows.ids(), named)]
    assert db.execute(rows.rows(ids)).fetchall() == db.execute(sql, named).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from items where kind = 1 order by id limit 5",
        "select count(*) from items where kind = 1 order by id limit 5",
        "select id from items where kind = 1 limit 5",
        "select id from items where kind = 1 order by id",
        "select distinct kind from items where kind = 1 order by kind limit 5",
        "select id from items where 1 union select kind from items where 1 order by 1 limit 5",
        "select kind from items where 1 group by kind order by kind limit 5",
        "select i.id from items i join items j where i.id = j.kind order by i.id limit 5",
        "select id from items where kind = 1 order by id limit 5000",
        "select id from items where kind = 1 -- order by id\n order by kind limit 5",
        "select id from items where kind = 1 order by id limit :n",
        "select [a b] from items where kind = 1 order by 1 limit 5",
        "select id, score from items where kind = 1 order by kind desc, 2 limit 5",
    ],
)
def test_statements_of_another_form_are_left_alone(sql: str) -> None:
    assert RowList.parse(sql) is None


def test_search_is_told_from_the_other_conditions() -> None:
    rows = RowList.parse(
        "select id from items where rowid in (select rowid from [items_fts] where [items_fts]"
        " match escape_fts(:search)) and kind = :p0 order by id limit 101"
    )
    assert rows
    assert rows.matches() == (
        "select rowid from [items_fts] where [items_fts] match escape_fts(:search) limit 101"
    )


def test_count_up_to_a_limit_needs_no_content(db: sqlite3.Connection) -> None:
    sql = "select count(*) from (select * from [items] where kind = 4 limit 31)"
    counted = row_count(sql)
    assert counted
    assert counted[1] == 31
    assert db.execute(counted[0]).fetchone() == db.execute(sql).fetchone()


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from items",
        "select count(*) from (select * from (select kind from items) union"
        " select * from (select id from items) limit 2000)",
        "select count(*) from (select * from items group by 3 limit 100)",
        "select count(*) from (select * from items order by 2 limit 100)",
    ],
)
def test_counts_that_need_the_content_are_left_alone(sql: str) -> None:
    assert row_count(sql) is None
