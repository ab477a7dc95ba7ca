"""loader/page: what the launcher makes of a link, and how byte counts read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]
SITE = "https://host.example/x/y/"
DATA = "https://data.example/fixtures.db"


@pytest.mark.parametrize(
    ("text", "kind", "href", "says"),
    [
        (DATA, "database", f"/x/y/?url={DATA}", "Database fixtures.db, from data.example"),
        (f"  {DATA}\n", "database", f"/x/y/?url={DATA}", "Database fixtures.db"),
        ("data.example/fixtures.db", "database", f"/x/y/?url={DATA}", "from data.example"),
        ("https://data.example/export", "database", "/x/y/?url=https://data.example/export", ""),
        (
            "https://hub.example/d%2Fe/a.db?x=1&y=2",
            "database",
            "/x/y/?url=https%3A%2F%2Fhub.example%2Fd%252Fe%2Fa.db%3Fx%3D1%26y%3D2",
            "Database a.db, from hub.example",
        ),
        (
            "github.com/o/r/blob/main/a.db",
            "database",
            "/x/y/?url=https://github.com/o/r/blob/main/a.db",
            "from raw.githubusercontent.com",
        ),
        (
            f"{DATA} https://data.example/b.db",
            "database",
            f"/x/y/?url={DATA}&url=https://data.example/b.db",
            "2 databases",
        ),
        ("http://localhost:8001/a.db", "database", "/x/y/?url=http://localhost:8001/a.db", ""),
        # The data itself, through somebody's proxy: not a Datasette Lite link.
        (
            f"https://proxy.example/?url={DATA}",
            "database",
            "/x/y/?url=https://proxy.example/?url=https://data.example/fixtures.db",
            "",
        ),
        (
            f"https://lite.datasette.io/?url={DATA}#/fixtures/t?_facet=a",
            "old-link",
            f"/x/y/?url={DATA}#/fixtures/t?_facet=a",
            "fixtures.db",
        ),
        (f"{SITE}?url={DATA}", "old-link", f"/x/y/?url={DATA}", "fixtures.db"),
        (f"{SITE}app/fixtures/t?a=1", "app-link", "/x/y/app/fixtures/t?a=1", "this site"),
        (
            "https://other.example/z/app/url=https:~2F~2Fdata.example~2Ffixtures.db/fixtures/t?a=1#b",
            "app-link",
            "/x/y/app/url=https:~2F~2Fdata.example~2Ffixtures.db/fixtures/t?a=1#b",
            "fixtures.db",
        ),
    ],
)
def test_link_leads_to(call: Call, text: str, kind: str, href: str, says: str) -> None:
    found = call("page/link-kind.js", "linkKind", text, SITE)
    assert (found["kind"], found.get("href")) == (kind, href)
    assert says in found["says"]


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("", "empty", ""),
        ("   ", "empty", ""),
        ("h", "unfinished", "not a whole link"),
        ("https:/", "unfinished", "not a whole link"),
        ("https://", "unfinished", "not a whole link"),
        ("https://dat", "unfinished", "not a whole link"),
        ("penguins", "unfinished", "not a whole link"),
        ("https://data.example/penguins.csv", "refused", "CSV"),
        ("https://data.example/p.CSV?v=1", "refused", "CSV"),
        ("https://data.example/p.parquet", "refused", "Parquet"),
        ("http://data.example/a.db", "refused", "https://"),
        ("s3://bucket/a.db", "refused", "s3://"),
        ("ftp://data.example/a.db", "refused", "ftp://"),
        (r"C:\data\a.db", "refused", "on this device"),
        ("/home/me/a.db", "refused", "on this device"),
        ("file:///home/me/a.db", "refused", "on this device"),
        ("https://me:secret@data.example/a.db", "refused", "user name"),
        ("https://lite.datasette.io/?csv=https://data.example/a.csv", "refused", "csv"),
        ("https://other.example/app/ulr=x/t", "refused", "ulr"),
        ("https://exa mple/a.db", "unfinished", "not a whole link"),
    ],
)
def test_link_is_not_opened(call: Call, text: str, kind: str, says: str) -> None:
    found = call("page/link-kind.js", "linkKind", text, SITE)
    assert found["kind"] == kind
    assert says in found.get("says", "")


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (3_140_000, 9_600_000, "3.1 of 9.6 MB"),
        (0, 9_600_000, "0 of 9.6 MB"),
        (9_600_000, 9_600_000, "9.6 MB"),
        (0, 240_000, "0 of 240 kB"),
        (512, None, "512 bytes"),
        (999_950, None, "1.0 MB"),
        (99_940_000, None, "99.9 MB"),
        (250_000_000, 1_300_000_000, "0.3 of 1.3 GB"),
    ],
)
def test_progress_reads(call: Call, done: int, total: int | None, text: str) -> None:
    assert call("page/byte-text.js", "progressText", done, total) == text
