"""loader/shared/source-url.js: from a page about a file to the file, and to its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MODULE = "shared/source-url.js"
Call = Callable[..., Any]

GIST = "7eacc70cd8b2868be0a18796cec078b9"
REVISION = "c078a9e5a0151331e2e46c04c1ebe7edc9f45e8c"
RAW = "https://raw.githubusercontent.com"
RAW_GIST = "https://gist.githubusercontent.com"

REWRITTEN = {
    "https://github.com/o/r/blob/main/data/a.db": f"{RAW}/o/r/main/data/a.db",
    "https://github.com/o/r/blob/main/a.db?raw=true": f"{RAW}/o/r/main/a.db",
    "https://github.com/o/r/blob/main/a.sql?plain=1#L3-L9": f"{RAW}/o/r/main/a.sql",
    "https://github.com/o/r/blob/main/a.db?raw=true&x=%2F": f"{RAW}/o/r/main/a.db?x=%2F",
    "https://github.com/o/r/raw/main/a.db": f"{RAW}/o/r/main/a.db",
    "https://github.com/o/r/raw/refs/heads/main/a.db": f"{RAW}/o/r/refs/heads/main/a.db",
    "http://www.github.com/o/r/blob/v1%2F2/a%20b+c.db": f"{RAW}/o/r/v1%2F2/a%20b+c.db",
    "https://github.com/o/blob/blob/blob/blob": f"{RAW}/o/blob/blob/blob",
    f"https://gist.github.com/simonw/{GIST}": f"{RAW_GIST}/simonw/{GIST}/raw",
    f"https://gist.github.com/simonw/{GIST}/": f"{RAW_GIST}/simonw/{GIST}/raw",
    f"https://gist.github.com/simonw/{GIST}?x=1#file-a-csv": f"{RAW_GIST}/simonw/{GIST}/raw",
    f"https://gist.github.com/simonw/{GIST}/raw": f"{RAW_GIST}/simonw/{GIST}/raw",
    f"https://gist.github.com/simonw/{GIST}/raw/{REVISION}/a%2Fb.db": (
        f"{RAW_GIST}/simonw/{GIST}/raw/{REVISION}/a%2Fb.db"
    ),
    f"https://gist.github.com/simonw/{GIST}/{REVISION}": (
        f"{RAW_GIST}/simonw/{GIST}/raw/{REVISION}"
    ),
    f"https://gist.github.com/{GIST}": f"{RAW_GIST}/raw/{GIST}",
    f"https://gist.github.com/{GIST}/raw/a.db": f"{RAW_GIST}/raw/{GIST}/a.db",
    "https://gist.github.com/simonw/123456": f"{RAW_GIST}/simonw/123456/raw",
}

UNTOUCHED = [
    "https://example.com/fixtures.db",
    "https://hub.example/datasets/squad/resolve/refs%2Fconvert%2Fparquet/a%20b+c.db?x=%2F#y",
    f"{RAW}/o/r/main/a.db?token=x",
    f"{RAW_GIST}/simonw/{GIST}/raw",
    "https://github.com/o/r",
    "https://github.com/o/r/tree/main/data",
    "https://github.com/o/r/releases/download/v1/a.db",
    "https://github.com.example/o/r/blob/main/a.db",
    "https://example.com/?u=https://github.com/o/r/blob/main/a.db",
    "https://gist.github.com/simonw",
    "https://gist.github.com/",
    "vendor/demo/fixtures.db",
    "data:,https://github.com/o/r/blob/main/a.db",
    "",
]


@pytest.mark.parametrize(("page", "file"), REWRITTEN.items())
def test_page_about_a_file_becomes_the_file(call: Call, page: str, file: str) -> None:
    assert call(MODULE, "fetchableUrl", page) == file


@pytest.mark.parametrize("address", [*UNTOUCHED, *REWRITTEN.values()])
def test_other_address_passes_byte_for_byte(call: Call, address: str) -> None:
    assert call(MODULE, "fetchableUrl", address) == address


FILE_NAMES = {
    "https://example.com/fixtures.db": "fixtures.db",
    "https://example.com/a%20b+c.db?v=1#x": "a b+c.db",
    "https://example.com/a.db?path=/x/y.db": "a.db",
    "https://example.com/o/dir%2Fa.db?alt=media": "a.db",
    "https://example.com/data/": "data",
    "https://example.com/%E2%82%AC%F0%9F%90%A7.sqlite": "€🐧.sqlite",
    "https://example.com/%FF.db": "%FF.db",
    "https://example.com/a/..": "a",
    "https://example.com/%2E%2e": "example.com",
    "https://example.com/": "example.com",
    "https://user@example.com:8001?x=/y.db": "example.com",
    "https://example.com": "example.com",
    "vendor/demo/fixtures.db": "fixtures.db",
    "/fixtures.db?v=1": "fixtures.db",
    "fixtures.db": "fixtures.db",
    "../..": "data",
    "": "data",
    "data:application/octet-stream;base64,U1FM/w==": "data",
    "DATA:,a/b.db": "data",
}


@pytest.mark.parametrize(("url", "name"), FILE_NAMES.items())
def test_file_is_named_by_the_last_part_of_its_path(call: Call, url: str, name: str) -> None:
    assert call(MODULE, "fileNameOf", url) == name


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://github.com/o/r/blob/main/a%2Fb.db", "media/o/r/main/a%2Fb.db"),
        (f"{RAW}/o/r/refs/heads/main/a.db", "media/o/r/refs/heads/main/a.db"),
        ("https://example.com/a.db", None),
    ],
)
def test_data_behind_a_lfs_pointer_has_another_host(
    call: Call, url: str, stored: str | None
) -> None:
    expected = stored and f"https://media.githubusercontent.com/{stored}"
    assert call(MODULE, "lfsUrl", url) == expected
