"""No SQL makes or opens another file than its database's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.database import Database

from datasette_lite import plan_datasette
from datasette_lite.attaching import attach_no_file
from datasette_lite.plan_datasette import PlanDatasette
from tests.py.conftest import Run
from tests.py.memory_storage import MemoryStorage


def opening(other: Path) -> tuple[str, ...]:
    return (
        f"attach '{other}' as other",
        f"attach 'file:{other}?mode=rwc' as other",
        f"attach '{other.parent}' || '/{other.name}' as other",
        f"vacuum into '{other}'",
        f"vacuum into '{other.parent}' || '/{other.name}'",
    )


@pytest.fixture
def datasette(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlanDatasette:
    """With a stored database `made`, and `_memory`."""
    monkeypatch.setattr(plan_datasette, "INTERNAL_PATH", str(tmp_path / "internal.db"))
    other = tmp_path / "page.html"
    queries = {f"q{n}": {"sql": sql} for n, sql in enumerate(opening(other))}
    config = {"databases": {name: {"queries": queries} for name in ("made", "_memory")}}
    path = tmp_path / "made.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table t (x)")

    async def made() -> PlanDatasette:
        datasette = PlanDatasette(
            MemoryStorage(), config=config, memory=True, settings={"num_sql_threads": 0}
        )
        datasette.add_database(Database(datasette, path=str(path)))
        await datasette.invoke_startup()
        return datasette

    return run(made())


@pytest.mark.parametrize("database", ["made", "_memory"])
def test_neither_a_query_nor_a_write_makes_a_file(
    datasette: PlanDatasette, run: Run, tmp_path: Path, database: str
) -> None:
    other = tmp_path / "page.html"
    writing = datasette.get_database(database)

    async def all_ways() -> None:
        for number, sql in enumerate(opening(other)):
            await datasette.client.get(f"/{database}/q{number}")
            for ask in (writing.execute, writing.execute_write):
                with pytest.raises(sqlite3.DatabaseError):
                    await ask(sql)
            isolated = writing.execute_isolated_fn
            if database == "made":
                with pytest.raises(sqlite3.DatabaseError):
                    await isolated(lambda connection, sql=sql: connection.execute(sql))

    run(all_ways())
    assert not other.exists()


def test_a_database_can_be_vacuumed(datasette: PlanDatasette, run: Run) -> None:
    def vacuum(connection: Any) -> None:
        connection.execute("vacuum")

    run(datasette.get_database("made").execute_write_fn(vacuum, transaction=False))


def test_what_a_guard_refuses_is_done_without_it(tmp_path: Path) -> None:
    other = tmp_path / "page.html"
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        for sql in opening(other):
            db.execute(sql)
            assert other.exists() or "attach" in sql
            other.unlink(missing_ok=True)
            if "attach" in sql:
                db.execute("detach other")
        attach_no_file(db)
        for sql in opening(other):
            with pytest.raises(sqlite3.DatabaseError):
                db.execute(sql)
