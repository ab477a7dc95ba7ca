"""Ways in: the launcher, links with options, old links, deep links in a browser new to the site."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app, await_fault
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.sites import SiteHost, serving

# The runtime is what is large: 10 of the site's 20 MB.
RUNTIME = "vendor/runtime/"


class Loads:
    """Counts the documents that a tab loads."""

    def __init__(self, page: Page) -> None:
        self.urls: list[str] = []
        page.on("domcontentloaded", lambda _: self.urls.append(page.url))


def test_launcher_fetches_no_python(chromium: Chromium, site: SiteHost) -> None:
    before = len(site.asked)
    page = chromium.new_page()
    page.goto(site.url)
    page.wait_for_selector("html[data-state=launcher]")
    page.wait_for_load_state("networkidle")
    assert not [path for path in site.asked[before:] if path.startswith(RUNTIME)]


def test_launcher_opens_a_typed_link(
    tab: Page, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/typed.db", notes_database(tmp_path / "typed.db", "first"))
    tab.goto(site.url)
    tab.wait_for_selector("html[data-state=launcher]")
    field = tab.get_by_role("textbox").first
    field.fill(url)
    field.press("Enter")
    await_app(tab)
    expect(tab.locator("section.content")).to_contain_text("typed")


def test_link_in_an_empty_profile_reaches_its_database(
    chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/first.db", notes_database(tmp_path / "first.db", "first"))
    app = App.shown_in(chromium.open_app(f"{site.url}?url={url}"))
    assert app.prefix.startswith(site.url + "app/url=http:~2F~2F127.0.0.1")
    assert [row["title"] for row in app.rows("/first/notes")] == ["first"]
    assert data_host.hits("/first.db") == 1


def test_old_link_with_fragment_reaches_its_page(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, fixtures_db: Path
) -> None:
    url = data_host.serve("/fixtures.db", fixtures_db)
    page = shared_chromium.open_app(
        f"{site.url}?url={url}#/fixtures/facetable?_facet=state&_sort_desc=pk", tab
    )
    assert page.url.endswith("/fixtures/facetable?_facet=state&_sort_desc=pk")
    expect(page.locator("#facet-state")).to_be_visible()


def test_cold_deep_link_lands_on_its_page(
    chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/deep.db", notes_database(tmp_path / "deep.db", "first", "second"))
    segment = "url=" + url.replace("/", "~2F")
    page = chromium.new_page()
    loads = Loads(page)
    wanted = f"{site.url}app/{segment}/deep/notes?_facet=kind&kind=odd"
    chromium.open_app(wanted, page)
    assert page.url == wanted
    expect(page.locator("td.col-title")).to_have_text(["second"])
    # The host's 404.html, then the page: one reload.
    assert len(loads.urls) == 2


def test_cold_deep_link_without_a_plan_shows_the_demonstration(
    chromium: Chromium, site: SiteHost
) -> None:
    page = chromium.open_app(site.url + "app/fixtures/facetable?_facet=state")
    assert page.url == site.url + "app/fixtures/facetable?_facet=state"
    expect(page.locator("#facet-state")).to_be_visible()


def test_site_works_at_the_root_of_its_host(
    chromium: Chromium, site_folder: Path, tmp_path: Path
) -> None:
    with serving(site_folder, mount="/") as host:
        page = chromium.open_app(host.url + "app/fixtures/facet_cities")
        expect(page.locator("td.col-name")).to_contain_text(["San Francisco"])
        page.locator("th.col-name a").first.click()
        page.wait_for_url(host.url + "app/fixtures/facet_cities?_sort=name")


def test_shift_reload_comes_back_with_one_reload_more(
    warm_chromium: Chromium, site: SiteHost
) -> None:
    page = warm_chromium.open_app(site.url + "app/fixtures/facetable?_sort=state")
    address = page.url
    loads = Loads(page)
    cdp = warm_chromium.context.new_cdp_session(page)
    with page.expect_event("domcontentloaded"):
        cdp.send("Page.reload", {"ignoreCache": True})
    await_app(page)
    assert page.url == address
    assert len(loads.urls) <= 2
    page.locator("th.col-pk a").first.click()
    page.wait_for_url("**/facetable?_sort=pk")
    page.locator("td.col-pk a").first.click()
    page.wait_for_url("**/fixtures/facetable/1")
    page.locator("p.crumbs a", has_text="fixtures").first.click()
    page.wait_for_url(site.url + "app/fixtures")
    expect(page.locator("h1")).to_contain_text("fixtures")


@pytest.mark.expects_console_errors(r"\[LITE\]|Failed to load resource")
@pytest.mark.parametrize(
    ("script", "code"),
    [
        (
            "Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })",
            "no-service-worker",
        ),
        (
            "ServiceWorkerContainer.prototype.register = () => Promise.reject("
            "new DOMException('The operation is insecure.', 'SecurityError'))",
            "worker-blocked",
        ),
    ],
)
def test_browser_without_workers_is_told_before_the_download(
    chromium: Chromium, site: SiteHost, script: str, code: str
) -> None:
    before = len(site.asked)
    chromium.context.add_init_script(script)
    page = chromium.new_page()
    loads = Loads(page)
    page.goto(site.url + "app/fixtures/facetable")
    assert await_fault(page) == code
    page.wait_for_load_state("networkidle")
    assert len(loads.urls) == 1
    assert not [path for path in site.asked[before:] if path.startswith(RUNTIME)]


def test_plain_http_on_a_network_address_is_explained(
    playwright: Playwright, site: SiteHost, tmp_path: Path
) -> None:
    flags = ("--host-resolver-rules=MAP lan.example 127.0.0.1",)
    browser = Chromium(playwright, tmp_path / "profile", flags)
    try:
        page = browser.new_page()
        page.goto(f"http://lan.example:{site.port}/x/y/app/fixtures")
        assert await_fault(page) == "insecure-page"
        expect(page.get_by_role("alert")).to_contain_text("https://")
    finally:
        browser.close()


def test_unknown_option_is_refused_by_name(tab: Page, site: SiteHost) -> None:
    tab.goto(f"{site.url}?databse={quote('https://example.com/a.db')}")
    assert await_fault(tab) == "unknown-option"
    expect(tab.get_by_role("alert")).to_contain_text("databse")
