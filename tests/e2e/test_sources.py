"""What a plan can hold: several databases, equal names, memory, data: links."""

from __future__ import annotations

import base64
import gzip
from datetime import date
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_fault
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.sites import SiteHost
from tests.workbooks import workbook


def _names(app: App) -> list[str]:
    return [database["name"] for database in app.ask_json("/-/databases.json")["databases"]]


def test_equal_names_are_numbered(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    urls = []
    for number, name in enumerate(
        ("/a/data.db", "/b/data.sqlite", "/c/data.sqlite3?v=1", "/d/data")
    ):
        file = notes_database(tmp_path / f"{number}", f"of {name}")
        urls.append(data_host.serve(name, file))
    query = "&".join(f"url={url}" for url in urls)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?{query}", tab))
    assert _names(app) == ["data", "data_2", "data_3", "data_4"]
    titles = [app.rows(f"/{name}/notes")[0]["title"] for name in _names(app)]
    assert titles == ["of /a/data.db", "of /b/data.sqlite", "of /c/data.sqlite3?v=1", "of /d/data"]


def test_memory_alone_and_beside_data(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?memory=1", tab))
    assert _names(app) == ["_memory"]
    page = app.goto("/_memory/-/query?sql=select+sqlite_version()")
    expect(page.locator("table td")).to_contain_text("3.")
    url = data_host.serve("/beside.db", notes_database(tmp_path / "beside.db", "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}&memory=1", tab))
    assert sorted(_names(app)) == ["_memory", "beside"]


def test_data_link_opens_and_travels_in_the_address(
    tab: Page, shared_chromium: Chromium, site: SiteHost, tmp_path: Path
) -> None:
    database = notes_database(tmp_path / "inline.db", "in the link").read_bytes()
    link = "data:application/octet-stream;base64," + base64.b64encode(database).decode()
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={link}", tab))
    (name,) = _names(app)
    assert app.rows(f"/{name}/notes")[0]["title"] == "in the link"
    second = tab.context.new_page()
    shared_chromium.open_app(tab.url, second)
    assert second.url == tab.url
    second.close()


def test_redirected_download_is_followed(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    data_host.serve("/real/signed?token=1", notes_database(tmp_path / "r.db", "first"))
    url = data_host.redirect("/redirected.db", "/real/signed?token=1")
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    assert _names(app) == ["redirected"]
    assert app.rows("/redirected/notes")[0]["title"] == "first"


def test_plan_opens_again_without_fetching_and_afresh_when_asked(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/again.db", notes_database(tmp_path / "again.db", "old"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    shared_chromium.open_app(f"{site.url}?url={url}", tab)
    assert data_host.hits("/again.db") == 1
    (tmp_path / "new").mkdir()
    data_host.serve("/again.db", notes_database(tmp_path / "new" / "again.db", "new"))
    page = app.goto("/again")
    with page.expect_event("load", timeout=60_000):
        page.locator("button[data-lite-action=refetch]").first.click()
    assert app.rows("/again/notes")[0]["title"] == "new"
    assert data_host.hits("/again.db") == 2


def test_address_reaches_its_host_byte_for_byte(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    """simonw/datasette-lite#70: `%2F` was decoded on its way."""
    target = "/datasets/owner%2Fname/resolve/refs%2Fmain/part%20one.csv?download=true&a=%2B"
    link = data_host.serve(target, b"id,name\n1,one\n")
    for written in (quote(link, safe=""), link.replace("&", "%26")):
        app = App.shown_in(shared_chromium.open_app(f"{site.url}?csv={written}&pk=id", tab))
        assert app.rows("/data/part~20one") == [{"id": 1, "name": "one"}]
    assert {seen.target for seen in data_host.seen} == {target}


def test_workbooks_are_read_packed_or_not_and_a_script_runs_before_all(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    people: list[list[object]] = [["name", "born"], ["Anna", date(2001, 2, 3)]]
    book = data_host.serve("/book.xlsx", workbook({"people": people, "towns": [["town"], ["Ulm"]]}))
    packed = data_host.serve("/packed.xlsx.gz", gzip.compress(workbook({"one": [["id"], [7]]})))
    codes = data_host.serve("/codes.csv", b"code\n1\n")
    script = data_host.serve("/make.sql", b"create table codes (code text, at text default 'now')")
    query = f"?xlsx={book}&data={packed}&csv={codes}&sql={script}"
    app = App.shown_in(shared_chromium.open_app(site.url + query, tab))
    assert app.rows("/data/people") == [{"rowid": 1, "name": "Anna", "born": "2001-02-03"}]
    assert app.rows("/data/towns") == [{"rowid": 1, "town": "Ulm"}]
    assert app.rows("/data/packed") == [{"rowid": 1, "id": 7}]
    # The table that the script made, with its types.
    assert app.rows("/data/codes") == [{"rowid": 1, "code": "1", "at": "now"}]


CONFIGURATION = b"""
databases:
  data:
    queries:
      tall:
        title: Tall people
        sql: select name from people where height > :least
    tables:
      people:
        description: All of them
"""


def test_csv_that_begins_as_parquet_is_csv(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    rows = "".join(f"{n},{n * n}\n" for n in range(100_000))
    url = data_host.serve("/par.csv", f"PAR1,PAR2\n{rows}".encode())
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?csv={url}", tab))
    found = app.ask_json("/data/par.json?_shape=array&_sort_desc=rowid&_size=1")
    assert found == [{"rowid": 100_000, "PAR1": 99_999, "PAR2": 99_999**2}]


def test_search_configuration_stored_queries_and_settings_take_effect(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    people = data_host.serve("/people.csv", b"name,height\nAnna Berg,190\nBen Tal,160\n")
    config = data_host.serve("/datasette.yml", CONFIGURATION)
    metadata = data_host.serve("/metadata.json", b'{"title": "A small town"}')
    query = f"?csv={people}&fts=name&config={config}&metadata={metadata}"
    query += "&setting=default_page_size:7"
    app = App.shown_in(shared_chromium.open_app(site.url + query, tab))
    expect(tab.locator("h1")).to_have_text("A small town")
    page = app.goto("/data/people?_search=berg")
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(1)
    expect(page.get_by_text("All of them")).to_be_visible()
    page = app.goto("/data/tall?least=180")
    expect(page.locator("h1")).to_contain_text("Tall people")
    expect(page.locator("table.rows-and-columns tbody td")).to_have_text(["Anna Berg"])
    assert app.ask_json("/-/settings.json")["default_page_size"] == 7


def test_search_of_a_column_that_is_not_there_names_it(
    tab: Page, site: SiteHost, data_host: DataHost
) -> None:
    people = data_host.serve("/nobody.csv", b"name,height\nAnna,190\n")
    tab.goto(f"{site.url}?csv={people}&fts=nickname", wait_until="commit")
    assert await_fault(tab) == "unknown-column"
    expect(tab.get_by_role("alert")).to_contain_text("nickname")
