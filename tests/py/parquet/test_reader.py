"""What the site's reader gives is what is in the file, to the last digit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from building.environment import NODE
from datasette_lite.importers.cells import rows_of_columns
from datasette_lite.importers.parquet_rows import ParquetBatch, values_of

READ = Path(__file__).parent / "read.mjs"

NOON = datetime(2024, 2, 29, 12, 0, 0)


def batches_of(file: Path) -> list[ParquetBatch]:
    command: list[str | Path] = [NODE, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", READ, file]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-3000:]
    # JSON has U+2028 as it is, which would end a line for str.splitlines().
    return [ParquetBatch(**json.loads(line)) for line in done.stdout.split("\n") if line]


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The rows as they are stored."""
    rows = []
    for batch in batches_of(file):
        names = [column["name"] for column in json.loads(batch.columns)]
        rows += [dict(zip(names, row, strict=True)) for row in rows_of_columns(values_of(batch))]
    return rows


#: Type, value, and what is stored of it.
CASES: list[tuple[pa.DataType, object, object]] = [
    (pa.time32("s"), time(23, 59, 59), "23:59:59"),
    (pa.time32("ms"), time(0, 0, 0, 7_000), "00:00:00.007"),
    (pa.time64("us"), time(12, 30, 0, 1), "12:30:00.000001"),
    (pa.time64("ns"), 1, "00:00:00.000000001"),
    (pa.date32(), date(2024, 2, 29), "2024-02-29"),
    (pa.date32(), date(1, 1, 1), "0001-01-01"),
    (pa.decimal128(12, 2), Decimal("19.99"), 19.99),
    (pa.decimal128(12, 2), Decimal("-0.07"), -0.07),
    (pa.decimal32(7, 3), Decimal("1.005"), 1.005),
    (pa.decimal64(15, 3), Decimal("123456789012.345"), 123456789012.345),
    (pa.decimal128(12, 0), Decimal(120), 120),
    (pa.decimal128(38, 0), Decimal(2**62 + 1), 2**62 + 1),
    (pa.decimal128(38, 0), Decimal(10**37), str(10**37)),
    (pa.decimal128(38, 10), Decimal("120"), 120),
    (pa.decimal128(38, 10), Decimal("0.1"), 0.1),
    (pa.decimal128(38, 10), Decimal("12345678901234567.8"), "12345678901234567.8"),
    (pa.decimal128(38, 10), Decimal("-12345678901234567.80"), "-12345678901234567.8"),
    (pa.decimal128(38, 38), Decimal("0." + "1" * 38), "0." + "1" * 38),
    (pa.decimal256(70, 2), Decimal("9" * 60 + ".25"), "9" * 60 + ".25"),
    (pa.float64(), 1.0, 1.0),
    (pa.float64(), 1e20, 1e20),
    (pa.float64(), float("nan"), None),
    (pa.float64(), float("inf"), None),
    (pa.float16(), 0.5, 0.5),
    (pa.uint64(), 2**64 - 1, str(2**64 - 1)),
    (pa.int64(), -(2**63), -(2**63)),
    (pa.binary(3), b"\x00\xff\x01", b"\x00\xff\x01"),
    (pa.json_(), '{"a": 12345678901234567890}', '{"a": 12345678901234567890}'),
    (pa.uuid(), b"\x12\x34\x56\x78" * 4, "12345678-1234-5678-1234-567812345678"),
    (pa.list_(pa.int64()), [2**53 + 1, None], "[9007199254740993, null]"),
    (pa.list_(pa.time32("s")), [time(1, 2, 3), None], '["01:02:03", null]'),
    (pa.list_(pa.list_(pa.decimal128(4, 2))), [[Decimal("1.10")], []], "[[1.1], []]"),
    (pa.string(), 'a\0"\u2028\n', 'a\0"\u2028\n'),
    (pa.list_(pa.string()), ['a", "b', "é\n"], r'["a\", \"b", "é\n"]'),
    (pa.list_(pa.binary()), [b"\xff"], '[{"$base64": true, "encoded": "/w=="}]'),
    (pa.map_(pa.string(), pa.date32()), [("x", date(2024, 1, 1))], '{"x": "2024-01-01"}'),
    (pa.map_(pa.date32(), pa.int64()), [(date(2024, 1, 1), 5)], '{"2024-01-01": 5}'),
    (
        pa.struct([("at", pa.timestamp("us")), ("parts", pa.list_(pa.date32()))]),
        {"at": NOON, "parts": None},
        '{"at": "2024-02-29T12:00:00", "parts": null}',
    ),
    (
        pa.list_(pa.struct([("at", pa.timestamp("ms", tz="UTC"))])),
        [{"at": NOON.replace(tzinfo=UTC)}],
        '[{"at": "2024-02-29T12:00:00+00:00"}]',
    ),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Three rows: nulls, the values of CASES by their places, and nulls."""
    columns = {
        str(place): pa.array([None, value, None], kind)
        for place, (kind, value, _) in enumerate(CASES)
    }
    file = tmp_path_factory.mktemp("parquet") / "values.parquet"
    pa.parquet.write_table(pa.table(columns), file)
    return rows_of(file)


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: str(CASES[place][0]))
def test_a_value_loses_nothing(found: list[dict[str, Any]], place: int) -> None:
    before, value, after = [row[str(place)] for row in found]
    expected = CASES[place][2]
    assert value == expected
    assert type(value) is type(expected)
    assert (before, after) == (None, None)


#: Unit, count since 1970, and text without a zone.
MOMENTS: list[tuple[Any, int, str]] = [
    ("s", 1_709_208_000, "2024-02-29T12:00:00"),
    ("ms", 1_709_208_000_250, "2024-02-29T12:00:00.250"),
    ("us", 1_709_208_000_000_001, "2024-02-29T12:00:00.000001"),
    ("ns", 1_709_208_000_000_000_001, "2024-02-29T12:00:00.000000001"),
    ("us", -1, "1969-12-31T23:59:59.999999"),
    ("ns", -1, "1969-12-31T23:59:59.999999999"),
    ("ns", -(2**63) + 1, "1677-09-21T00:12:43.145224193"),
]


def test_a_moment_is_in_utc_only_where_the_file_says_so(tmp_path: Path) -> None:
    columns = {}
    for place, (unit, count, _) in enumerate(MOMENTS):
        columns[f"{place} plain"] = pa.array([count], pa.timestamp(unit))
        columns[f"{place} zoned"] = pa.array([count], pa.timestamp(unit, tz="Europe/Malta"))
    file = tmp_path / "moments.parquet"
    pa.parquet.write_table(pa.table(columns), file)
    [row] = rows_of(file)
    for place, (_, _, text) in enumerate(MOMENTS):
        assert row[f"{place} plain"] == text
        assert row[f"{place} zoned"] == text + "+00:00"


def test_text_of_moments_sorts_as_they_do(tmp_path: Path) -> None:
    counts = [0, 1, 999, 1_000, 1_001, 250_000, 999_999, 1_000_000, 60_000_001]
    for kind in (pa.timestamp("us"), pa.timestamp("us", tz="UTC")):
        file = tmp_path / "moments.parquet"
        pa.parquet.write_table(pa.table({"at": pa.array(counts, kind)}), file)
        texts = [row["at"] for row in rows_of(file)]
        assert texts == sorted(texts)


def test_old_timestamps_are_read(tmp_path: Path) -> None:
    file = tmp_path / "int96.parquet"
    table = pa.table({"at": pa.array([NOON], pa.timestamp("us"))})
    pa.parquet.write_table(table, file, use_deprecated_int96_timestamps=True)
    assert rows_of(file) == [{"at": "2024-02-29T12:00:00"}]


@pytest.mark.parametrize("page_version", ["1.0", "2.0"])
@pytest.mark.parametrize("with_index", [False, True])
def test_a_large_row_group_is_read_in_slices(
    tmp_path: Path, page_version: Any, with_index: bool
) -> None:
    count = 60_000
    table = pa.table(
        {
            "id": list(range(count)),
            "text": [f"{number:0300}" for number in range(count)],
            "some": [number / 3 if number % 7 else None for number in range(count)],
            "kind": pa.array(["abc"[number % 3] for number in range(count)]).dictionary_encode(),
            "list": [[number] * (number % 3) for number in range(count)],
        }
    )
    file = tmp_path / "large.parquet"
    pa.parquet.write_table(
        table,
        file,
        row_group_size=50_000,
        data_page_version=page_version,
        write_page_index=with_index,
    )
    rows = rows_of(file)
    for row in rows:
        row["list"] = json.loads(row["list"])
    assert rows == table.to_pylist()


def test_files_are_read_by_name_of_their_columns(tmp_path: Path) -> None:
    table: Mapping[str, list[int]] = {"a.b": [1], "a": [2], "list.element": [3]}
    file = tmp_path / "names.parquet"
    pa.parquet.write_table(pa.table(table), file)
    assert rows_of(file) == [{"a.b": 1, "a": 2, "list.element": 3}]


def test_columns_of_the_same_name_are_kept_apart(tmp_path: Path) -> None:
    columns = [pa.array([1, 2]), pa.array(["x", "y"]), pa.array([[1], [2, 3]]), pa.array(["z", ""])]
    file = tmp_path / "same.parquet"
    table = pa.Table.from_arrays(columns, names=["a", "a", "b", "b"])
    pa.parquet.write_table(table, file)
    rows = [list(row) for batch in batches_of(file) for row in zip(*values_of(batch), strict=True)]
    assert rows == [[1, "x", "[1]", "z"], [2, "y", "[2, 3]", ""]]


def test_a_file_with_fewer_rows_than_it_says_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lies.parquet"
    pa.parquet.write_table(pa.table({"a": list(range(100))}), file, write_statistics=False)
    content = file.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    # Thrift writes 100 as the variable length integer of 200.
    assert b"\xc8\x01" in content[footer:]
    file.write_bytes(content[:footer] + content[footer:].replace(b"\xc8\x01", b"\xca\x01"))
    with pytest.raises(AssertionError, match="values in 101 rows"):
        batches_of(file)
