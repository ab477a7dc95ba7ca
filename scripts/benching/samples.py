"""Made-up files to import: numbers, codes, words and quoted text; always the same ones."""

import csv
import json
import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

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

#: Rows written between two looks at the size of a file.
ROWS = 1000

Row = list[int | float | str | None]


def write_sample(path: Path, megabytes: float) -> int:
    """Write a file of about that size, CSV or JSON by its ending; return its rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        batches = _batches()
        rows = 0
        if path.suffix == ".csv":
            writer = csv.writer(file)
            writer.writerow(HEADER)
            while rows == 0 or file.tell() < megabytes * 1_000_000:
                batch = next(batches)
                writer.writerows(batch)
                rows += len(batch)
        else:
            while rows == 0 or file.tell() < megabytes * 1_000_000:
                objects = (dict(zip(HEADER, row, strict=True)) for row in next(batches))
                lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
                file.write(("[" if rows == 0 else ",\n") + lines)
                rows += ROWS
            file.write("]\n")
    return rows


def _batches() -> Iterator[list[Row]]:
    choose = random.Random(1)
    for start in count(step=ROWS):
        yield [_row(choose, start + each) for each in range(ROWS)]


def _row(choose: random.Random, number: int) -> Row:
    words = choose.choices(WORDS, k=6)
    return [
        number,
        f"{choose.randrange(100_000):05}",
        " ".join(words[:2]),
        words[2],
        round(choose.uniform(-90, 90), 5),
        round(choose.uniform(-180, 180), 5),
        choose.randrange(10**7) if choose.random() < 0.95 else None,
        round(choose.uniform(0, 10**4), 2),
        f"20{choose.randrange(10, 30)}-{choose.randrange(1, 13):02}-{choose.randrange(1, 29):02}",
        ", ".join(words[2:]),
    ]
