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

HUB = "https://huggingface.co"
DROPBOX = "https://dl.dropboxusercontent.com"
SHEETS = "https://docs.google.com/spreadsheets"
SHEET = "1wZhPLMCHKJvwOkP4juclhjFgqIY8fQFMemwKL2c64vk"
EXPORT = f"{SHEETS}/d/{SHEET}/export?format=csv&id={SHEET}"
PUBLISHED = f"{SHEETS}/d/e/2PACX-1vT4MST1klxw_-s"
GITLAB = "https://gitlab.com/api/v4/projects"
CODEBERG = "https://codeberg.org/api/v1/repos"

REWRITTEN |= {
    f"{HUB}/datasets/o/n/blob/main/x/a.csv": f"{HUB}/datasets/o/n/resolve/main/x/a.csv",
    f"{HUB}/datasets/squad/blob/refs%2Fconvert%2Fparquet/a%20b+c.parquet?x=%2F#L1": (
        f"{HUB}/datasets/squad/resolve/refs%2Fconvert%2Fparquet/a%20b+c.parquet?x=%2F"
    ),
    "https://hf.co/o/n/blob/main/blob/a.db": f"{HUB}/o/n/resolve/main/blob/a.db",
    f"{HUB}/gpt2/blob/main/a.db": f"{HUB}/gpt2/resolve/main/a.db",
    f"{HUB}/spaces/o/n/blob/main/a.csv": f"{HUB}/spaces/o/n/resolve/main/a.csv",
    "https://www.dropbox.com/scl/fi/9tcra/a%20b.csv?rlkey=o03&st=x&dl=0": (
        f"{DROPBOX}/scl/fi/9tcra/a%20b.csv?rlkey=o03&st=x"
    ),
    "https://www.dropbox.com/s/4ef30/a.db?dl=1": f"{DROPBOX}/s/4ef30/a.db",
    "https://dropbox.com/s/4ef30/a.db?raw=1": f"{DROPBOX}/s/4ef30/a.db",
    "https://dl.dropbox.com/s/4ef30/a.db": f"{DROPBOX}/s/4ef30/a.db",
    f"{SHEETS}/d/{SHEET}/edit?gid=0#gid=7": f"{EXPORT}&gid=7",
    f"{SHEETS}/d/{SHEET}/edit#range=A1&gid=7": f"{EXPORT}&gid=7",
    f"{SHEETS}/d/{SHEET}/view?usp=sharing&gid=3": f"{EXPORT}&gid=3",
    f"{SHEETS}/d/{SHEET}/edit?usp=sharing": EXPORT,
    f"{SHEETS}/d/{SHEET}": EXPORT,
    f"{SHEETS}/d/{SHEET}/": EXPORT,
    f"{SHEETS}/u/1/d/{SHEET}/htmlview": EXPORT,
    f"https://docs.google.com/a/h.example/spreadsheets/d/{SHEET}/preview": EXPORT,
    f"{PUBLISHED}/pubhtml?gid=7&single=true": f"{PUBLISHED}/pub?output=csv&gid=7&single=true",
    f"{PUBLISHED}/pubhtml": f"{PUBLISHED}/pub?output=csv",
    f"{PUBLISHED}/pub?output=html": f"{PUBLISHED}/pub?output=csv",
    "https://gitlab.com/g/s/r/-/blob/main/x%20y/a+b.csv?ref_type=heads#L1": (
        f"{GITLAB}/g%2Fs%2Fr/repository/files/x%20y%2Fa+b.csv/raw?ref=main"
    ),
    "https://gitlab.com/g/r/-/raw/v1+2/a.db": (
        f"{GITLAB}/g%2Fr/repository/files/a.db/raw?ref=v1%2B2"
    ),
    "https://codeberg.org/o/r/src/branch/main/x%20y/a.csv": (
        f"{CODEBERG}/o/r/raw/x%20y/a.csv?ref=main"
    ),
    "https://codeberg.org/o/r/raw/commit/1f00/a.csv": f"{CODEBERG}/o/r/raw/a.csv?ref=1f00",
    "https://bitbucket.org/o/r/src/main/x/a.csv?at=b": "https://bitbucket.org/o/r/raw/main/x/a.csv",
    "https://zenodo.org/records/13/files/a%20b.csv?download=1": (
        "https://zenodo.org/api/records/13/files/a%20b.csv/content"
    ),
    "https://zenodo.org/record/13/files/a.csv": "https://zenodo.org/api/records/13/files/a.csv/content",
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
    f"{HUB}/datasets/o/n/resolve/refs%2Fconvert%2Fparquet/a.parquet?download=true#x",
    f"{HUB}/datasets/o/n/tree/main/data",
    f"{HUB}/o/n/raw/main/a.csv",
    "https://www.dropbox.com/scl/fo/9tcra/h?rlkey=o03&dl=0",
    "https://www.dropbox.com/sh/9tcra/AABd?dl=0",
    f"{SHEETS}/d/{SHEET}/export?format=csv",
    f"{SHEETS}/d/{SHEET}/export?gid=7&format=tsv",
    f"{SHEETS}/d/{SHEET}/gviz/tq?tqx=out:csv&sheet=a",
    f"{PUBLISHED}/pub?gid=7&single=true&output=csv",
    "https://docs.google.com/document/d/1wZhPLMCHKJvwOkP4juclhjFgqIY8fQF/edit",
    "https://drive.google.com/file/d/1wZhPLMCHKJvwOkP4juclhjFgqIY8fQF/view",
    "https://gitlab.example/g/r/-/raw/main/a.csv",
    "https://gitlab.com/g/r/-/tree/main/x",
    "https://codeberg.org/o/r/src/branch/main",
    "https://bitbucket.org/o/r/raw/main/a.csv",
    "https://zenodo.org/records/13",
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


@pytest.mark.parametrize(
    ("option", "page", "file"),
    [
        ("xlsx", f"{SHEETS}/d/{SHEET}/edit#gid=7", EXPORT.replace("csv", "xlsx")),
        ("tsv", f"{SHEETS}/d/{SHEET}/edit#gid=7", EXPORT.replace("csv", "tsv") + "&gid=7"),
        ("xlsx", f"{PUBLISHED}/pubhtml?gid=7", f"{PUBLISHED}/pub?output=xlsx"),
        ("parquet", f"{SHEETS}/d/{SHEET}/edit#gid=7", f"{EXPORT}&gid=7"),
        ("xlsx", EXPORT, EXPORT),
        ("xlsx", "https://example.com/a.csv", "https://example.com/a.csv"),
    ],
)
def test_sheet_comes_in_the_format_that_was_asked_for(
    call: Call, option: str, page: str, file: str
) -> None:
    assert call(MODULE, "fetchableUrl", page, option) == file


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
    f"{SHEETS}/d/{SHEET}/edit#gid=7": "sheet",
    EXPORT: "sheet",
    f"{PUBLISHED}/pub?output=csv": "sheet",
    "https://drive.google.com/file/d/1wZhPLMCHKJvwOkP4j/view?usp=sharing": "Google Drive file",
    "https://docs.google.com/uc?id=1wZhPLMCHKJvwOkP4j": "Google Drive file",
    "https://www.dropbox.com/scl/fi/9tcra/a%20b.csv?rlkey=o03&dl=0": "a b.csv",
    "https://gitlab.com/g/r/-/blob/main/x/a.csv": "a.csv",
    f"{GITLAB}/g%2Fr/repository/files/x%2Fa%20b.csv/raw?ref=main": "a b.csv",
    "https://zenodo.org/api/records/13/files/a%20b.csv/content": "a b.csv",
    "https://gitlab.example/files/a.csv/raw": "raw",
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


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        (
            "https://gitlab.com/g/r/-/blob/main/a.db",
            f"{GITLAB}/g%2Fr/repository/files/a.db/raw?ref=main&lfs=true",
        ),
        ("https://codeberg.org/o/r/src/branch/main/a.db", f"{CODEBERG}/o/r/media/a.db?ref=main"),
        (f"{HUB}/datasets/o/n/raw/main/a.db?x=1", f"{HUB}/datasets/o/n/resolve/main/a.db?x=1"),
        (f"{HUB}/datasets/o/n/resolve/main/raw/a.db", None),
        ("https://media.githubusercontent.com/media/o/r/main/a.db", None),
    ],
)
def test_other_hosts_keep_such_data_too(call: Call, url: str, stored: str | None) -> None:
    found = call(MODULE, "lfsUrl", url)
    assert found == stored
    # What is already there is not asked for again.
    assert found is None or call(MODULE, "lfsUrl", found) is None


RELEASES = "https://api.github.com/repos/o/r/releases"


@pytest.mark.parametrize(
    ("url", "lookup"),
    [
        (
            "https://github.com/o/r/releases/download/v1.0/a%20b.db?x=1",
            {"api": f"{RELEASES}/tags/v1.0", "name": "a b.db"},
        ),
        (
            "https://github.com/o/r/releases/download/a/b%2B/v1/a.db",
            {"api": f"{RELEASES}/tags/a%2Fb%2B%2Fv1", "name": "a.db"},
        ),
        (
            "http://www.github.com/o/r/releases/latest/download/a.db",
            {"api": f"{RELEASES}/latest", "name": "a.db"},
        ),
        ("https://github.com/o/r/releases/tag/v1", None),
        ("https://github.com/o/r/releases/download/v1", None),
        ("https://github.com/o/r/blob/main/releases/download/v1/a.db", None),
    ],
)
def test_file_of_a_release_is_looked_up(
    call: Call, url: str, lookup: dict[str, str] | None
) -> None:
    assert call("shared/release-asset.js", "releaseAssetLookup", url) == lookup


@pytest.mark.parametrize(
    ("release", "found"),
    [
        (
            {"assets": [{"name": "b.db"}, {"name": "a.db", "url": f"{RELEASES}/assets/1"}]},
            f"{RELEASES}/assets/1",
        ),
        ({"assets": [{"name": "a.db", "url": "https://evil.example/"}]}, None),
        ({"assets": [None]}, None),
        ({"message": "Not Found"}, None),
        (None, None),
    ],
)
def test_file_is_found_in_its_release(call: Call, release: object, found: str | None) -> None:
    assert call("shared/release-asset.js", "assetUrl", release, "a.db") == found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://github.com/o/r/releases/download/v1/a.db", "the files of a release"),
        ("https://GitHub.com/o/r/archive/main.zip", "of a public repository and nothing else"),
        ("https://drive.google.com/file/d/1/view", "Google Drive does not"),
        ("https://docs.google.com/uc?id=1", "Google Drive does not"),
        (f"{SHEETS}/d/{SHEET}/edit", "Anyone with the link"),
        ("https://1drv.ms/x/s!A", "OneDrive"),
        ("https://u-my.sharepoint.com/x", "SharePoint"),
        ("https://www.dropbox.com/scl/fo/9tcra/h", "no folders"),
        ("https://gitlab.example/g/r/-/raw/main/a.csv", "GitLab"),
        ("https://ndownloader.figshare.com/files/1", "Figshare"),
        ("https://osf.io?x", "Open Science Framework"),
        ("https://o.github.io/a.db", "open the address in a browser"),
        ("https://example.com/?github.com/x", None),
        ("https://github.com.example/releases/", None),
        ("https://notosf.io/a", None),
        ("a.db", None),
        ("data:,a", None),
    ],
)
def test_hosts_that_forbid_reading_are_explained(call: Call, url: str, words: str | None) -> None:
    said = call("shared/host-advice.js", "explainHost", url)
    if words is None:
        assert said is None
    else:
        assert words in said
        assert said.endswith(".")
        assert "\n" not in said
