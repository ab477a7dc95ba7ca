"""What tables are called."""

from __future__ import annotations

import pytest

from datasette_lite.importers.import_source import SourceKind
from datasette_lite.importers.table_names import TableNames, plain_name, table_name

GITHUB = "https://raw.githubusercontent.com"
SHEET = "https://docs.google.com/spreadsheets/d/1wZhPLMCHKJvwOkP4juclhjFgqIY8fQFMemwKL2c64vk"

#: Every link to a table in Datasette Lite's README, as it is fetched, and the table it makes.
DATASETTE_LITE: list[tuple[SourceKind, str, str]] = [
    ("csv", f"{GITHUB}/fivethirtyeight/data/master/fight-songs/fight-songs.csv", "fight-songs"),
    ("csv", f"{GITHUB}/nytimes/covid-19-data/master/us-counties-recent.csv", "us-counties-recent"),
    (
        "csv",
        f"{GITHUB}/simonw/covid-19-datasette/main/us_census_county_populations_2019.csv",
        "us_census_county_populations_2019",
    ),
    ("json", f"{GITHUB}/simonw/scrape-san-mateo-fire-dispatch/main/incidents.json", "incidents"),
    # From https://gist.github.com/simonw/7eacc70cd8b2868be0a18796cec078b9
    (
        "json",
        "https://gist.githubusercontent.com/simonw/7eacc70cd8b2868be0a18796cec078b9/raw",
        "raw",
    ),
    (
        "csv",
        "https://gist.githubusercontent.com/simonw/0a30d52feeb3ff60f7d8636b0bde296b/raw/"
        "c078a9e5a0151331e2e46c04c1ebe7edc9f45e8c/scotrail-announcements.csv",
        "scotrail-announcements",
    ),
    ("csv", f"{SHEET}/export?format=csv", "export"),
]


@pytest.mark.parametrize(("kind", "url", "name"), DATASETTE_LITE)
def test_documented_links_keep_their_tables(kind: SourceKind, url: str, name: str) -> None:
    bit = url.split("/")[-1].split(".")[0].split("?")[0]
    assert table_name(url, kind) == bit == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://h/a.b.csv", "a.b"),
        ("https://h/data.csv.gz?v=1", "data"),
        ("https://h/data.CSV.ZIP", "data"),
        ("https://h/data.ndjson", "data"),
        ("https://h/places.geojson#x", "places"),
        ("https://h/my%20file.csv", "my file"),
        ("https://h/dir%2Fdata.csv", "data"),
        ("https://h/export.php?format=csv", "export"),
        ("https://h/data", "data"),
        ("https://h/v1.2/data.v2", "data.v2"),
        ("https://h/", "table"),
        ("https://h", "table"),
        ("https://h/.csv", "table"),
        ("https://h/%00.csv", "table"),
        ("https://h/sqlite_master.csv", "_sqlite_master"),
        ("data:text/csv,a,b", "data"),
        ("report 2024.xlsx", "report 2024"),
        (f"{SHEET}/export?format=csv&gid=0", "sheet"),
        (f"{SHEET}/export?format=csv&gid=77", "sheet_77"),
        (f"{SHEET}/gviz/tq?tqx=out:csv&sheet=My%20cities", "My cities"),
        (f"{SHEET}/pub?output=csv", "sheet"),
        (f"{SHEET}/export?format=csv", "sheet"),
        ("https://drive.google.com/uc?export=download&id=1", "table"),
        ("https://www.dropbox.com/s/x/data.csv?dl=1", "data"),
        ("https://huggingface.co/datasets/o/d/resolve/main/0000.parquet", "0000"),
    ],
)
def test_names_are_those_of_the_files(url: str, name: str) -> None:
    assert table_name(url) == name


def test_names_are_given_once() -> None:
    names = TableNames()
    assert [names.take(each) for each in ("a", "a", "A", "a_1", "", "")] == [
        "a",
        "a_1",
        "A_2",
        "a_1_1",
        "table",
        "table_1",
    ]


def test_endings_go_as_long_as_there_are_some() -> None:
    assert plain_name("a.b.json.csv.gz") == "a.b"
