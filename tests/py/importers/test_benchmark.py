"""What compares imports with sqlite-utils."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from datasette_lite.importers.benchmark import compare, import_ours, write_sample


def test_the_sample_is_always_the_same(tmp_path: Path) -> None:
    write_sample(tmp_path / "a.csv", 1)
    write_sample(tmp_path / "b.csv", 1)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    rows = import_ours(tmp_path / "a.csv", tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        query = "select count(*), min(length(code)), typeof(max(amount)) from a"
        assert db.execute(query).fetchone() == (rows, 5, "real")


def test_both_import_the_sample() -> None:
    figures = compare(megabytes=1)
    assert figures.rows > 5000
    assert figures.ratio > 0
