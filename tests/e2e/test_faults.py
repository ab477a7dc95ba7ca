"""What goes wrong with data and with the site: named, explained, and never for ever."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app, await_fault
from tests.e2e.harness.data_host import LFS_POINTER, Answer, DataHost, closed_port_url
from tests.e2e.harness.databases import encrypted_bytes, notes_database, wal_database
from tests.e2e.harness.sites import SiteHost, serving

HTML = b"<!doctype html><title>Not here</title><p>Please log in</p>"

# Browsers log every failed download themselves.
FAILED_LOADS = ("Failed to load resource", "blocked by CORS policy", "net::ERR")

Serve = Callable[[DataHost, Path], str]


def _good(folder: Path) -> bytes:
    return notes_database(folder / "good.db", "first", "second").read_bytes()


CASES: dict[str, tuple[str, Serve]] = {
    "refused": ("download-unreachable", lambda host, path: closed_port_url("/bad.db")),
    "no CORS": (
        "download-blocked",
        lambda host, path: host.serve("/bad.db", Answer(_good(path), cors=False)),
    ),
    "404": ("download-status", lambda host, path: host.origin + "/bad.db"),
    "500": (
        "download-status",
        lambda host, path: host.serve("/bad.db", Answer(b"broken", status=500)),
    ),
    "cut off": (
        "download-interrupted",
        lambda host, path: host.serve("/bad.db", Answer(_good(path)[:5000], claimed_length=9000)),
    ),
    "HTML": (
        "html-instead-of-data",
        lambda host, path: host.serve("/bad.db", Answer(HTML, content_type="text/html")),
    ),
    "LFS": ("lfs-pointer", lambda host, path: host.serve("/bad.db", LFS_POINTER)),
    "text": ("not-sqlite", lambda host, path: host.serve("/bad.db", b"id,name\n1,one\n" * 50)),
    "truncated": (
        "database-truncated",
        lambda host, path: host.serve("/bad.db", _good(path)[:-4096]),
    ),
    "encrypted": (
        "database-encrypted",
        lambda host, path: host.serve("/bad.db", encrypted_bytes()),
    ),
    "empty": ("database-empty", lambda host, path: host.serve("/bad.db", b"")),
}


@pytest.mark.expects_console_errors(*FAILED_LOADS)
@pytest.mark.parametrize("case", CASES)
def test_bad_data_is_named(
    tab: Page, site: SiteHost, data_host: DataHost, tmp_path: Path, case: str
) -> None:
    code, serve = CASES[case]
    url = serve(data_host, tmp_path)
    tab.goto(f"{site.url}?url={url}", wait_until="commit")
    assert await_fault(tab, 60) == code
    alert = tab.get_by_role("alert")
    expect(alert).to_contain_text("bad.db")


@pytest.mark.expects_console_errors(*FAILED_LOADS)
def test_one_bad_source_of_four_leaves_the_other_three(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    urls = [
        data_host.serve(f"/{name}.db", notes_database(tmp_path / f"{name}.db", name))
        for name in ("one", "two", "three")
    ]
    urls.insert(2, data_host.serve("/page.db", Answer(HTML, content_type="text/html")))
    query = "&".join(f"url={url}" for url in urls)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?{query}", tab))
    assert [db["name"] for db in app.ask_json("/-/databases.json")["databases"]] == [
        "one",
        "two",
        "three",
    ]
    page = app.goto("/")
    expect(page.locator("section.content")).to_contain_text("page.db")
    for name in ("one", "two", "three"):
        assert app.rows(f"/{name}/notes")[0]["title"] == name


@pytest.mark.expects_console_errors(*FAILED_LOADS)
def test_mended_data_opens_on_another_try(
    tab: Page, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.origin + "/bad.db"
    tab.goto(f"{site.url}?url={url}", wait_until="commit")
    assert await_fault(tab) == "download-status"
    data_host.serve("/bad.db", _good(tmp_path))
    tab.get_by_role("button", name="Try again").click()
    await_app(tab)
    assert App.shown_in(tab).rows("/bad/notes")[0]["title"] == "first"


def test_wal_database_opens_and_says_so(
    open_database: Callable[[Path], App], tmp_path: Path
) -> None:
    app = open_database(wal_database(tmp_path / "ahead.db"))
    page = app.goto("/ahead")
    expect(page.locator("[data-notice=wal]")).to_contain_text("ahead.db-wal")
    assert len(app.rows("/ahead/notes")) == 2
    app.ask_json("/ahead/notes/-/insert", "POST", '{"rows": [{"title": "third"}]}')
    assert len(app.rows("/ahead/notes")) == 3


def test_slow_download_shows_its_progress(
    tab: Page, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    hold = threading.Event()
    body = notes_database(tmp_path / "slow.db", *["x" * 1000] * 2000).read_bytes()
    url = data_host.serve("/slow.db", Answer(body, hold=hold))
    tab.goto(f"{site.url}?url={url}", wait_until="commit")
    tab.wait_for_selector("html[data-state=loading]")
    expect(tab.locator("body")).to_contain_text("slow.db", timeout=30_000)
    expect(tab.locator("body")).to_contain_text("MB", timeout=30_000)
    hold.set()
    await_app(tab)


@pytest.mark.expects_console_errors(*FAILED_LOADS, "MIME type", "wasm")
@pytest.mark.parametrize(
    ("damage", "code"), [("missing", "runtime-missing"), ("corrupt", "runtime-corrupt")]
)
@pytest.mark.parametrize("part", ["pyodide.asm.*.wasm", "base.*.pack.gz"])
def test_damaged_site_is_named_and_a_mended_one_starts(
    chromium: Chromium, site_folder: Path, tmp_path: Path, part: str, damage: str, code: str
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)
    (file,) = (folder / "vendor/runtime").glob(part)
    good = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(good[:1000] + bytes(1000) + good[2000:])
    with serving(folder) as host:
        page = chromium.new_page()
        page.goto(host.url + "app/fixtures", wait_until="commit")
        assert await_fault(page, 60) == code
        file.write_bytes(good)
        page.get_by_role("button", name="Try again").click()
        await_app(page)


@pytest.mark.expects_console_errors(*FAILED_LOADS, "MIME type", "ServiceWorker")
def test_login_page_in_place_of_the_worker_is_explained(
    chromium: Chromium, site_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)
    # A folder of that name: the host redirects to it and answers with a page, as a login does.
    (folder / "sw.js").unlink()
    (folder / "sw.js").mkdir()
    (folder / "sw.js/index.html").write_bytes(HTML)
    with serving(folder) as host:
        page = chromium.new_page()
        page.goto(host.url + "app/fixtures", wait_until="commit")
        assert await_fault(page, 20) == "worker-script-not-javascript"
        assert not host.asked_for("vendor/runtime/")
