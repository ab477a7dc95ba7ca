"""Datasette 1.0's own JavaScript, driven as a visitor drives it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Dialog, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.databases import notes_database

OpenDatabase = Callable[[Path], App]


def _column_menu(app: App, column: str, choice: str) -> None:
    page = app.page
    page.locator(f'th[data-column="{column}"] .dropdown-menu-icon').click()
    page.locator(".dropdown-menu .dropdown-actions a", has_text=choice).click()


def test_column_menu_sorts_facets_and_hides(demo: App) -> None:
    page = demo.goto("/fixtures/facetable")
    _column_menu(demo, "state", "Sort descending")
    page.wait_for_url(demo.url("/fixtures/facetable?_sort_desc=state"))
    expect(page.locator("table.rows-and-columns td.col-state").first).to_have_text("MI")
    _column_menu(demo, "planet_int", "Facet by this")
    page.wait_for_url("**/facetable?_sort_desc=state&_facet=planet_int**")
    expect(page.locator("#facet-planet_int li")).to_have_count(2)
    _column_menu(demo, "created", "Hide this column")
    page.wait_for_url("**_nocol=created**")
    expect(page.locator('th[data-column="created"]')).to_have_count(0)
    assert page.url.startswith(demo.url("/fixtures/facetable?"))


def test_facets_narrow_and_widen(demo: App) -> None:
    page = demo.goto("/fixtures/facetable?_facet=state")
    page.locator("#facet-state a", has_text="MI").click()
    page.wait_for_url(re.compile(r"state=MI"))
    expect(page.locator("h3").first).to_contain_text('4 rows where state = "MI"')
    page.locator("#facet-state li a.cross").click()
    expect(page.locator("h3").first).to_contain_text("15 rows")
    assert page.url.startswith(demo.url("/fixtures/facetable?"))


def test_filters_are_added_and_removed(demo: App) -> None:
    page = demo.goto("/fixtures/facetable")
    rows = page.locator("table.rows-and-columns tbody tr")
    for column, value, row_count in [("state", "CA", 10), ("planet_int", "1", 10)]:
        page.locator("select[name=_filter_column]").select_option(column)
        page.locator("select[name=_filter_op]").select_option("exact")
        page.locator("input[name=_filter_value]").fill(value)
        page.locator("form.filters input[type=submit]").click()
        page.wait_for_url(f"**/fixtures/facetable?**{column}__exact={value}**")
        expect(rows).to_have_count(row_count)
    removable = page.locator(".filter-row:has(.filter-row-remove:not([hidden]))").first
    column = removable.locator("select").first.input_value()
    removable.locator(".filter-row-remove").click()
    page.locator("form.filters input[type=submit]").click()
    page.wait_for_url(lambda url: f"{column}__exact" not in url)
    assert "__exact=" in page.url
    assert page.url.startswith(demo.url("/fixtures/facetable?"))


def test_paging_reaches_the_last_page(demo: App) -> None:
    page = demo.goto("/fixtures/no_primary_key")
    page.locator("a", has_text="Next page").first.click()
    page.wait_for_url("**/no_primary_key?_next=100")
    page.locator("a", has_text="Next page").first.click()
    page.wait_for_url("**/no_primary_key?_next=200")
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(2)


def test_search_finds(demo: App) -> None:
    page = demo.goto("/fixtures/searchable")
    page.locator("#_search").fill("weasel")
    page.locator("#_search").press("Enter")
    page.wait_for_url("**_search=weasel**")
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(1)


def test_jump_menu_leads_to_a_table_of_this_plan(demo: App) -> None:
    page = demo.goto("/")
    page.keyboard.press("/")
    page.locator("navigation-search .search-input").fill("roadside_att")
    page.locator("navigation-search .result-item", has_text="roadside_attractions").click()
    page.wait_for_url(demo.url("/fixtures/roadside_attractions"))


def test_sql_editor_completes_table_names_and_formats(demo: App) -> None:
    page = demo.goto("/fixtures/-/query?sql=select+1")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("select * from facet_c")
    page.locator(".cm-tooltip-autocomplete li", has_text="facet_cities").click()
    expect(page.locator(".cm-content")).to_have_text("select * from facet_cities")
    page.locator("#sql-format").click()
    expect(page.locator(".cm-line").nth(1)).to_contain_text("*")
    page.locator("form.sql input[type=submit]").click()
    page.wait_for_url(re.compile(r"/-/query\?sql="))
    expect(page.locator("td", has_text="Memnonia")).to_be_visible()


def test_rows_are_inserted_edited_and_deleted_in_dialogs(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    app = open_database(notes_database(tmp_path / "dialogs.db", "first", "second"))
    page = app.goto("/dialogs/notes")
    page.locator("button[data-table-action=insert-row]").click()
    dialog = page.locator("dialog.row-edit-dialog")
    dialog.locator("[name=title]").fill("third")
    dialog.locator(".row-edit-save").click()
    expect(page.locator(".row-mutation-status")).to_contain_text("Inserted row 3")
    assert [row["title"] for row in app.rows("/dialogs/notes")] == ["first", "second", "third"]

    page.locator("tr[data-row='2'] button[data-row-action=edit]").click()
    dialog.locator("[name=title]").fill("second, mended")
    dialog.locator(".row-edit-save").click()
    expect(page.locator(".row-mutation-status")).to_contain_text("Updated row 2")
    expect(page.locator("tr[data-row='2'] td.col-title")).to_have_text("second, mended")

    page.locator("tr[data-row='1'] button[data-row-action=delete]").click()
    page.locator("dialog.row-delete-dialog .row-delete-confirm").click()
    expect(page.locator("tr[data-row='1']")).to_have_count(0)
    page.reload()
    expect(page.locator("td.col-title")).to_have_text(["second, mended", "third"])


def test_many_rows_are_inserted_at_once(open_database: OpenDatabase, tmp_path: Path) -> None:
    app = open_database(notes_database(tmp_path / "bulk.db", "first"))
    page = app.goto("/bulk/notes")
    page.locator("button[data-table-action=insert-row]").click()
    dialog = page.locator("dialog.row-edit-dialog")
    dialog.locator(".row-edit-bulk-insert").click()
    lines = [f"title {n},kind {n}" for n in range(120)]
    dialog.locator("textarea[name=_bulk_rows]").fill("\n".join(["title,kind", *lines]))
    dialog.locator(".row-edit-save").click()
    expect(dialog.locator(".row-edit-bulk-preview")).to_be_visible()
    dialog.locator(".row-edit-save").click()
    expect(dialog).to_contain_text("120 rows inserted")
    assert app.ask_json("/bulk/notes.json?_size=0&_extra=count")["count"] == 121


def test_table_is_created_altered_and_dropped(open_database: OpenDatabase, tmp_path: Path) -> None:
    app = open_database(notes_database(tmp_path / "made.db"))
    page = app.goto("/made")
    page.locator("details.actions-menu-links summary").click()
    page.locator("button[data-database-action=create-table]").click()
    create = page.locator("dialog.table-create-dialog")
    create.locator("[name=table]").fill("plants")
    create.locator(".table-create-column-name").nth(1).fill("species")
    create.locator(".table-create-save").click()
    page.wait_for_url(app.url("/made/plants"))

    page.locator("details.actions-menu-links summary").click()
    page.locator("button[data-table-action=alter-table]").click()
    alter = page.locator("dialog.table-alter-dialog")
    alter.locator(".table-alter-add-column").click()
    alter.locator(".table-alter-column-name").last.fill("height")
    alter.locator(".table-alter-save").click()
    expect(alter.locator(".table-alter-review")).to_be_visible()
    alter.locator(".table-alter-save").click()
    expect(page.locator('th[data-column="height"]')).to_be_visible()

    page.locator("details.actions-menu-links summary").click()
    page.locator("button[data-table-action=alter-table]").click()
    page.on("dialog", Dialog.accept)
    alter.locator(".table-alter-drop").click()
    page.wait_for_url(app.url("/made"))
    assert [table["name"] for table in app.ask_json("/made.json")["tables"]] == ["notes"]


def test_write_sql_is_analyzed_run_and_reported(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    app = open_database(notes_database(tmp_path / "written.db", "first"))
    page = app.goto("/written/-/execute-write")
    page.locator(".cm-content").click()
    page.keyboard.type("insert into notes (title) values (:title)")
    expect(page.locator(".execute-write-analysis")).to_contain_text("notes")
    page.locator("input[data-parameter-name=title]").fill("by SQL")
    page.locator("[data-execute-write-submit]").click()
    expect(page.locator(".message-info")).to_contain_text("1 row affected")
    assert [row["title"] for row in app.rows("/written/notes")] == ["first", "by SQL"]


def test_stored_query_is_saved_with_a_message_shown_once(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    app = open_database(notes_database(tmp_path / "stored.db", "first"))
    page = app.goto("/stored/-/query?sql=select+title+from+notes")
    page.locator("a.save-query").click()
    page.locator("form input[name=name]").fill("titles")
    page.locator("form.core input[type=submit], form.core button[type=submit]").last.click()
    expect(page.locator(".message-info")).to_contain_text("Query saved")
    page.reload()
    expect(page.locator(".message-info")).to_have_count(0)
    app.goto("/stored/titles")
    expect(page.locator("td", has_text="first")).to_be_visible()


def test_api_explorer_gets_posts_and_shares_its_state(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    app = open_database(notes_database(tmp_path / "api.db", "first"))
    page = app.goto("/-/api")
    page.locator("a", has_text="/api/notes.json").click()
    page.locator("#api-explorer-get input[type=submit]").click()
    expect(page.locator("#output pre")).to_contain_text('"title": "first"')

    page.locator("a", has_text="/api/notes/-/insert").click()
    row = json.dumps({"rows": [{"title": "by API"}]})
    page.locator("#apiJson").fill(row)
    page.locator("#api-explorer-post input[type=submit]").click()
    expect(page.locator("#response-status")).to_have_text("201")
    assert quote("by API", safe="").replace("%20", "+") in page.url

    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    expect(page.locator("#apiJson")).to_have_value(row)
    assert [item["title"] for item in app.rows("/api/notes")] == ["first", "by API"]


def test_message_page_shows_each_message_once(demo: App) -> None:
    page = demo.goto("/-/messages")
    page.locator("input[name=message]").fill("Hello from a form")
    page.locator("form.core input[type=submit]").click()
    expect(page.locator(".message-info")).to_contain_text("Hello from a form")
    demo.goto("/fixtures")
    expect(page.locator(".message-info", has_text="Hello")).to_have_count(0)


def test_permission_playground_answers(demo: App) -> None:
    page = demo.goto("/-/permissions")
    expect(page.locator("h1")).to_contain_text("Permission")
    demo.goto("/-/allowed?action=view-table")
    expect(page.locator("table")).to_contain_text("fixtures")
