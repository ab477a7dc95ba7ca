"""Downloads: the right name and the exact bytes, clicked and by other ways."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, Page

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.databases import big_database, blob_database, notes_database
from tests.e2e.harness.native import NativeDatasette

OpenDatabase = Callable[[Path], App]

TAGS_CSV = "/fixtures/tags.csv?_stream=1&_dl=1"


def _download(page: Page, link: Locator, **how: object) -> Download:
    with page.expect_download(timeout=60_000) as started:
        link.click(**how)  # type: ignore[arg-type]
    return started.value


def _bytes(download: Download) -> bytes:
    assert not download.failure()
    return download.path().read_bytes()


def test_csv_of_a_table_is_that_of_a_server(demo: App, native: NativeDatasette) -> None:
    page = demo.goto("/fixtures/facetable?state=CA")
    form = page.locator("#export form")
    form.locator("input[name=_dl]").check()
    download = _download(page, form.locator("input[type=submit]"))
    assert download.suggested_filename == "facetable.csv"
    target = "/" + download.url.removeprefix(demo.prefix)
    assert target.startswith("/fixtures/facetable.csv?")
    assert _bytes(download) == native.get(target).body


def test_streamed_csv_of_200000_rows_is_complete(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    app = open_database(big_database(tmp_path / "many.db"))
    page = app.goto("/many/big?_size=10")
    page.locator("#export label", has_text="stream all rows").locator("input").check()
    page.locator("#export label", has_text="download file").locator("input").check()
    download = _download(page, page.locator("#export input[type=submit]"))
    assert download.suggested_filename == "big.csv"
    rows = list(csv.reader(io.StringIO(_bytes(download).decode())))
    assert rows[0] == ["id", "name", "score"]
    assert len(rows) == 200_001
    assert rows[-1][:2] == ["200000", 'row, "200000"']


@pytest.mark.parametrize("attribute", ["", "download"])
def test_clicked_file_arrives(demo: App, native: NativeDatasette, attribute: str) -> None:
    page = demo.goto("/fixtures")
    _add_link(page, attribute)
    download = _download(page, page.locator("#file"))
    assert download.suggested_filename == "tags.csv"
    assert _bytes(download) == native.get(TAGS_CSV).body


def test_file_clicked_into_a_new_tab_arrives(
    demo: App, shared_chromium: Chromium, native: NativeDatasette
) -> None:
    """Playwright tells nothing of such a download: the tab closes as soon as it begins."""
    page = demo.goto("/fixtures")
    _add_link(page, "")
    before = set(shared_chromium.downloads.glob("*"))
    page.locator("#file").click(modifiers=["Control"])

    def arrived() -> bool:
        new = set(shared_chromium.downloads.glob("*")) - before
        return [file.read_bytes() for file in new] == [native.get(TAGS_CSV).body]

    shared_chromium.wait_until(arrived, "the download")


def _add_link(page: Page, attribute: str) -> None:
    page.evaluate(
        "([href, attribute]) => document.body.insertAdjacentHTML('beforeend',"
        " `<a id=file ${attribute} href='${href}'>all</a>`)",
        [TAGS_CSV.removeprefix("/"), attribute],
    )


def test_json_is_that_of_a_server(demo: App, native: NativeDatasette) -> None:
    path = "/fixtures/facetable.json?_shape=array&_sort_desc=pk"
    assert demo.ask(path).body == native.get(path).body


def test_blobs_come_with_exact_bytes_and_name(open_database: OpenDatabase, tmp_path: Path) -> None:
    file, contents = blob_database(tmp_path / "blobs.db")
    app = open_database(file)
    page = app.goto("/blobs/files")
    for key in (2, 3, 4):
        link = page.locator(f"tr[data-row='{key}'] a.blob-download")
        download = _download(page, link)
        assert download.suggested_filename == f"files-{key}-content.blob" or (
            download.suggested_filename.startswith("content-")
        )
        assert _bytes(download) == contents[key]


def test_whole_database_leaves_with_every_edit(open_database: OpenDatabase, tmp_path: Path) -> None:
    app = open_database(notes_database(tmp_path / "edited.db", "first", "second"))
    app.ask_json("/edited/notes/-/insert", "POST", '{"rows": [{"title": "third"}]}')
    app.ask_json("/edited/notes/1/-/update", "POST", '{"update": {"title": "first, mended"}}')
    app.ask_json("/edited/notes/2/-/delete", "POST", "{}")
    page = app.goto("/edited")
    page.locator("details.actions-menu-links summary").click()
    download = _download(page, page.get_by_role("menuitem", name="Download this database"))
    assert download.suggested_filename == "edited.db"
    saved = tmp_path / "saved.db"
    saved.write_bytes(_bytes(download))
    with closing(sqlite3.connect(saved)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = db.execute("SELECT id, title FROM notes ORDER BY id").fetchall()
    assert rows == [(1, "first, mended"), (3, "third")]
