"""What a statement scans, and how much of that is here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from datasette_lite.scan_progress import progress, scanned_trees

PAGE_BYTES = 1024


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table whose tree has several levels, with rows in their order, and an index."""
    path = tmp_path_factory.mktemp("scan") / "items.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"pragma page_size = {PAGE_BYTES}")
        db.execute("create table items (id integer primary key, kind int, body text)")
        rows = ((n, n % 7, "b" * 3000 if n % 3 else "b") for n in range(1, 20_001))
        db.executemany("insert into items values (?, ?, ?)", rows)
        db.execute("create index by_kind on items (kind)")
    return path


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as db:
        yield db


@pytest.mark.parametrize(
    ("sql", "scanned"),
    [
        ("select count(*) from items where instr(body, 'x')", ["items"]),
        ("select sum(kind) from items", ["by_kind"]),
        ("select * from items order by id desc", ["items"]),
        ("select a.id from items as a join items as b on b.id = a.kind", ["by_kind"]),
        ("select * from items where id = :id", []),
        ("select * from items where kind = :id", []),
    ],
)
def test_trees_that_are_scanned(db: sqlite3.Connection, sql: str, scanned: list[str]) -> None:
    roots = dict(db.execute("select rootpage, name from sqlite_master"))
    params = {"id": 3} if ":id" in sql else None
    assert [roots[each] for each in scanned_trees(db, sql, params)] == scanned


def test_progress_is_the_share_of_pages_that_are_here(db: sqlite3.Connection, path: Path) -> None:
    content = path.read_bytes()
    (root,) = db.execute("select rootpage from sqlite_master where name = 'items'").fetchone()
    index_at = db.execute("select rootpage from sqlite_master where name = 'by_kind'").fetchone()[0]

    def read(number: int, end: int) -> bytes | None:
        page = content[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]
        return page if number < end or number == root else None

    assert progress(lambda number: read(number, len(content)), root) == 1
    half = progress(lambda number: read(number, index_at // 2), root)
    assert 0.4 < half < 0.6
    assert progress(lambda number: None, root) == 0
