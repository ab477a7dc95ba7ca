"""What the menu of every page offers: copying the link, taking everything along."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.sites import SiteHost


def _choose(page: Page, label: str) -> None:
    page.locator(".nav-menu summary").click()
    page.locator(".nav-menu").get_by_role("link", name=label).click()


def test_link_is_copied_and_everything_leaves_as_it_is(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    csv = data_host.serve("/people.csv", b"id;name\n1;Anna\n2;Ben\n")
    json = data_host.serve("/places.json", b'[{"place": "Cork"}, {"place": "Lyon"}]')
    url = data_host.serve("/menu.db", notes_database(tmp_path / "menu.db", "first"))
    query = f"?csv={csv}&pk=id&json={json}&url={url}"
    app = App.shown_in(shared_chromium.open_app(site.url + query, tab))
    app.ask_json("/data/people/1/-/update", "POST", '{"update": {"name": "Anne"}}')

    page = app.goto("/data/people?_sort_desc=name")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    _choose(page, "Copy link")
    expect(page.locator(".nav-menu [role=status]")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{site.url}{query}#/data/people?_sort_desc=name"
    other = tab.context.new_page()
    shared_chromium.open_app(copied, other)
    assert other.url == page.url
    other.close()

    app.goto("/menu/notes")
    with page.expect_download(timeout=60_000) as started:
        _choose(page, "Download everything")
    assert started.value.suggested_filename == "databases.zip"
    with zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes())) as archive:
        archive.extractall(tmp_path / "all")
    assert _rows(tmp_path / "all" / "data.db", "people") == [(1, "Anne"), (2, "Ben")]
    assert _rows(tmp_path / "all" / "data.db", "places") == [("Cork",), ("Lyon",)]
    assert _rows(tmp_path / "all" / "menu.db", "notes")[0][1] == "first"


def test_a_link_in_data_that_leads_here_is_followed(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    target = f"{site.url}?memory=1#/_memory"
    url = data_host.serve("/links.csv", f"link\n{target}\n".encode())
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?csv={url}", tab))
    app.goto("/data/links").get_by_role("link", name=target).click()
    tab.wait_for_url("**/app/memory=1/_memory")


def _rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        return db.execute(f"select * from {table}").fetchall()


def test_what_was_detected_can_be_overridden(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    link = data_host.serve("/codes.csv", b"title; of all\ncode;name\n01;x\n02;y\n")
    shared_chromium.open_app(f"{site.url}?csv={link}&memory=1", tab)
    tab.goto(tab.url + "data", wait_until="load")
    tab.locator(".lite-imports summary").click()
    tab.get_by_role("link", name="Read it differently").click()
    header = tab.get_by_label("Line with the headings")
    expect(header).to_have_value("1")
    expect(tab.get_by_label("Delimiter")).to_have_value("semicolon")
    expect(tab.get_by_label("An empty database")).to_be_checked()
    header.fill("2")
    shared_chromium.open_app(tab.inner_text("#builder-link"), tab)
    app = App.shown_in(tab)
    assert app.rows("/data/codes")[0] == {"rowid": 1, "code": "01", "name": "x"}
