"""Adding data to what is open: what was changed there comes along, if the visitor wants that."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.sites import SiteHost

CARRY = "Take along what you changed"


def _insert(app: App, table: str, **row: object) -> None:
    app.ask_json(f"{table}/-/insert", "POST", json.dumps({"row": row}))


def _titles(app: App, database: str) -> list[object]:
    return [row["title"] for row in app.rows(f"/{database}/notes")]


def _adding(tab: Page, site: SiteHost, app: App, link: str) -> None:
    """Have the launcher add a link to what is open, up to the press of the button."""
    tab.goto(f"{site.url}#add={app.prefix.removeprefix(f'{site.url}app/').rstrip('/')}")
    expect(tab.get_by_label(CARRY)).to_be_checked()
    tab.get_by_label("Paste a link or data").fill(link)


def _added(tab: Page) -> App:
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_url("**/app/**", wait_until="commit")
    await_app(tab)
    return App.shown_in(tab)


def test_changes_come_along_and_stay_at_the_old_address(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    notes = data_host.serve("/carried.db", notes_database(tmp_path / "carried.db", "first"))
    colors = data_host.serve("/colors.csv", b"id,name\n1,red\n")
    shapes = data_host.serve("/shapes.csv", b"id,name\n1,round\n")
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={notes}&csv={colors}", tab))
    _insert(app, "/carried/notes", title="second")
    _insert(app, "/data/colors", id=2, name="blue")
    old_address = tab.url

    _adding(tab, site, app, shapes)
    both = _added(tab)
    assert _titles(both, "carried") == ["first", "second"]
    assert both.rows("/data/shapes") == [{"rowid": 1, "id": 1, "name": "round"}]
    # Imported anew, with the changed tables beside them.
    assert [row["name"] for row in both.rows("/data/colors")] == ["red"]
    assert [row["name"] for row in both.rows("/data_changed/colors")] == ["red", "blue"]

    _insert(both, "/carried/notes", title="third")
    shared_chromium.stop_workers()
    again = App.shown_in(shared_chromium.open_app(both.prefix, tab))
    assert _titles(again, "carried") == ["first", "second", "third"]
    old = App.shown_in(shared_chromium.open_app(old_address, tab))
    assert _titles(old, "carried") == ["first", "second"]


def test_imported_tables_come_along_as_they_are_when_nothing_more_is_imported(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    colors = data_host.serve("/tones.csv", b"id,name\n1,red\n")
    notes = data_host.serve("/beside.db", notes_database(tmp_path / "beside.db", "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?csv={colors}", tab))
    _insert(app, "/data/tones", id=2, name="blue")
    _adding(tab, site, app, notes)
    both = _added(tab)
    assert [row["name"] for row in both.rows("/data/tones")] == ["red", "blue"]
    assert _titles(both, "beside") == ["first"]


def test_changes_come_along_with_what_they_apply_to(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    target = "/hues.csv"
    colors = data_host.serve(target, b"id,name\n1,red\n")
    notes = data_host.serve("/near.db", notes_database(tmp_path / "near.db", "first"))
    # Once opened with what its host had before, which is as long.
    shared_chromium.open_app(f"{site.url}?csv={colors}&url={notes}", tab)
    data_host.serve(target, b"id,name\n1,tan\n")
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?csv={colors}", tab))
    _insert(app, "/data/hues", id=2, name="blue")
    _adding(tab, site, app, notes)
    assert [row["name"] for row in _added(tab).rows("/data/hues")] == ["tan", "blue"]


def test_without_the_changes_data_opens_as_it_was(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    notes = data_host.serve("/plain.db", notes_database(tmp_path / "plain.db", "first"))
    shapes = data_host.serve("/forms.csv", b"id,name\n1,round\n")
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={notes}", tab))
    _insert(app, "/plain/notes", title="second")
    _adding(tab, site, app, shapes)
    tab.get_by_label(CARRY).uncheck()
    assert _titles(_added(tab), "plain") == ["first"]


def test_changes_come_along_from_one_addition_to_the_next(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    colors = data_host.serve("/paints.csv", b"id,name\n1,red\n")
    shapes = data_host.serve("/solids.csv", b"id,name\n1,cube\n")
    sizes = data_host.serve("/sizes.csv", b"id,name\n1,small\n")
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?csv={colors}", tab))
    _insert(app, "/data/paints", id=2, name="blue")
    _adding(tab, site, app, shapes)
    both = _added(tab)
    _insert(both, "/data/solids", id=2, name="ball")
    _adding(tab, site, both, sizes)
    three = _added(tab)
    assert [row["name"] for row in three.rows("/data_changed/paints")] == ["red", "blue"]
    assert [row["name"] for row in three.rows("/data_changed_2/solids")] == ["cube", "ball"]
    assert [row["name"] for row in three.rows("/data/sizes")] == ["small"]
