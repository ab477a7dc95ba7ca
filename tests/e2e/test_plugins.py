"""Plugins that a link asks for: of the site's list, from elsewhere with consent, and failing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from allowlist.entries import read_allowlist
from building.built_release import without_image
from tests.consent_page import allow_button, decide_link
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app, await_fault
from tests.e2e.harness.consent import allow, await_consent
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.package_host import PackageHost
from tests.e2e.harness.releases import plugin_that_runs_data
from tests.e2e.harness.sites import SiteHost, build, serving
from tests.wheels import TestWheel

DEMO = "url=vendor/demo/fixtures.db"

# A plugin with a page of its own, and a script on every page.
PLUGIN = """
from datasette import hookimpl, Response

@hookimpl
def register_routes():
    return [(r"^/-/{name}$", answer)]

def answer(datasette):
    greeting = (datasette.plugin_config("{title}") or {{}}).get("greeting", "no greeting")
    return Response.text("{name}: " + greeting)

@hookimpl
def extra_js_urls():
    return ["/-/static-plugins/{name}/mark.js"]
"""


def plugin_wheel(name: str, version: str = "1.0", **facts: object) -> TestWheel:
    """A plugin that shows on every page, in script and in style, that it is there."""
    module = name.replace("-", "_")
    files = {
        f"{module}/__init__.py": PLUGIN.format(name=module, title=name),
        f"{module}/static/mark.js": f"document.documentElement.dataset.{module} = '{version}';",
    }
    return TestWheel(name, version, files=files, plugin=module, **facts)  # type: ignore[arg-type]


BROKEN = TestWheel(
    "datasette-broken", files={"broken_one.py": "import no_such_module"}, plugin="broken_one"
)


@pytest.fixture(scope="module")
def packages() -> Iterator[PackageHost]:
    """What stands in for the public index."""
    with PackageHost() as host:
        yield host


@pytest.fixture(scope="module")
def plugin_site(
    packages: PackageHost, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteHost]:
    """The site, built to ask that index."""
    folder = tmp_path_factory.mktemp("plugins")
    config = folder / "lite.json"
    config.write_text(json.dumps({"plugins": {"index": packages.index}}))
    with serving(build(folder / "site", config)) as host:
        yield host


@pytest.fixture
def ask(tab: Page, plugin_site: SiteHost) -> Callable[[str], Page]:
    """Opens the demonstration with plugins; returns the page once it asks for consent."""

    def open_link(query: str) -> Page:
        return await_consent(tab, f"{plugin_site.url}?{DEMO}&{query}")

    return open_link


def installed(app: App) -> dict[str, str]:
    """The plugins that Datasette itself names, with their versions."""
    return {each["name"]: each["version"] for each in app.ask_json("/-/plugins.json")}


def test_plugins_of_the_list_take_effect_at_once(
    shared_chromium: Chromium, tab: Page, site: SiteHost
) -> None:
    link = f"{site.url}?{DEMO}&install=datasette-pretty-json&install=datasette-haversine"
    app = App.shown_in(shared_chromium.open_app(link, tab))
    assert {"datasette-pretty-json", "datasette-haversine"} <= installed(app).keys()
    # Its function is haversine's, which came along.
    sql = "select haversine(51.5, -0.12, 48.86, 2.35) as km"
    (row,) = app.ask_json(f"/fixtures/-/query.json?_shape=array&sql={sql}")
    assert round(row["km"]) == 342
    about = app.goto("/-/lite").locator(".lite-plugins")
    expect(about).to_contain_text("haversine for datasette-haversine")
    expect(about).to_contain_text("verified for this site")


def test_scripts_of_plugins_run(shared_chromium: Chromium, tab: Page, site: SiteHost) -> None:
    link = f"{site.url}?{DEMO}&install=datasette-vega#/fixtures/facetable"
    page = shared_chromium.open_app(link, tab)
    page.click("text=Show charting options")
    page.check("input[name=mark][value=bar]")
    page.select_option("select[name=x_column]", "state")
    page.select_option("select[name=x_type]", "nominal")
    page.wait_for_selector(".vega-embed svg, .vega-embed canvas")


def test_what_is_not_on_the_list_is_asked_for_once(
    ask: Callable[[str], Page], packages: PackageHost, plugin_site: SiteHost
) -> None:
    needed = TestWheel("needed-by-it", "3.1")
    wheel = plugin_wheel("datasette-asked", needs=["needed-by-it", "datasette>=1.0a0"])
    files = [packages.add(wheel), packages.add(needed)]
    page = ask("install=datasette-asked")
    asks = page.get_by_role("alert")
    expect(asks).to_contain_text("datasette-asked 1.0 from 127.0.0.1")
    expect(asks).to_contain_text("needed-by-it 3.1 from 127.0.0.1")
    expect(asks).to_contain_text("needed by datasette-asked")
    expect(asks).to_contain_text(f"SHA-256 {wheel.sha256[:12]}")
    assert [packages.hits(path) for path in files] == [0, 0]

    app = allow(page)
    assert [packages.hits(path) for path in files] == [1, 1]
    assert installed(app)["datasette-asked"] == "1.0"
    page = app.goto("/fixtures/facetable")
    expect(page.locator("html[data-datasette_asked='1.0']")).to_be_attached()
    assert app.ask("/-/datasette_asked").body == b"datasette_asked: no greeting"

    # Agreed to once, it opens at once; taken back, it is asked for again.
    page.goto(f"{plugin_site.url}?{DEMO}&memory=1&install=datasette-asked", wait_until="commit")
    await_app(page)
    page.goto(f"{plugin_site.url}#allowed")
    page.get_by_role("button", name="Take back datasette-asked 1.0").click()
    expect(page.get_by_text("datasette-asked 1.0 may not run any more.")).to_be_attached()
    page.goto(app.prefix, wait_until="commit")
    assert await_fault(page) == "consent-needed"
    expect(page.get_by_role("alert")).not_to_contain_text("needed-by-it 3.1 from")
    page.get_by_role("link", name="Go on without datasette-asked").click()
    await_app(page)
    assert "install" not in page.url
    assert "datasette-asked" not in installed(App.shown_in(page))


def test_a_wheel_by_its_address_is_not_fetched_unasked(
    ask: Callable[[str], Page], packages: PackageHost
) -> None:
    wheel = plugin_wheel("datasette-by-address")
    path = f"/elsewhere/{wheel.filename}"
    url = packages.serve(path, wheel.content)
    settings = {"plugins": {"datasette-by-address": {"greeting": "as configured"}}}
    page = ask(f"install={url}&config=data:application/json,{quote(json.dumps(settings))}")
    expect(page.get_by_role("alert")).to_contain_text(url)
    expect(page.get_by_role("alert")).to_contain_text("content is not known")
    assert packages.hits(path) == 0
    app = allow(page)
    assert packages.hits(path) == 1
    assert installed(app)["datasette-by-address"] == "1.0"
    assert app.ask("/-/datasette_by_address").body == b"datasette_by_address: as configured"


def test_a_conflict_names_both_sides(
    tab: Page, packages: PackageHost, plugin_site: SiteHost
) -> None:
    packages.add(plugin_wheel("datasette-older", needs=["datasette<0.60"]))
    tab.goto(f"{plugin_site.url}?{DEMO}&install=datasette-older", wait_until="commit")
    assert await_fault(tab) == "plugin-conflict"
    expect(tab.get_by_role("alert")).to_contain_text(
        "it needs datasette<0.60, but Datasette Lite runs on datasette 1.0"
    )
    assert packages.hits("/files/datasette_older-1.0-py3-none-any.whl") == 0


def test_going_on_without_a_plugin_that_fails(
    ask: Callable[[str], Page], packages: PackageHost
) -> None:
    packages.add(BROKEN)
    page = ask("install=datasette-broken&install=datasette-pretty-json")
    allow_button(page).click()
    page.wait_for_selector("[data-code=plugin-failed]")
    expect(page.get_by_role("alert")).to_contain_text("datasette-broken 1.0")
    expect(page.get_by_role("alert")).to_contain_text("No module named 'no_such_module'")
    page.get_by_role("link", name="Go on without datasette-broken").click()
    await_app(page)
    app = App.shown_in(page)
    assert "datasette-pretty-json" in installed(app)
    assert app.ask("/fixtures/facetable").status == 200


def test_one_that_fails_is_named_where_python_boots_plainly(
    tab: Page, packages: PackageHost, tmp_path: Path
) -> None:
    packages.add(BROKEN)
    config = tmp_path / "lite.json"
    config.write_text(json.dumps({"plugins": {"index": packages.index}}))
    with serving(without_image(build(tmp_path / "site", config))) as host:
        allow_button(await_consent(tab, f"{host.url}?{DEMO}&install=datasette-broken")).click()
        tab.wait_for_selector("[data-code=plugin-failed]")
        expect(tab.get_by_role("alert")).to_contain_text("datasette-broken 1.0")


def test_altered_wheels_are_not_used(ask: Callable[[str], Page], packages: PackageHost) -> None:
    wheel = plugin_wheel("datasette-write-ui")
    path = packages.add(wheel)
    packages.serve(path, plugin_wheel("datasette-write-ui", "6.6.6").content)
    page = ask("install=datasette-write-ui")
    # Whatever comes of it, the list says that it was tried.
    expect(page.get_by_role("alert")).to_contain_text("known not to work here")
    expect(page.get_by_role("alert")).to_contain_text("Instead, there is datasette-write")
    allow_button(page).click()
    page.wait_for_selector("[data-code=plugin-altered]")
    expect(page.get_by_role("link", name="Go on without datasette-write-ui")).to_be_visible()


def test_plugins_outlive_the_worker_and_the_network(
    chromium: Chromium, packages: PackageHost, plugin_site: SiteHost
) -> None:
    wheel = plugin_wheel("datasette-kept")
    packages.add(wheel)
    with serving(plugin_site.folder) as host:
        page = chromium.new_page()
        link = f"{host.url}?{DEMO}&install=datasette-kept&install=datasette-pretty-json"
        app = allow(await_consent(page, link))
        before = len(packages.seen)
        host.stop()
        chromium.stop_workers()
        app.goto("/fixtures/facetable")
        assert installed(app)["datasette-kept"] == "1.0"
        assert app.ask("/-/datasette_kept").body == b"datasette_kept: no greeting"
        assert len(packages.seen) == before


@pytest.fixture(scope="module")
def verified_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteHost]:
    """A site that runs only plugins of the list, one of which makes code of data."""
    folder = tmp_path_factory.mktemp("verified")
    config = folder / "lite.json"
    config.write_text(json.dumps({"plugins": {"allow": "verified"}}))
    site = build(folder / "site", config)
    with serving(plugin_that_runs_data(site, "datasette-haversine")) as host:
        yield host


def test_a_site_may_run_verified_plugins_only(
    shared_chromium: Chromium, tab: Page, verified_site: SiteHost
) -> None:
    link = f"{verified_site.url}?{DEMO}&install=datasette-pretty-json"
    shared_chromium.open_app(link, tab)
    tab.goto(f"{link}&install=datasette-other", wait_until="commit")
    assert await_fault(tab) == "plugin-not-allowed"
    tab.get_by_role("link", name="Go on without datasette-other").click()
    await_app(tab)
    assert "datasette-pretty-json" in installed(App.shown_in(tab))


def test_data_that_becomes_code_is_asked_about_byte_for_byte(
    tab: Page, verified_site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    path = "/notes.db"
    url = data_host.serve(path, notes_database(tmp_path / "notes.db", "first"))
    link = f"{verified_site.url}?url={url}&install=datasette-haversine"
    expect(await_consent(tab, link).get_by_role("alert")).to_contain_text("the data of this link")
    allow(tab)
    # The same data in another link was agreed to; other data of the same link was not.
    tab.goto(f"{link}&memory=1", wait_until="commit")
    await_app(tab)
    assert "datasette-haversine" in installed(App.shown_in(tab))
    # Its configuration would mean another database by that name.
    await_consent(tab, link.replace("&install", "&name=other&install"))
    data_host.serve(path, notes_database(tmp_path / "other.db", "second"))
    await_consent(tab, f"{link}&setting=default_page_size:7")


def test_data_is_asked_about_once_however_it_is_kept(
    chromium: Chromium, verified_site: SiteHost, data_host: DataHost
) -> None:
    csv = data_host.serve("/kept.csv", b"a,b\n1,2\n")
    sources = f"csv={csv}&json=vendor/demo/countries.json"
    link = f"{verified_site.url}?{sources}&install=datasette-haversine"
    app = allow(await_consent(chromium.new_page(), link))
    # From here on it is in storage as tables.
    chromium.stop_workers()
    app.goto("/data/kept")
    assert "datasette-haversine" in installed(app)


def test_a_query_in_a_link_is_data_of_whoever_wrote_it(tab: Page, verified_site: SiteHost) -> None:
    app = allow(await_consent(tab, f"{verified_site.url}?{DEMO}&install=datasette-haversine"))
    app.goto("/fixtures")
    # One of the visitor's own.
    tab.fill("textarea[name=sql]", "select 1 as mine") if tab.locator(
        ".cm-content"
    ).count() == 0 else tab.locator(".cm-content").fill("select 1 as mine")
    tab.locator("form.sql input[type=submit]").first.click()
    expect(tab.locator("th.col-mine")).to_be_visible()
    brought = app.url("/fixtures/-/query?sql=select+2+as+brought")
    expect(await_consent(tab, brought).get_by_role("alert")).to_contain_text("query in this link")
    allow(tab)
    expect(tab.locator("th.col-brought")).to_be_visible()
    tab.goto(brought)
    expect(tab.locator("th.col-brought")).to_be_visible()
    # A condition can bring rows of its own.
    await_consent(tab, app.url("/fixtures/simple_primary_key?_where=0+union+select+7,8"))


def test_where_a_wheel_came_from_is_said_before_it_runs(
    ask: Callable[[str], Page], packages: PackageHost, data_host: DataHost
) -> None:
    wheel = plugin_wheel("datasette-moved")
    there = packages.serve(f"/there/{wheel.filename}", wheel.content)
    page = ask(f"install={data_host.redirect(f'/{wheel.filename}', there)}")
    allow_button(page).click()
    asks = page.get_by_role("alert")
    expect(asks).to_contain_text(f"which led to {there}")
    expect(asks).to_contain_text(f"SHA-256 {wheel.sha256[:12]}")
    assert installed(allow(page))["datasette-moved"] == "1.0"


def test_a_verified_wheel_comes_from_the_site_whatever_names_it(
    shared_chromium: Chromium, tab: Page, plugin_site: SiteHost, data_host: DataHost
) -> None:
    entry = next(e for e in read_allowlist()["plugins"] if e["name"] == "datasette-pretty-json")
    (wheel,) = entry["wheels"]
    path = f"/{wheel['filename']}"
    url = data_host.serve(path, b"something else")
    pinned = quote(f"{url}#sha256={wheel['sha256']}", safe="")
    link = f"{plugin_site.url}?{DEMO}&install={pinned}"
    app = App.shown_in(shared_chromium.open_app(link, tab))
    assert installed(app)["datasette-pretty-json"] == entry["version"]
    assert data_host.hits(path) == 0


def test_code_in_a_configuration_runs_once_allowed(
    shared_chromium: Chromium, tab: Page, plugin_site: SiteHost, packages: PackageHost
) -> None:
    script = packages.serve("/extra.js", b"document.documentElement.dataset.extra = 'ran';")
    html = "<b>Described</b>"
    given = {"extra_js_urls": [script], "description_html": html}
    config = packages.serve("/config.json", json.dumps(given).encode())
    page = shared_chromium.open_app(f"{plugin_site.url}?{DEMO}&config={config}", tab)
    expect(page.locator("[data-notice=code]")).to_contain_text(script)
    assert packages.hits("/extra.js") == 0
    decide_link(page).click()
    expect(page.get_by_role("alert")).to_contain_text(script)
    page.click("text=Show it")
    expect(page.locator(".code-list pre")).to_have_text(html)
    allow(page)
    expect(page.locator("html[data-extra=ran]")).to_be_attached()
    expect(page.locator("[data-notice=code]")).to_have_count(0)
