"""Rows that JavaScript reads from Parquet files."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Collection
from typing import Any

import pytest

from datasette_lite.importers import table_load
from datasette_lite.importers.import_source import Imported
from datasette_lite.importers.import_sources import Outcome
from datasette_lite.importers.parquet_rows import ParquetBatch, values_of
from tests.py.importers.importing import Importing

FILE = b"PAR1" + bytes(96)


def batch_of(
    rows: list[dict[str, Any]], done: int = 1, total: int = 1, reals: Collection[str] = ()
) -> ParquetBatch:
    columns = [{"name": name, "isReal": name in reals} for name in rows[0]]
    values = [json.dumps([row[name] for row in rows]) for name in rows[0]]
    return ParquetBatch(json.dumps(columns), values, done, total)


def imported(importing: Importing, *batches: list[dict[str, Any]], fail: bool = False) -> Outcome:

    async def reader(path: str) -> AsyncIterator[ParquetBatch]:
        with open(path, "rb") as file:
            assert file.read() == FILE
        for number, rows in enumerate(batches, 1):
            await asyncio.sleep(0)
            yield batch_of(rows, number, len(batches))
        if fail:
            raise OSError("JsException: parquet file invalid")

    source = importing.source(FILE, "https://h/data.parquet", "parquet")
    return importing.run([source], reader)[0]


def test_rows_come_in_batches(importing: Importing) -> None:
    done = imported(importing, [{"a": 1, "b": "x"}], [{"a": 2, "b": None}])
    assert isinstance(done, Imported)
    assert done.rows == 2
    assert importing.columns() == [("a", "INTEGER"), ("b", "TEXT")]
    assert importing.rows() == [(1, "x"), (2, None)]


def test_what_json_lacks_comes_through() -> None:
    row = {"a": {"$int": "9007199254740993"}, "b": {"$bytes": "AP8="}, "c": {"x": 1}}
    assert values_of(batch_of([row])) == [[9007199254740993], [b"\0\xff"], [{"x": 1}]]


def test_whole_floating_point_numbers_stay_what_they_are() -> None:
    batch = batch_of([{"a": 1, "b": 1}, {"a": 10**20, "b": None}], reals={"a"})
    values = values_of(batch)
    assert values == [[1.0, 1e20], [1, None]]
    assert [type(value) for value in values[0]] == [float, float]


def test_values_are_stored_as_sqlite_can(importing: Importing) -> None:
    row = {
        "whole": {"$int": str(2**53 + 1)},
        "huge": {"$int": str(2**64)},
        "blob": {"$bytes": "AP8="},
        "list": [1, {"b": None}, {"$bytes": "AP8="}],
        "day": "2024-02-29T00:00:00.000Z",
        "price": 19.99,
        "yes": True,
    }
    imported(importing, [row])
    types = [declared for _, declared in importing.columns()]
    assert types == ["INTEGER", "TEXT", "BLOB", "TEXT", "TEXT", "REAL", "INTEGER"]
    assert importing.rows() == [
        (
            2**53 + 1,
            str(2**64),
            b"\0\xff",
            '[1, {"b": null}, {"$base64": true, "encoded": "AP8="}]',
            "2024-02-29T00:00:00.000Z",
            19.99,
            1,
        )
    ]


def test_it_is_read_again_when_a_late_value_is_wider(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_load, "SAMPLE_ROWS", 1)
    imported(importing, [{"a": 1}], [{"a": 2}], [{"a": 0.5}], [{"a": 3}])
    assert importing.columns() == [("a", "REAL")]
    assert importing.rows() == [(1.0,), (2.0,), (0.5,), (3.0,)]


def test_a_reader_that_fails_leaves_nothing(importing: Importing) -> None:
    error = imported(importing, [{"a": 1}], fail=True)
    assert not isinstance(error, Imported)
    assert error.code == "bad-parquet"
    assert "parquet file invalid" in error.detail
    assert importing.tables() == {}


def test_without_a_reader_it_says_so(importing: Importing) -> None:
    assert importing.refusal(FILE, "https://h/data.parquet", "parquet").code == "runtime-missing"


def test_a_packed_file_is_unpacked_for_the_reader(importing: Importing) -> None:
    async def reader(path: str) -> AsyncIterator[ParquetBatch]:
        with open(path, "rb") as file:
            assert file.read() == FILE
        yield batch_of([{"a": 1}])

    source = importing.source(gzip.compress(FILE), "https://h/data.parquet.gz", "data")
    importing.run([source], reader)
    assert importing.rows() == [(1,)]
    assert {each.name for each in importing.folder.iterdir()} == {"data.db", "download-1"}


def test_a_file_without_rows_gives_its_columns(importing: Importing) -> None:
    async def reader(path: str) -> AsyncIterator[ParquetBatch]:
        columns = [{"name": name, "isReal": False} for name in ("a", "b")]
        yield ParquetBatch(json.dumps(columns), ["[]", "[]"], 0, 0)

    importing.run([importing.source(FILE, "https://h/data.parquet", "parquet")], reader)
    assert importing.columns() == [("a", "TEXT"), ("b", "TEXT")]
    assert importing.rows() == []
