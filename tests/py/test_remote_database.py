"""A page is of one version of a database that stays at its host."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

from datasette_lite.byte_budget import budget_of
from datasette_lite.errors import DownloadError
from datasette_lite.late_lookup import RowList
from datasette_lite.remote_database import RemoteDatabase
from tests.py.memory_storage import MemoryFile


class Replaceable(MemoryFile):
    """A file with versions, all of it at hand; a `datasette_lite.storage.RemoteFile`."""

    fetched = requests = 0
    replaced_at = None
    is_write_ahead = False

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.version = ""
        self.is_proven = True
        self.proofs = 0

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    async def prove(self) -> None:
        self.proofs += 1

    def replace(self, version: str) -> None:
        """Have another file, whose one row says its version."""
        self.path.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.path)) as db, db:
            db.execute("create table t (value text)")
            db.execute("insert into t values (?)", [version])
        self.version = version


@pytest.fixture
def file(tmp_path: Path) -> Replaceable:
    """The first version."""
    file = Replaceable(tmp_path / "items.db")
    file.replace("first")
    return file


@pytest.fixture
def database(file: Replaceable) -> RemoteDatabase:
    """Datasette's database of that file."""
    datasette = Datasette([], settings={"num_sql_threads": 0})
    database = RemoteDatabase(datasette, str(file.path), file)
    datasette.add_database(database, name="items")
    return database


async def _value(database: RemoteDatabase) -> Any:
    return (await database.execute("select value from t")).first()[0]


def test_page_that_began_with_another_version_is_given_up(
    file: Replaceable, database: RemoteDatabase
) -> None:
    async def page() -> None:
        with budget_of(1_000_000, is_remote=True):
            assert await _value(database) == "first"
            file.replace("second")
            with pytest.raises(DownloadError, match="was replaced at its host"):
                await _value(database)

    asyncio.run(page())


def test_connections_to_the_version_before_are_not_used_again(
    file: Replaceable, database: RemoteDatabase
) -> None:
    async def pages() -> None:
        assert await _value(database) == "first"
        file.replace("second")
        assert await _value(database) == "second"

    asyncio.run(pages())


def test_rows_are_given_out_when_all_blocks_are_known_to_be_of_one_version(
    file: Replaceable, database: RemoteDatabase
) -> None:
    asyncio.run(_value(database))
    assert file.proofs == 0
    file.is_proven = False
    asyncio.run(_value(database))
    assert file.proofs == 1


def test_ids_of_rows_are_of_the_version_that_the_rows_are_of(
    file: Replaceable, database: RemoteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_rows = database._fetch_rows

    async def fetch_while_replaced(rows: RowList, ids: Sequence[int], levels: int = 8) -> None:
        await fetch_rows(rows, ids, levels)
        if list(ids) == [1] and file.version == "first":
            file.replace("second")
            with closing(sqlite3.connect(file.path)) as db, db:
                db.execute("update t set _rowid_ = 2")

    monkeypatch.setattr(database, "_fetch_rows", fetch_while_replaced)

    async def listed() -> list[tuple[str]]:
        found = await database.execute(
            "select value from t where value > '' order by value limit 9"
        )
        return [tuple(row) for row in found.rows]

    assert asyncio.run(listed()) == [("second",)]
    assert file.version == "second"
