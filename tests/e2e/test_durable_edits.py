"""What a visitor changes is in storage before the answer says so, whatever then dies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.data_host import Answer, DataHost
from tests.e2e.harness.databases import notes_database, wal_database
from tests.e2e.harness.sites import SiteHost


def _open(browser: Chromium, site: SiteHost, query: str) -> App:
    return App.shown_in(browser.open_app(f"{site.url}?{query}"))


def _insert(app: App, table: str, **row: Any) -> None:
    app.ask_json(f"{table}/-/insert", "POST", json.dumps({"row": row}))


def _titles(app: App, table: str) -> list[str]:
    return [row["title"] for row in app.rows(table)]


def test_insert_survives_the_worker_twice_without_a_reload(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/kept.db", notes_database(tmp_path / "kept.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    page = app.goto("/kept/notes")
    page.evaluate("window.notReloaded = true")
    for number in (1, 2):
        _insert(app, "/kept/notes", title=f"insert {number}")
        warm_chromium.stop_workers()
    assert _titles(app, "/kept/notes") == ["first", "insert 1", "insert 2"]
    assert page.evaluate("window.notReloaded")
    page.reload()
    await_app(page)
    expect(page.locator("td.col-title")).to_have_text(["first", "insert 1", "insert 2"])
    assert data_host.hits("/kept.db") == 1


def test_imported_data_is_neither_fetched_nor_imported_again_and_keeps_its_edits(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    csv = data_host.serve("/people.csv", Answer(b"id,title\n1,Ada\n2,Alan\n"))
    app = _open(warm_chromium, site, f"csv={csv}&pk=id")
    _insert(app, "/data/people", id=3, title="Grace")
    # Were it imported again, it would have these instead.
    data_host.serve("/people.csv", Answer(b"id,title\n9,Nobody\n"))
    warm_chromium.stop_workers()
    assert _titles(app, "/data/people") == ["Ada", "Alan", "Grace"]
    page = app.goto("/data")
    expect(page.locator(".lite-imports summary")).to_have_text("Imported from people.csv")
    assert data_host.hits("/people.csv") == 1


def test_stored_query_and_edited_metadata_survive_the_worker(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/q.db", notes_database(tmp_path / "q.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    stored = {"query": {"name": "all_notes", "sql": "select title from notes", "title": "Notes"}}
    app.ask_json("/q/-/queries/store", "POST", json.dumps(stored))
    warm_chromium.stop_workers()
    assert app.rows("/q/all_notes") == [{"title": "first"}]
