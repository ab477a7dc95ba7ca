"""Random queries and writes on block files give what native SQLite gives."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.py.pyodide.in_pyodide import in_pyodide

ROWS = 20_000
WORDS = [f"word{number}" for number in range(200)]


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with indexes, one without row ids, a view and a search index: some megabytes."""
    path = tmp_path_factory.mktemp("items") / "items.db"
    chance = random.Random(1)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "create table items (id integer primary key, code text unique, year int, kind int,"
            " name text, body text)"
        )
        db.execute("create table kinds (kind int primary key, label text) without rowid")
        db.executemany("insert into kinds values (?, ?)", [(n, f"kind {n}") for n in range(50)])
        for number in range(1, ROWS + 1):
            body = " ".join(chance.choices(WORDS, k=chance.randrange(5, 40)))
            row = (number, f"c{number * 7919 % 1000003}", 1900 + chance.randrange(120))
            db.execute(
                "insert into items values (?, ?, ?, ?, ?, ?)",
                (*row, chance.randrange(50), f"n{chance.random()}", body),
            )
        db.execute("create index by_year on items (year)")
        db.execute("create index by_kind_name on items (kind, name)")
        db.execute("create view recent as select * from items where year > 2000")
        db.execute("create virtual table items_fts using fts5 (body, content=items)")
        db.execute("insert into items_fts (rowid, body) select id, body from items")
        db.execute("insert into items_fts (items_fts) values ('optimize')")
        db.execute("analyze")
    return path


def random_query(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """One as Datasette's pages or visitors write them, whose order leaves no choice."""
    number, year = chance.randrange(1, ROWS + 1), 1900 + chance.randrange(120)
    columns = "id, code, year, kind, name"
    word = chance.choice(WORDS)
    queries: list[tuple[str, dict[str, Any]]] = [
        ("select * from items where id = :p", {"p": number}),
        ("select * from items where code = :p", {"p": f"c{number * 7919 % 1000003}"}),
        (
            f"select {columns}, body from items where year = :p order by id limit 101",
            {"p": year},
        ),
        (
            f"select {columns} from [items] where kind = :p order by name desc, id limit 51",
            {"p": number % 50},
        ),
        (
            f"select {columns} from items where id > :p order by id limit 101",
            {"p": number},
        ),
        (
            f"select {columns} from items where rowid in (select rowid from items_fts where"
            " items_fts match :q) order by id limit 101",
            {"q": word},
        ),
        (
            "select rowid, highlight(items_fts, 0, '[', ']'), bm25(items_fts) from items_fts"
            " where items_fts match :q order by rowid limit 20",
            {"q": f"{word} {chance.choice(WORDS)}"},
        ),
        (
            "select kinds.label, count(*) from items join kinds on kinds.kind = items.kind"
            " where year = :p group by kinds.label order by kinds.label",
            {"p": year},
        ),
        ("select count(*), sum(kind), max(name) from items where year >= :p", {"p": year}),
        (
            "select count(*) from (select * from [items] where year = :p limit 1001)",
            {"p": year},
        ),
        ("select * from kinds where kind = :p", {"p": number % 50}),
        (
            "select id, name from recent where kind = :p order by id limit 30",
            {"p": number % 50},
        ),
        ("select name, sql from sqlite_master order by name", {}),
    ]
    return chance.choice(queries)


def test_random_queries_agree_with_native_sqlite_while_blocks_are_evicted(
    items: Path, tmp_path: Path
) -> None:
    chance = random.Random(7)
    queries = [random_query(chance) for _ in range(1000)]
    job = {"path": str(items), "queries": queries, "seed": 8, "most_bytes": 2_000_000}
    found = in_pyodide("random_queries", job, tmp_path)
    assert found["faults"] > 1000
    assert found["evicted"] > 10_000
    with closing(sqlite3.connect(items)) as db:
        for (sql, params), answer in zip(queries, found["answers"], strict=True):
            expected = [list(row) for row in db.execute(sql, params)]
            assert answer == expected, (sql, params)


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """A table whose only page is beyond 4 GiB, with nothing on disk before it."""
    path = tmp_path / "far.db"
    page_bytes = 65_536
    page = 2**32 // page_bytes + 10
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"pragma page_size = {page_bytes}")
        db.execute("create table items (id integer primary key, name text)")
        db.executemany("insert into items values (?, ?)", [(1, "near"), (2, "far")])
        db.commit()
        db.execute("pragma writable_schema = on")
        db.execute("update sqlite_master set rootpage = ?", (page,))
        db.commit()
    with path.open("r+b") as file:
        file.seek(page_bytes)
        moved = file.read(page_bytes)
        file.seek(28)
        file.write(page.to_bytes(4, "big"))
        file.seek((page - 1) * page_bytes)
        file.write(moved)
    return path


def test_a_database_of_more_than_4_gib_is_read_in_place(far: Path, tmp_path: Path) -> None:
    assert far.stat().st_size > 2**32
    queries: list[tuple[str, dict[str, Any]]] = [("select id, name from items order by id", {})]
    job = {"path": str(far), "queries": queries, "seed": 1, "most_bytes": 2_000_000}
    found = in_pyodide("random_queries", job, tmp_path)
    assert found["answers"] == [[[1, "near"], [2, "far"]]]


def random_write(chance: random.Random) -> tuple[str, str, Any]:
    """One of the kinds of writes that Datasette knows."""
    number = chance.randrange(1, ROWS + 1)
    row = {"code": f"new{chance.random()}", "name": "n", "body": "b" * 900}
    insert = "insert into items (code, year, kind, name, body) values (:code, 1, 3, :name, :body)"
    update = "update items set name = :n, year = 2 where id = :p"
    add_one = f"update items set kind = kind + 1 where id = {number};"
    return chance.choice(
        [
            ("one", insert, row),
            ("many", insert, [{**row, "code": f"{row['code']}-{n}"} for n in range(40)]),
            ("one", update, {"n": "x" * 300, "p": number}),
            ("one", "delete from items where id between :p and :p + 30", {"p": number}),
            # Refused at its end, after it has changed much.
            ("one", "update items set code = 'same' where id >= :p", {"p": ROWS - number % 300}),
            # Commits in between.
            ("script", add_one * 2, None),
        ]
    )


def test_random_writes_agree_with_native_sqlite_while_blocks_are_evicted(
    items: Path, tmp_path: Path
) -> None:
    chance = random.Random(9)
    writes = [random_write(chance) for _ in range(80)]
    job = {"path": str(items), "writes": writes, "seed": 10, "most_bytes": 500_000}
    found = in_pyodide("random_writes", job, tmp_path)
    refused = 0
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(items.read_bytes())
        for kind, sql, params in writes:
            try:
                with db:
                    if kind == "many":
                        db.executemany(sql, params)
                    elif kind == "script":
                        db.executescript(sql)
                    else:
                        db.execute(sql, params)
            except sqlite3.IntegrityError:
                refused += 1
        expected = [list(row) for row in db.execute("select * from items order by id")]
    assert found["verdict"] == "ok"
    assert found["refused"] == refused > 0
    assert found["rows"] == expected
