"""SQL scripts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from datasette_lite.importers import sql_scripts
from datasette_lite.importers.import_source import Imported
from datasette_lite.importers.sql_statements import statements_of
from tests.py.importers.importing import Importing

TRIGGER = """create trigger made after insert on t begin
  update t set b = 'end;' where a = new.a; -- not the end;
  delete from t where a is null;
end"""


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", []),
        (" ;; -- nothing;\n/* nor here; */", []),
        ("select 1", ["select 1"]),
        ("select 1; select 2;", ["select 1;", "select 2;"]),
        ("select ';', \";\", `;`, [;];select 2", ["select ';', \";\", `;`, [;];", "select 2"]),
        ("select 'it''s;';select 2", ["select 'it''s;';", "select 2"]),
        ("select 1 -- one;\n;select 2", ["select 1 -- one;\n;", "select 2"]),
        ("-- first\nselect 1;/* second */select 2;", ["select 1;", "select 2;"]),
        (f"{TRIGGER};\nselect 1;", [f"{TRIGGER};", "select 1;"]),
        ("select 'open;", ["select 'open;"]),
        ("insert into t values ('x\ny;');\n", ["insert into t values ('x\ny;');"]),
    ],
)
def test_statements_end_where_sqlite_ends_them(script: str, statements: list[str]) -> None:
    assert [each.sql for each in statements_of(script)] == statements


def test_statements_know_their_lines() -> None:
    script = "-- a\n\nselect 1;\n\nselect\n 2; select 3;\n"
    found = [(each.line, each.keyword) for each in statements_of(script)]
    assert found == [(3, "SELECT"), (5, "SELECT"), (6, "SELECT")]


def test_a_script_makes_tables(importing: Importing) -> None:
    script = f"create table t (a, b);\n{TRIGGER};\ninsert into t values (1, 'x'), (2, 'y');"
    done = importing.load(script, "https://h/demo.sql", "sql")
    assert [(table.name, table.rows) for table in done.tables] == [("t", 2)]
    assert importing.rows("t") == [(1, "end;"), (2, "end;")]


def test_a_dump_of_sqlite_runs(importing: Importing) -> None:
    dump = (Path(__file__).parents[2] / "data" / "import" / "sqlite-dump.sql").read_text()
    importing.load("PRAGMA journal_mode=WAL;\n" + dump + "\nVACUUM;", "dump.sql", "data")
    assert importing.query("select a from v") == [("it's; two\nlines",), ("é",)]
    assert importing.query("select a from f where f match 'words'") == [("words",)]


@pytest.mark.parametrize("end", ["PRAGMA writable_schema=OFF;", ""])
def test_a_dump_with_a_search_index_takes_more_data(importing: Importing, end: str) -> None:
    dump = (Path(__file__).parents[2] / "data" / "import" / "sqlite-dump.sql").read_text()
    script = importing.source(dump.replace("PRAGMA writable_schema=OFF;", end), "dump.sql", "sql")
    rows = importing.source("n\n1\n", "more.csv")
    outcomes = importing.run([script, rows, importing.source("a\nword\n", "f.csv")])
    assert [type(each) for each in outcomes] == [Imported] * 3
    assert importing.rows("more") == [(1,)]
    assert importing.query("select a from f") == [("words",), ("word",)]
    assert importing.query("select a from f where f match 'word'") == [("word",)]


def test_a_dump_of_python_runs(importing: Importing) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(f"create table t (a, b); {TRIGGER}; insert into t values (1, 'é')")
        dump = "\n".join(db.iterdump())
    importing.load(dump, "dump.sql", "sql")
    assert importing.rows("t") == [(1, "end;")]


@pytest.mark.parametrize(
    ("script", "part"),
    [
        (
            "create table t (a);\n\nselect * from u;",
            "statement 2, on line 3, failed: no such table",
        ),
        ("create table t (a);\ninsert into t values (1, 2);", "statement 2, on line 2, failed"),
        ("not sql", 'near "not": syntax error'),
        ("select 'open", "unrecognized token"),
        ("create table t (a); rollback;", "the script undoes itself here"),
        ("-- nothing\n", "there is no SQL in it"),
        ("select ?;", "bindings"),
        ("/**/attach 'other.db' as o;", "can open no other database"),
    ],
)
def test_a_failed_script_leaves_nothing(importing: Importing, script: str, part: str) -> None:
    error = importing.refusal(script, "https://h/demo.sql", "sql")
    assert error.code in ("bad-sql", "no-rows")
    assert part in error.message


def test_a_script_makes_no_other_file(importing: Importing, tmp_path: Path) -> None:
    # It would be among those that the application serves, with scripts in it.
    other = tmp_path / "page.html"
    for opening in (f"attach '{other}' as o", f"explain attach '{other}' as o"):
        importing.run([importing.source(f"{opening}; create table o.t (a);", "demo.sql", "sql")])
    importing.run([importing.source(f"vacuum into '{other}'", "demo.sql", "sql")])
    assert not other.exists()


def test_a_statement_without_end_is_given_up(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_scripts, "MOST_SECONDS", 0.05)
    script = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n;"
    error = importing.refusal(f"create table t (a); {script}", "https://h/demo.sql", "sql")
    assert error.code == "bad-sql"
    assert "its statement 2, on line 1, failed: it did not end within 0.05 seconds" in error.message


def test_csv_fills_a_table_that_a_script_made(importing: Importing) -> None:
    """In any order of the options, as in Datasette Lite."""
    script = (
        "create table people (id integer primary key, Name text not null, code text, age integer);"
        "insert into people values (1, 'Ann', '007', 5);"
    )
    csv = "name,id,code,extra\nBob,2,008,09\nCleo,3,9,10\n"
    filled, made = importing.run(
        [
            importing.source(csv, "https://h/people.csv", "csv"),
            importing.source(script, "https://h/demo.sql", "sql"),
        ]
    )
    assert importing.columns("people")[1:] == [
        ("Name", "TEXT"),
        ("code", "TEXT"),
        ("age", "INTEGER"),
        ("extra", "TEXT"),
    ]
    assert importing.rows("people") == [
        (1, "Ann", "007", 5, None),
        (2, "Bob", "008", None, "09"),
        (3, "Cleo", "9", None, "10"),
    ]
    assert made.tables[0].rows == 1  # type: ignore[union-attr]
    assert filled.tables[0].rows == 2  # type: ignore[union-attr]
    assert "Added to the table people, which a SQL script made" in filled.facts  # type: ignore[union-attr]


def test_a_row_that_the_table_refuses_is_told(importing: Importing) -> None:
    importing.load("create table t (a integer primary key, b text);", "x.sql", "sql")
    importing.load("a,b\n1,x\n", "t.csv")
    error = importing.refusal("a,b\n2,y\n1,z\n", "t.csv")
    assert (error.code, "UNIQUE" in error.message) == ("import-failed", True)
    assert importing.rows("t") == [(1, "x")]


def test_tables_that_a_script_took_the_names_of_stay(importing: Importing) -> None:
    importing.load("create view v as select 1;", "x.sql", "sql")
    assert importing.refusal("a\n1\n", "v.csv").code == "import-failed"
