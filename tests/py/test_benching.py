"""What the comparison of imports is made of; the browser's part runs in scripts/bench.py."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from benching.imports import HERE, Cost, ImportCosts, imports_table, run_measured
from benching.samples import HEADER, write_sample


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_samples_are_always_the_same_and_of_the_size(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    rows = write_sample(tmp_path / name, 0.5)
    write_sample(other / name, 0.5)
    content = (tmp_path / name).read_bytes()
    assert (other / name).read_bytes() == content
    assert 500_000 <= len(content) < 900_000
    text = content.decode()
    read = json.loads(text) if name.endswith("json") else list(csv.DictReader(text.splitlines()))
    assert len(read) == rows
    assert list(read[0]) == HEADER


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_our_import_is_measured(tmp_path: Path, kind: str) -> None:
    rows = write_sample(tmp_path / f"a.{kind}", 0)
    file = tmp_path / f"a.{kind}"
    cost = run_measured([HERE / "import_natively.py", kind, file, tmp_path / "a.db"])
    assert cost.seconds > 0
    assert 5_000_000 < cost.peak_bytes < 2_000_000_000
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        query = "select count(*), min(length(code)), typeof(max(amount)) from a"
        assert db.execute(query).fetchone() == (rows, 5, "real")


def test_memory_is_that_of_the_program_alone(tmp_path: Path) -> None:
    ballast = bytearray(150_000_000)
    (tmp_path / "small.py").write_text("pass")
    (tmp_path / "large.py").write_text("bytearray(200_000_000)")
    small, large = (run_measured([tmp_path / f"{name}.py"]) for name in ("small", "large"))
    assert small.peak_bytes < len(ballast) < 200_000_000 < large.peak_bytes


def test_a_program_that_fails_is_no_measurement(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("raise SystemExit(3)")
    with pytest.raises(subprocess.CalledProcessError):
        run_measured([tmp_path / "bad.py"])


def test_the_table_compares_with_sqlite_utils() -> None:
    costs = ImportCosts("csv", 10_000_000, 7, Cost(6, 30_000_000), Cost(1, 10**7), Cost(4, 10**8))
    first = imports_table([costs]).splitlines()[2]
    assert first == "| CSV, in the browser | 10 MB | 7 | 6.0 | 1.50 | 30 MB | 3.0 |"
