"""The memory image: engines restored from it are as good as booted ones, and booting is there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from building.warm_up import PAGES
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.images import Facts, add_restored_application, change_image
from tests.e2e.harness.sites import SiteHost, serving

HERE = Path(__file__).parent

#: Only a plain boot needs Datasette's packages as files.
PACKAGES = "vendor/runtime/base."

#: What the worker noted on the browser's copy of Python's WebAssembly.
COPY_IS_GOOD = r"""async () => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const key of await cache.keys()) {
      if (!/pyodide\.asm\.[0-9a-f]+\.wasm$/.test(key.url)) continue;
      return (await (await cache.match(key)).json()).isGood;
    }
  }
}"""

#: Python's WebAssembly as the worker keeps it, beside the browser's own copy.
FORGET_OUR_WASM = r"""async () => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const key of await cache.keys()) {
      if (/pyodide\.asm\..*\.zst$/.test(key.url)) await cache.delete(key);
    }
  }
}"""


@pytest.fixture(scope="module")
def chance_site(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteHost]:
    """The site with an application that tells what chance and the clock say."""
    folder = tmp_path_factory.mktemp("chance") / "site"
    shutil.copytree(site_folder, folder)
    add_restored_application(folder, "chance", HERE / "chance_app")
    with serving(folder) as host:
        yield host


def test_first_visit_needs_no_packages(chromium: Chromium, site_folder: Path) -> None:
    with serving(site_folder) as host:
        chromium.open_app(host.url + "app/fixtures")
        assert host.asked_for(".image.zst")
        assert not host.asked_for(PACKAGES)


def test_later_starts_use_the_copy_of_which_the_browser_keeps_compiled_code(
    chromium: Chromium, site_folder: Path
) -> None:
    with serving(site_folder) as host:
        page = chromium.open_app(host.url + "app/fixtures")
        chromium.wait_until(lambda: page.evaluate(COPY_IS_GOOD), "the browser's copy")
        page.evaluate(FORGET_OUR_WASM)
        before = host.asked_for("runtime/pyodide.asm.")
        assert len(before) == 2  # compressed, to start soon, and as it is
        chromium.stop_workers()
        assert App.shown_in(page).goto("/fixtures/facetable")
        assert host.asked_for("runtime/pyodide.asm.") == before
        assert page.evaluate(COPY_IS_GOOD)


@pytest.mark.expects_console_errors("status of 404")
def test_pages_need_no_module_that_is_not_in_the_image(
    chromium: Chromium, site_folder: Path
) -> None:
    with serving(site_folder) as host, host.holding("python_stdlib."):
        page = chromium.open_app(host.url + "app/fixtures")
        for path, status in PAGES.items():
            if ".csv" not in path:  # a download
                answer = page.goto(f"{host.url}app{path}")
                assert answer, path
                assert answer.status == status, path
        assert page.evaluate("document.readyState") == "complete"


def test_module_that_is_not_in_the_image_is_waited_for(
    chromium: Chromium, chance_site: SiteHost
) -> None:
    # The application's own modules are in no image either.
    with chance_site.holding("python_stdlib."):
        page = chromium.new_page()
        page.goto(f"{chance_site.url}app/app=chance/", wait_until="commit")
        chromium.wait_until(
            lambda: bool(chance_site.asked_for("python_stdlib.")), "the standard library"
        )
    await_app(page)
    assert "chance" in page.inner_text("body")


def test_engines_of_one_image_share_no_chance(chromium: Chromium, chance_site: SiteHost) -> None:
    page = chromium.new_page()
    plans = ("app=chance", "app=chance&memory=1")
    answers = [_ask_chance(page, chance_site, plan) for plan in plans]
    chromium.stop_workers()
    answers.append(_ask_chance(page, chance_site, plans[0]))
    for name in answers[0]["chance"]:
        told = {str(answer["chance"][name]) for answer in answers}
        assert len(told) == len(answers), (name, told)
    assert not chance_site.asked_for(PACKAGES)


def test_restored_engine_knows_the_visitors_clock(
    playwright: Playwright, chance_site: SiteHost, tmp_path: Path
) -> None:
    browser = Chromium(playwright, tmp_path / "profile", timezone_id="Africa/Lagos")
    page = browser.new_page()
    facts = _ask_chance(page, chance_site, "app=chance")["facts"]
    hour = page.evaluate("new Date().getHours()")
    browser.close()
    assert facts["TZ"] == "Africa/Lagos"
    assert facts["tzname"] == ["UTC+0100", "UTC+0100"]
    assert facts["timezone"] == -3600
    assert facts["offset"] == "+0545"
    assert abs(facts["time"] - time.time()) < 60
    assert (hour - facts["hour"]) % 24 in (0, 1)
    assert facts["build"] == []
    assert facts["model"] == {"number": 3, "names": {"a": 1.5}}


@pytest.mark.expects_console_errors("status of 400")
def test_compiled_extensions_work(open_database: Callable[[Path], App], tmp_path: Path) -> None:
    app = open_database(notes_database(tmp_path / "made.db", "one"))
    headers = {"content-type": "application/json"}
    asked = {
        b'{"table": "made", "columns": [{"name": ""}]}': (400, "Column name is required"),
        b'{"table": "made", "pk": "id", "rows": [{"id": 1}]}': (201, '"table": "made"'),
    }
    for body, (status, said) in asked.items():
        reply = app.ask("/made/-/create", "POST", body=body, headers=headers)
        assert (reply.status, said in reply.body.decode()) == (status, True)
    body = b'{"operations": [{"op": "add_column", "args": {"name": "more"}}]}'
    assert app.ask("/made/made/-/alter", "POST", body=body, headers=headers).status == 200


def _other_origin(facts: Facts, contents: bytes) -> bytes:
    facts["madeFrom"][0] = "0" * 64
    return contents


def _other_memory(facts: Facts, contents: bytes) -> bytes:
    facts["keptSum"] ^= 1
    return contents


def _too_short(facts: Facts, contents: bytes) -> bytes:
    return contents[:-4096]


def _too_large(facts: Facts, contents: bytes) -> bytes:
    facts["memoryLength"] = 2**33
    return contents


@pytest.mark.parametrize("change", [_other_origin, _other_memory, _too_short, _too_large])
def test_image_that_does_not_fit_is_left_aside(
    chromium: Chromium, site_folder: Path, tmp_path: Path, change: Callable[[Facts, bytes], bytes]
) -> None:
    folder = _copy(site_folder, tmp_path)
    change_image(folder, change)
    with serving(folder) as host:
        app = App.shown_in(chromium.open_app(host.url + "app/fixtures/facetable"))
        assert len(app.rows("/fixtures/facetable")) == 15
        assert host.asked_for(PACKAGES)


@pytest.mark.expects_console_errors("Failed to load resource")
@pytest.mark.parametrize("damage", ["missing", "corrupt"])
def test_image_that_its_host_lacks_is_left_aside(
    chromium: Chromium, site_folder: Path, tmp_path: Path, damage: str
) -> None:
    folder = _copy(site_folder, tmp_path)
    (image,) = (folder / "vendor/runtime").glob("*.image.zst")
    if damage == "missing":
        image.unlink()
    else:
        data = image.read_bytes()
        image.write_bytes(data[:100_000] + bytes(1000) + data[101_000:])
    with serving(folder) as host:
        app = App.shown_in(chromium.open_app(host.url + "app/fixtures/facetable"))
        assert len(app.rows("/fixtures/facetable")) == 15


def _copy(site: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(site, folder)
    return folder


def _ask_chance(page: Page, site: SiteHost, plan: str) -> dict[str, Any]:
    page.goto(f"{site.url}app/{plan}/", wait_until="commit")
    await_app(page)
    answer: dict[str, Any] = page.evaluate("fetch(location.href).then((reply) => reply.json())")
    return answer
