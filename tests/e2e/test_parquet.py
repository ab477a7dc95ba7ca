"""Parquet in the browser, as written by Arrow: every compression, and values of every kind."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from playwright.sync_api import Page

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.sites import SiteHost

COMPRESSIONS = ("none", "snappy", "gzip", "brotli", "zstd", "lz4")

#: A value of each kind, and what is stored of it; lists and structures as JSON text.
VALUES: dict[str, tuple[pa.DataType, object, object]] = {
    "whole": (pa.int32(), -7, -7),
    "big": (pa.int64(), 2**62 + 1, 2**62 + 1),
    "unsigned": (pa.uint32(), 2**32 - 1, 2**32 - 1),
    "real": (pa.float64(), 0.1, 0.1),
    "truth": (pa.bool_(), True, 1),
    "text": (pa.string(), "Málaga \N{GRINNING FACE}", "Málaga \N{GRINNING FACE}"),
    "choice": (pa.dictionary(pa.int8(), pa.string()), "north", "north"),
    "bytes": (pa.binary(), b"\x00\xff", "BLOB"),
    "unannotated": (pa.binary(), "Málaga".encode(), "Málaga"),
    "price": (pa.decimal128(12, 2), Decimal("19.99"), 19.99),
    "day": (pa.date32(), date(2024, 2, 29), "2024-02-29"),
    "moment": (
        pa.timestamp("us", tz="UTC"),
        datetime(2024, 2, 29, 12, 30, 15, 250_000, tzinfo=UTC),
        "2024-02-29T12:30:15.250+00:00",
    ),
    "early moment": (
        pa.timestamp("us", tz="UTC"),
        datetime(1901, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        "1901-01-01T00:00:00.000001+00:00",
    ),
    "exact moment": (pa.timestamp("ns"), 123_456_789, "1970-01-01T00:00:00.123456789"),
    "time": (pa.time64("us"), time(12, 30, 15), "12:30:15"),
    "days": (pa.list_(pa.date32()), [date(2024, 2, 29), None], ["2024-02-29", None]),
    "exact": (pa.float64(), 1.23456789, 1.23456789),
    "list": (pa.list_(pa.int64()), [1, None, 3], [1, None, 3]),
    "lists": (pa.list_(pa.list_(pa.string())), [["a"], []], [["a"], []]),
    "structure": (
        pa.struct([("name", pa.string()), ("tags", pa.list_(pa.string()))]),
        {"name": "x", "tags": ["a", "b"]},
        {"name": "x", "tags": ["a", "b"]},
    ),
    # A field of another column's name, and of another type.
    "inner": (
        pa.struct([("exact", pa.decimal128(5, 1))]),
        {"exact": Decimal("2.5")},
        {"exact": 2.5},
    ),
}


def _file(compression: str) -> bytes:
    """Three rows in two row groups: values, nulls, values."""
    columns = {
        name: pa.array([value, None, value], kind) for name, (kind, value, _) in VALUES.items()
    }
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), file, compression=compression, row_group_size=2)
    return file.getvalue()


def test_every_kind_of_value_in_every_compression(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    links = [data_host.serve(f"/{each}.parquet", _file(each)) for each in COMPRESSIONS]
    query = "&".join(f"parquet={link}" for link in links)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?{query}", tab))
    for compression in COMPRESSIONS:
        rows = app.rows(f"/data/{compression}")
        assert [_found(row) for row in rows] == [
            {name: stored for name, (_, _, stored) in VALUES.items()},
            dict.fromkeys(VALUES),
            {name: stored for name, (_, _, stored) in VALUES.items()},
        ]


def _found(row: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name in VALUES:
        value = row[name]
        if isinstance(value, dict):  # how Datasette's JSON writes bytes
            value = "BLOB" if value.get("encoded") == "AP8=" else value
        elif isinstance(value, str) and value[:1] in "[{":
            value = json.loads(value)
        found[name] = value
    return found
