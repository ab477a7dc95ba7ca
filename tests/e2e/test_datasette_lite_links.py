"""Every link of Datasette Lite's README gives what it gave there: databases, tables, rows.

Links and names of files are those of the README; the files are small ones with the same columns.
What must come of them is made natively with the calls that Datasette Lite made.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow
import pyarrow.parquet
import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.lite_import import Source, lite_tables
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.web import Web

RAW = "https://raw.githubusercontent.com"
GIST = "https://gist.githubusercontent.com/simonw"

FIGHT_SONGS = f"{RAW}/fivethirtyeight/data/master/fight-songs/fight-songs.csv"
COUNTIES = f"{RAW}/nytimes/covid-19-data/master/us-counties-recent.csv"
CENSUS = f"{RAW}/simonw/covid-19-datasette/main/us_census_county_populations_2019.csv"
INCIDENTS = f"{RAW}/simonw/scrape-san-mateo-fire-dispatch/main/incidents.json"
USERS = f"{RAW}/Teradata/kylo/master/samples/sample-data/parquet/userdata1.parquet"
DEMO_SQL = (
    f"{GIST}/ac4e19920b4b360752ac0f3ce85ba238/raw/90d31cf93bf1d97bb496de78559798f849b17e85/demo.sql"
)
GIST_JSON = f"{GIST}/7eacc70cd8b2868be0a18796cec078b9/raw"
SCOTRAIL = (
    f"{GIST}/0a30d52feeb3ff60f7d8636b0bde296b/raw/c078a9e5a0151331e2e46c04c1ebe7edc9f45e8c"
    "/scotrail-announcements.csv"
)
SHEET = (
    "https://docs.google.com/spreadsheets/d/1wZhPLMCHKJvwOkP4juclhjFgqIY8fQFMemwKL2c64vk"
    "/export?format=csv"
)

#: The query of the README that joins cases and populations, with its brackets and newlines.
JOIN_SQL = """select
  [us-counties-recent].*,
  us_census_county_populations_2019.population,
  1.0 * [us-counties-recent].cases / us_census_county_populations_2019.population * 1000000 \
as cases_per_million
from
  [us-counties-recent]
  join us_census_county_populations_2019 on us_census_county_populations_2019.fips \
= [us-counties-recent].fips
where
  date = (select max(date) from [us-counties-recent])
order by
  cases_per_million desc"""


def _fight_songs() -> bytes:
    rows = [f"School {n},Pac-12,Song {n},{1900 + n},Yes,{n * 1.5},{n % 7}" for n in range(65)]
    header = "school,conference,song_name,year,official_song,bpm,trope_count"
    return "\n".join([header, *rows, ""]).encode()


def _counties() -> bytes:
    rows = [
        f"2023-03-{day:02},County {n},Ohio,{n:05},{n * day},{n}.5"
        for day in (22, 23)
        for n in range(1, 41)
    ]
    return "\n".join(["date,county,state,fips,cases,deaths", *rows, ""]).encode()


def _census() -> bytes:
    rows = [f"{n:05},Ohio,County {n},{n * 1000}" for n in range(1, 41)]
    return "\n".join(["fips,state,county,population", *rows, ""]).encode()


def _incidents() -> bytes:
    return json.dumps(
        [{"id": n, "units": ["E14", "T14"], "place": {"city": "Half Moon Bay"}} for n in range(7)]
    ).encode()


def _users() -> bytes:
    count = 1000
    start = datetime(2016, 2, 3, 7, 55, 29)
    table = pyarrow.table(
        {
            "registration_dttm": [start + timedelta(seconds=37 * n) for n in range(count)],
            "id": pyarrow.array(range(1, count + 1), pyarrow.int32()),
            "first_name": [f"Ann {n}" for n in range(count)],
            "ip_address": [f"10.0.{n // 256}.{n % 256}" for n in range(count)],
            "salary": [None if n % 15 == 0 else n * 12.25 for n in range(count)],
        }
    )
    file = io.BytesIO()
    # As Hive and Spark wrote them then: timestamps of 96 bits, compressed with Snappy.
    pyarrow.parquet.write_table(
        table, file, compression="snappy", use_deprecated_int96_timestamps=True, row_group_size=300
    )
    return file.getvalue()


DEMO = b"""create table creatures (id integer primary key, name text, description text);
insert into creatures (name, description) values
  ('Cleo', 'A good dog'), ('Pancakes', 'An even better dog'), ('Lila', 'A chicken');
"""

LIST = b'[{"id": 1, "name": "Item 1"}, {"id": 2, "name": "Item 2"}]'
OBJECT = b'{"rows": [{"id": 1, "name": "Item 1"}, {"id": 2, "name": "Item 2"}], "more": [{"a": 1}]}'
LINES = b'{"id": 1, "name": "Item 1"}\n{"id": 2, "name": "Item 2"}\n'
OBJECTS = b"""{
  "anchor-positioning": {"spec": "https://drafts.csswg.org/css-anchor-position-1/#anchoring"},
  "array-at": {"spec": "https://tc39.es/ecma262/#sec-array.prototype.at"},
  "array-flat": {"caniuse": "array-flat", "spec": "https://tc39.es/ecma262/#flat"}
}"""
SPEAKERS = b"headline,edition,text\nLoans,3,about loans\nBooks,2,none\nMore,1,loans and loans\n"


def _database(path: Path, tables: dict[str, int]) -> bytes:
    with closing(sqlite3.connect(path)) as db:
        for name, count in tables.items():
            db.execute(f'create table "{name}" (id integer primary key, name text)')
            db.executemany(f'insert into "{name}" (name) values (?)', [("a",)] * count)
        db.commit()
    return path.read_bytes()


@pytest.fixture(scope="module")
def browser(
    playwright: Playwright, warm_profile: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    """A browser for all of these links, which knows the site."""
    profile = tmp_path_factory.mktemp("links") / "profile"
    shutil.copytree(warm_profile, profile, symlinks=True)
    browser = Chromium(playwright, profile)
    yield browser
    browser.close()
    assert not browser.unexpected([])


@pytest.fixture(scope="module")
def web(browser: Chromium) -> Web:
    """The hosts that the links name."""
    return Web(browser.context)


@pytest.fixture
def page(browser: Chromium) -> Iterator[Page]:
    """A tab."""
    page = browser.context.new_page()
    yield page
    page.close()


def _query(app: App, database: str, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = app.ask_json(
        f"/{database}/-/query.json?_shape=array&sql={quote(sql)}"
    )
    return rows


def _tables(app: App, database: str) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Columns and rows of every table, through Datasette."""
    found = {}
    for table in app.ask_json(f"/{database}.json")["tables"]:
        rows = _query(app, database, f'select * from "{table["name"]}"')
        assert table["count"] == len(rows)
        found[table["name"]] = (list(rows[0]), [tuple(row.values()) for row in rows])
    return found


def _names(app: App) -> list[str]:
    return [each["name"] for each in app.ask_json("/-/databases.json")["databases"]]


# A link as it stands in the README, what is at the other end, and the page that it shows.
LINKS: dict[str, tuple[str, list[Source], str]] = {
    "csv, encoded": (
        f"?csv={quote(FIGHT_SONGS, safe='')}",
        [Source("csv", FIGHT_SONGS, _fight_songs())],
        "",
    ),
    "two csv and a query": (
        f"?csv={COUNTIES}&csv={CENSUS}#/data?sql=" + quote(JOIN_SQL).replace("%20", "+"),
        [Source("csv", COUNTIES, _counties()), Source("csv", CENSUS, _census())],
        "data/-/query?",
    ),
    "json of a GitHub page": (
        "?json=https://github.com/simonw/scrape-san-mateo-fire-dispatch/blob/main/incidents.json"
        "#/data/incidents",
        [Source("json", INCIDENTS, _incidents())],
        "data/incidents",
    ),
    "json in every form": (
        "".join(f"&json={RAW}/u/r/main/{name}.json" for name in ("a", "b", "c", "d"))[1:].join(
            ["?", ""]
        ),
        [
            Source("json", f"{RAW}/u/r/main/{name}.json", content)
            for name, content in zip("abcd", (LIST, OBJECT, OBJECTS, LINES), strict=True)
        ],
        "",
    ),
    "parquet of a GitHub page": (
        "?parquet=https://github.com/Teradata/kylo/blob/master/samples/sample-data/parquet"
        "/userdata1.parquet",
        [Source("parquet", USERS, _users())],
        "",
    ),
    "sql, encoded": (
        f"?sql={quote(DEMO_SQL, safe='')}",
        [Source("sql", DEMO_SQL, DEMO)],
        "",
    ),
    "sql that csv adds to": (
        f"?csv={RAW}/u/r/main/creatures.csv&sql={DEMO_SQL}",
        [
            Source("sql", DEMO_SQL, DEMO),
            Source("csv", f"{RAW}/u/r/main/creatures.csv", b"id,name,description\n4,Max,A cat\n"),
        ],
        "",
    ),
    "json of a gist's page": (
        "?json=https://gist.github.com/simonw/7eacc70cd8b2868be0a18796cec078b9",
        [Source("json", GIST_JSON, LIST)],
        "",
    ),
    "csv of a GitHub page": (
        "?csv=https://github.com/nytimes/covid-19-data/blob/master/us-counties-recent.csv",
        [Source("csv", COUNTIES, _counties())],
        "",
    ),
    "csv and a fragment": (
        f"?csv={SCOTRAIL}#/data/scotrail-announcements",
        [
            Source(
                "csv",
                SCOTRAIL,
                b"Transcription,Category,mp3\nSunday,Days,https://h.example/1.mp3\n",
            )
        ],
        "data/scotrail-announcements",
    ),
    "csv of a Google sheet, and a query with a parameter": (
        f"?csv={SHEET}#/data?sql=select+edition%2C+headline%2C+text+from+export+where%0Atext+like+"
        "'%25'+||+%3Aq+||+'%25'+order+by+edition+desc&q=loans",
        [Source("csv", SHEET, SPEAKERS)],
        "data/-/query?",
    ),
    "analytics": (
        f"?csv={CENSUS}&analytics=off",
        [Source("csv", CENSUS, _census())],
        "",
    ),
}


@pytest.mark.parametrize("name", LINKS)
def test_link_gives_the_same_tables(
    browser: Chromium, web: Web, page: Page, site: SiteHost, name: str
) -> None:
    link, sources, shown = LINKS[name]
    web.files = {source.url: source.content for source in sources}
    web.asked.clear()
    app = App.shown_in(browser.open_app(site.url + link, page))
    assert sorted(web.asked) == sorted(source.url for source in sources)
    assert page.url.removeprefix(app.prefix).startswith(shown)
    assert _names(app) == ["data"]
    expected = lite_tables(sources)
    assert {name: _comparable(each) for name, each in _tables(app, "data").items()} == {
        name: _comparable(each) for name, each in expected.items()
    }
    if "-/query" in shown:
        count = 40 if "join" in page.url else 2
        expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(count)


def _comparable(table: tuple[list[str], list[tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """Rows without what is different on purpose: `_key` comes first, codes keep their zeros."""
    columns, rows = table
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    if not isinstance(value, str) or not value[:4].isdigit():
        return value
    if value.isdigit() and value[0] == "0":
        return int(value)
    try:  # times with a T or a space, with a zone or without
        return datetime.fromisoformat(value).replace(tzinfo=None).isoformat()
    except ValueError:
        return value


DATABASES = {
    "https://latest.datasette.io/fixtures.db": ("fixtures", {"facetable": 15, "tags": 2}),
    "https://global-power-plants.datasettes.com/global-power-plants.db": (
        "global-power-plants",
        {"global-power-plants": 33_000},
    ),
    "https://congress-legislators.datasettes.com/legislators.db": (
        "legislators",
        {"legislators": 5, "legislator_terms": 9, "executives": 3},
    ),
}


@pytest.mark.parametrize("url", DATABASES)
def test_database_link_gives_the_same_database(
    browser: Chromium, web: Web, page: Page, site: SiteHost, tmp_path: Path, url: str
) -> None:
    name, tables = DATABASES[url]
    web.files = {url: _database(tmp_path / "any.db", tables)}
    app = App.shown_in(browser.open_app(f"{site.url}?url={url}", page))
    assert _names(app) == [name]
    # Datasette's own counts end at 10,000.
    counts = {
        table["name"]: _query(app, name, f'select count(*) as n from "{table["name"]}"')[0]["n"]
        for table in app.ask_json(f"/{name}.json")["tables"]
    }
    assert counts == tables


def test_memory_alone_and_metadata(browser: Chromium, web: Web, page: Page, site: SiteHost) -> None:
    address = f"{RAW}/u/r/main/metadata.yml"
    web.files = {address: b"title: A title of its own\nabout_url: https://h.example/about\n"}
    link = f"{site.url}?memory=1&metadata={address}"
    app = App.shown_in(browser.open_app(link, page))
    assert _names(app) == ["_memory"]
    expect(page.locator("h1")).to_have_text("A title of its own")
    expect(page.locator("footer a[href='https://h.example/about']")).to_be_visible()


def test_fragment_alone_shows_a_page_of_the_default_data(
    browser: Chromium, page: Page, site: SiteHost
) -> None:
    link = f"{site.url}#/fixtures/facetable?_facet=state"
    app = App.shown_in(browser.open_app(link, page))
    assert page.url == app.url("/fixtures/facetable?_facet=state")
    expect(page.locator(".facet-info-name", has_text="state")).to_be_visible()
