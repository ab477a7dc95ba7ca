"""What goes wrong with data and with the site: named, explained, and never for ever."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.browser import evaluate, wait_until
from tests.e2e.harness.chromium import Chromium, await_app, await_fault
from tests.e2e.harness.data_host import LFS_POINTER, Answer, DataHost, closed_port_url
from tests.e2e.harness.databases import encrypted_bytes, notes_database, wal_database
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.sites import SiteHost, serving
from tests.e2e.harness.webkit import WebKit

HTML = b"<!doctype html><title>Not here</title><p>Please log in</p>"

# Browsers log every failed download themselves.
FAILED_LOADS = ("Failed to load resource", "blocked by CORS policy", "net::ERR")

Serve = Callable[[DataHost, str, Path], str]


def _good(folder: Path) -> bytes:
    file = folder / "good.db"
    return (file if file.exists() else notes_database(file, "first", "second")).read_bytes()


CASES: dict[str, tuple[str, Serve]] = {
    "refused": ("download-unreachable", lambda host, at, path: closed_port_url(at)),
    "no CORS": (
        "download-blocked",
        lambda host, at, path: host.serve(at, Answer(_good(path), cors=False)),
    ),
    "404": ("download-not-found", lambda host, at, path: host.origin + at),
    "403": (
        "download-forbidden",
        lambda host, at, path: host.serve(at, Answer(b"log in", status=403)),
    ),
    "429": (
        "download-too-often",
        lambda host, at, path: host.serve(at, Answer(b"slowly", status=429)),
    ),
    "500": (
        "download-status",
        lambda host, at, path: host.serve(at, Answer(b"broken", status=500)),
    ),
    "cut off": (
        "download-interrupted",
        lambda host, at, path: host.serve(at, Answer(_good(path)[:5000], claimed_length=9000)),
    ),
    "HTML": (
        "html-instead-of-data",
        lambda host, at, path: host.serve(at, Answer(HTML, content_type="text/html")),
    ),
    "LFS": ("lfs-pointer", lambda host, at, path: host.serve(at, LFS_POINTER)),
    "text": ("not-sqlite", lambda host, at, path: host.serve(at, b"id,name\n1,one\n" * 50)),
    "truncated": (
        "database-truncated",
        lambda host, at, path: host.serve(at, _good(path)[:-4096]),
    ),
    "encrypted": (
        "database-encrypted",
        lambda host, at, path: host.serve(at, encrypted_bytes()),
    ),
    "empty": ("database-empty", lambda host, at, path: host.serve(at, b"")),
}


@pytest.mark.expects_console_errors(*FAILED_LOADS)
@pytest.mark.parametrize("case", ["refused", "404", "HTML"])
def test_bad_data_alone_is_named(
    tab: Page, site: SiteHost, data_host: DataHost, tmp_path: Path, case: str
) -> None:
    code, serve = CASES[case]
    tab.goto(f"{site.url}?url={serve(data_host, '/bad.db', tmp_path)}", wait_until="commit")
    assert await_fault(tab, 60) == code
    expect(tab.get_by_role("alert")).to_contain_text("bad.db")


@pytest.mark.expects_console_errors(*FAILED_LOADS)
def test_each_bad_source_is_named_and_the_good_ones_work(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    names = ("one", "two", "three")
    urls = [
        data_host.serve(f"/{name}.db", notes_database(tmp_path / f"{name}.db", name))
        for name in names
    ]
    expected = {}
    for number, (code, serve) in enumerate(CASES.values()):
        urls.insert(2, serve(data_host, f"/bad{number}.db", tmp_path))
        expected[f"bad{number}.db"] = code
    query = "&".join(f"url={url}" for url in urls)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?{query}", tab))
    databases = app.ask_json("/-/databases.json")["databases"]
    assert [database["name"] for database in databases] == list(names)
    for name in names:
        assert app.rows(f"/{name}/notes")[0]["title"] == name
    page = app.goto("/")
    shown = {
        fault.locator("strong").first.inner_text(): fault.get_attribute("data-code")
        for fault in page.locator(".lite-fault").all()
    }
    assert shown == expected


def test_bad_sources_beside_good_ones_in_the_other_engines(
    other_browser: Firefox | WebKit, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    people = pa.table({"name": ["Édith"], "born": [date(2001, 2, 3)]})
    pa.parquet.write_table(people, tmp_path / "people.parquet", compression="zstd")
    towns = "town;size\nMünchen;7\n".encode("cp1252")
    links = [
        f"url={data_host.serve('/good.db', _good(tmp_path))}",
        f"csv={data_host.serve('/towns.csv', towns)}",
        f"parquet={data_host.serve('/people.parquet', tmp_path / 'people.parquet')}",
    ]
    expected = []
    for number, (code, serve) in enumerate(CASES.values()):
        links.append(f"url={serve(data_host, f'/bad{number}.db', tmp_path)}")
        expected.append(code)
    # A link of a Datasette Lite elsewhere, pasted into the start page.
    other_browser.goto(site.url)
    wait_until(other_browser, "document.documentElement.dataset.state === 'launcher'")
    text = json.dumps(f"https://lite.datasette.io/?{'&'.join(links)}#/data/towns")
    other_browser.run(
        f"""const field = document.querySelector('#link');
        field.value = {text};
        field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        field.form.requestSubmit();
        return '';"""
    )
    wait_until(other_browser, "document.querySelector('td.col-town')", 120)
    prefix = evaluate(other_browser, "location.pathname").removesuffix("data/towns")
    rows = f"""Promise.all(['good/notes', 'data/towns', 'data/people'].map(async (path) => {{
      const [row] = await (await fetch(`{prefix}${{path}}.json?_shape=array`)).json();
      return row.title ?? row.town ?? `${{row.name}} ${{row.born}}`;
    }}))"""
    assert evaluate(other_browser, rows) == ["first", "München", "Édith 2001-02-03"]
    other_browser.goto(site.origin + prefix)
    wait_until(other_browser, "document.querySelectorAll('.lite-fault').length")
    faults = "[...document.querySelectorAll('.lite-fault')].map(({ dataset }) => dataset.code)"
    assert evaluate(other_browser, faults) == expected


@pytest.mark.expects_console_errors(*FAILED_LOADS)
def test_mended_data_opens_on_another_try(
    tab: Page, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.origin + "/bad.db"
    tab.goto(f"{site.url}?url={url}", wait_until="commit")
    assert await_fault(tab) == "download-not-found"
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
    ("part", "damage", "code"),
    [
        ("pyodide.asm.*.wasm.zst", "corrupt", "runtime-corrupt"),
        ("pyodide.asm.*.wasm.zst", "missing", "runtime-missing"),
    ],
)
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


@pytest.mark.expects_console_errors(*FAILED_LOADS)
def test_what_comes_after_the_first_page_is_asked_for_again_when_it_was_missing(
    chromium: Chromium, site_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)
    (file,) = (folder / "vendor/runtime").glob("python_stdlib.*.zip")
    good = file.read_bytes()
    file.unlink()
    with serving(folder) as host:
        app = App.shown_in(chromium.open_app(host.url + "app/fixtures"))
        answer = app.ask("/fixtures.json")
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "runtime-missing")
        file.write_bytes(good)
        assert app.ask("/fixtures.json").status == 200


@pytest.mark.expects_console_errors(*FAILED_LOADS, "MIME type", "behind a redirect")
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
