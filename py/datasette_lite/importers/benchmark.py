"""How fast an import is beside sqlite-utils, on the same file and machine.

    figures = compare(megabytes=60)
    print(figures.ratio)

Not used in the browser; `scripts/bench.py` calls it.
"""

from __future__ import annotations

import asyncio
import csv
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from datasette_lite.importers.import_source import Imported, ImportSource
from datasette_lite.importers.import_sources import import_sources

HEADER = [
    "id",
    "code",
    "name",
    "city",
    "latitude",
    "longitude",
    "population",
    "amount",
    "date",
    "notes",
]
WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "café",
]


@dataclass(frozen=True)
class Comparison:
    """Seconds on the clock for one import each.

    ratio: how many times faster ours is.
    """

    megabytes: float
    rows: int
    ours_s: float
    sqlite_utils_s: float

    @property
    def ratio(self) -> float:
        return self.sqlite_utils_s / self.ours_s


def compare(megabytes: int = 60) -> Comparison:
    """Import a made-up CSV file of that size with ours and with `sqlite-utils insert --csv`."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "sample.csv")
        write_sample(path, megabytes)
        started = time.perf_counter()
        rows = import_ours(path, Path(folder, "ours.db"))
        ours_s = time.perf_counter() - started
        started = time.perf_counter()
        _import_theirs(path, Path(folder, "theirs.db"))
        return Comparison(path.stat().st_size / 1e6, rows, ours_s, time.perf_counter() - started)


def import_ours(path: Path, database: Path) -> int:
    """Import a CSV file; return its rows."""
    source = ImportSource("csv", path.name, path.name, str(path))
    (outcome,) = asyncio.run(import_sources(str(database), [source], lambda _: None))
    if not isinstance(outcome, Imported):
        raise outcome
    return outcome.rows


def write_sample(path: Path, megabytes: int) -> None:
    """Write a CSV file of numbers, codes, words and quoted text; always the same one."""
    choose = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        number = 0
        while file.tell() < megabytes * 1_000_000:
            writer.writerows(_row(choose, number + each) for each in range(1000))
            number += 1000


def _row(choose: random.Random, number: int) -> list[object]:
    words = choose.choices(WORDS, k=6)
    return [
        number,
        f"{choose.randrange(100_000):05}",
        " ".join(words[:2]),
        words[2],
        f"{choose.uniform(-90, 90):.5f}",
        f"{choose.uniform(-180, 180):.5f}",
        choose.randrange(10**7) if choose.random() < 0.95 else "",
        f"{choose.uniform(0, 10**4):.2f}",
        f"20{choose.randrange(10, 30)}-{choose.randrange(1, 13):02}-{choose.randrange(1, 29):02}",
        ", ".join(words[2:]),
    ]


def _import_theirs(path: Path, database: Path) -> None:
    # `sqlite-utils` detects types without being told since its version 4.
    command = ["insert", str(database), "sample", str(path), "--csv", "--silent"]
    subprocess.run([sys.executable, "-m", "sqlite_utils", *command], check=True)
