"""Tables, columns, keys and databases whose names have bitten prefixes and encodings before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from datasette.utils import tilde_encode
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import ODD_NAMES, notes_database, odd_names_database
from tests.e2e.harness.sites import SiteHost

OpenDatabase = Callable[[Path], App]


def test_odd_tables_rows_sorts_and_facets_are_reached_by_clicks(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    app = open_database(odd_names_database(tmp_path / "odd.db"))
    page = app.page
    for name in ODD_NAMES:
        app.goto("/odd")
        page.locator("section.content h3 a", has_text=name).first.click()
        table_url = app.url(f"/odd/{tilde_encode(name)}")
        page.wait_for_url(table_url)
        expect(page.locator("h1")).to_contain_text(name)
        expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(len(ODD_NAMES))
        page.locator("table.rows-and-columns th a").last.click()
        expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(len(ODD_NAMES))
        assert page.url.startswith(table_url + "?_sort=")
        page.locator("td.type-pk a", has_text=name).first.click()
        assert page.url == f"{table_url}/{tilde_encode(name)}"
        expect(page.locator("section.content")).to_contain_text(f"value of {name}")


def test_odd_rows_are_written_by_the_api(open_database: OpenDatabase, tmp_path: Path) -> None:
    app = open_database(odd_names_database(tmp_path / "written.db"))
    for name in ODD_NAMES:
        base = f"/written/{tilde_encode(name)}"
        app.ask_json(f"{base}/{tilde_encode(name)}/-/delete", "POST", "{}")
        assert name not in [row["id"] for row in app.rows(base)]


# Paths as they stand in links, and the databases' names.
PATHS = {
    "/a%20b.db": "a b",
    "/50%25.sqlite": "50%",
    "/gr%C3%BC%C3%9Fe.sqlite3": "grüße",
    "/%F0%9F%98%80.db": "\U0001f600",
    "/dotted.name.db": "dotted.name",
    "/no_extension": "no_extension",
    "/versioned.db?v=1": "versioned",
    "/refs%2Fmain%2Fencoded.db": "encoded",
    "/app.db": "app",
}


def test_databases_are_named_after_their_files_and_fetched_byte_for_byte(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    file = notes_database(tmp_path / "data", "first")
    query = "&".join(f"url={data_host.serve(path, file)}" for path in PATHS)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?{query}", tab))
    assert [data_host.hits(path) for path in PATHS] == [1] * len(PATHS)
    databases = app.ask_json("/-/databases.json")["databases"]
    assert [database["name"] for database in databases] == list(PATHS.values())
    for name in PATHS.values():
        page = app.goto("/" + tilde_encode(name))
        page.locator("section.content h3 a", has_text="notes").first.click()
        page.wait_for_url(app.url(f"/{tilde_encode(name)}/notes"))
        expect(page.locator("td.col-title")).to_have_text("first")
