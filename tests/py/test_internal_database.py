"""The prepared internal database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from datasette_lite import internal_database
from tests.py.conftest import Run, launch, source, visit


def test_none_is_given_before_one_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal_database, "_prepared", b"")
    assert internal_database.fresh_internal_database() is None


def test_each_datasette_gets_a_copy_of_its_own(
    run: Run, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(internal_database, "_prepared", b"")
    run(internal_database.prepare_internal_database())
    first = run(visit(launch(source(fixtures))))
    second = run(visit(launch(source(fixtures))))
    assert run(first.get("/fixtures/facetable")).status == 200
    assert run(second.get("/fixtures/facetable/1")).status == 200

    paths = [internal_database.fresh_internal_database() for _ in range(2)]
    assert None not in paths
    assert paths[0] != paths[1]
    for path in paths:
        with closing(sqlite3.connect(str(path))) as db:
            assert db.execute("select count(*) from catalog_databases").fetchone() == (0,)
        Path(str(path)).unlink()
