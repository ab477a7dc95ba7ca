"""Workers die, tabs close, releases change: the next click works all the same."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.data_host import Answer, DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.releases import NEXT_VERSION, set_own_plan, write_next_release
from tests.e2e.harness.sites import SiteHost, serving

RUNTIME = "vendor/runtime/"


def _open(browser: Chromium, site: SiteHost, url: str) -> App:
    return App.shown_in(browser.open_app(f"{site.url}?url={url}"))


def test_killed_worker_comes_back_with_data_and_cookies(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/kept.db", notes_database(tmp_path / "kept.db", "first", "second"))
    app = _open(warm_chromium, site, url)
    page = app.goto("/-/messages")
    # The answer's cookie must be stored before the answer is there; the redirect is not followed.
    reply = app.ask(
        "/-/messages",
        "POST",
        body=b"message=Still+here&message_type=INFO",
        headers={"content-type": "application/x-www-form-urlencoded"},
        redirect="manual",
    )
    assert reply.headers[":type"] == "opaqueredirect"
    asked = len(site.asked_for(RUNTIME))

    warm_chromium.stop_workers()
    app.goto("/kept/notes")
    expect(page.locator(".message-info")).to_have_text("Still here")
    expect(page.locator("td.col-title")).to_have_text(["first", "second"])
    assert data_host.hits("/kept.db") == 1
    assert len(site.asked_for(RUNTIME)) == asked


def test_click_after_the_worker_was_killed_shows_the_next_page(
    warm_chromium: Chromium, site: SiteHost
) -> None:
    page = warm_chromium.open_app(site.url + "app/fixtures/facetable")
    for column in ("created", "state"):
        warm_chromium.stop_workers()
        page.locator(f"th.col-{column} a").first.click()
        page.wait_for_url(f"**/facetable?_sort={column}")
        await_app(page)
        expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(15)


def test_fetch_after_the_worker_was_killed_waits_for_the_engine(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/waits.db", notes_database(tmp_path / "waits.db", "first"))
    app = _open(warm_chromium, site, url)
    warm_chromium.stop_workers()
    app.ask_json("/waits/notes/-/insert", "POST", '{"rows": [{"title": "once"}]}')
    assert [row["title"] for row in app.rows("/waits/notes")] == ["first", "once"]
    assert data_host.hits("/waits.db") == 1


def test_form_post_after_the_worker_was_killed_is_sent_once(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/form.db", notes_database(tmp_path / "form.db"))
    app = _open(warm_chromium, site, url)
    page = app.goto("/form/-/execute-write?sql=insert+into+notes+(title)+values+('posted')")
    submit = page.locator("[data-execute-write-submit]")
    expect(submit).to_be_enabled()
    warm_chromium.stop_workers()
    submit.click()
    expect(page.locator(".message-info")).to_contain_text("1 row")
    assert [row["title"] for row in app.rows("/form/notes")] == ["posted"]


def test_worker_killed_during_a_boot_starts_again(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    hold = threading.Event()
    body = notes_database(tmp_path / "boot.db", "first").read_bytes()
    url = data_host.serve("/boot.db", Answer(body, hold=hold))
    page = warm_chromium.new_page()
    page.goto(f"{site.url}?url={url}", wait_until="commit")
    # Not before the boot screen is there: a page that waits for its very answer is lost with it.
    page.wait_for_url("**/app/**", wait_until="commit")
    page.wait_for_selector("html[data-state=loading]")
    warm_chromium.wait_until(lambda: data_host.hits("/boot.db") == 1, "the download to begin")
    warm_chromium.stop_workers()
    hold.set()
    await_app(page)
    app = App.shown_in(page)
    assert [row["title"] for row in app.rows("/boot/notes")] == ["first"]


def test_memory_of_engines_that_were_dropped_is_given_back(
    playwright: Playwright, site: SiteHost, tmp_path: Path
) -> None:
    chromium = Chromium(playwright, tmp_path / "profile", flags=("--js-flags=--expose-gc",))
    page = chromium.open_app(f"{site.url}?memory=1")
    (worker,) = chromium.context.service_workers
    # What was compiled while it arrived is instantiated by this.
    worker.evaluate("""() => {
      const { instantiate } = WebAssembly;
      self.interpreters = [];
      WebAssembly.instantiate = async (...given) => {
        const made = await instantiate(...given);
        const { memory } = (made.instance ?? made).exports;
        if (memory) self.interpreters.push(new WeakRef(memory));
        return made;
      };
    }""")
    opened = 6
    for number in range(opened):
        chromium.open_app(f"{site.url}?memory=1&setting=default_page_size:{10 + number}", page)
    assert worker.evaluate("self.interpreters.length") == opened
    # At most three engines stay; Python's timers hold an ended one for some seconds more.
    left = "gc(), self.interpreters.filter((each) => each.deref()).length"
    chromium.wait_until(lambda: worker.evaluate(left) <= 3, "memory to be given back")
    chromium.close()


def test_two_tabs_with_data_of_one_name_never_mix(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    apps: list[App] = []
    pages = [tab, shared_chromium.context.new_page()]
    for name, page in zip(("a", "b"), pages, strict=True):
        (tmp_path / name).mkdir()
        file = notes_database(tmp_path / name / "data.db", *[f"from {name}"] * 3)
        url = data_host.serve(f"/{name}/data.db", file)
        apps.append(App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", page)))
    for round_number in range(25):
        for name, app in zip(("a", "b"), apps, strict=True):
            path = f"/data/notes.json?_shape=array&_round={round_number}"
            titles = [row["title"] for row in app.ask_json(path)]
            assert titles == [f"from {name}"] * 3

    reply = apps[0].ask(
        "/-/messages",
        "POST",
        body=b"message=for+a+alone&message_type=INFO",
        headers={"content-type": "application/x-www-form-urlencoded"},
        redirect="manual",
    )
    assert reply.headers[":type"] == "opaqueredirect"
    apps[1].goto("/data")
    expect(pages[1].locator(".message-info", has_text="alone")).to_have_count(0)
    apps[0].goto("/data")
    expect(pages[0].locator(".message-info", has_text="for a alone")).to_have_count(1)

    apps[0].ask_json("/data/notes/-/insert", "POST", '{"rows": [{"title": "edited"}]}')
    assert len(apps[0].rows("/data/notes")) == 4
    assert len(apps[1].rows("/data/notes")) == 3
    pages[1].close()


def test_jump_menu_of_one_plan_does_not_offer_pages_of_another(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    for name in ("recent_a", "recent_b"):
        url = data_host.serve(f"/{name}.db", notes_database(tmp_path / f"{name}.db", "first"))
        App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
        tab.keyboard.press("/")
        tab.locator("navigation-search .search-input").wait_for()
        expect(tab.locator("navigation-search .result-item")).to_have_count(0)
        tab.locator("navigation-search .search-input").fill("notes")
        tab.locator("navigation-search .result-item", has_text="notes").first.click()
        tab.wait_for_url("**/notes")
        tab.keyboard.press("/")
        expect(tab.locator("navigation-search .result-item")).to_have_count(1)


def test_second_tab_works_after_the_first_is_closed(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/owner.db", notes_database(tmp_path / "owner.db", "first", "second"))
    app = _open(warm_chromium, site, url)
    app.goto("/owner/notes")
    warm_chromium.watch_workers()
    with warm_chromium.context.expect_page() as opened:
        app.page.locator("td.col-id a").nth(1).click(modifiers=["Control"])
    second = opened.value
    app.page.close()
    await_app(second)
    expect(second.locator("td.col-title")).to_have_text("second")
    warm_chromium.stop_workers()
    second.locator("p.crumbs a", has_text="notes").click()
    second.wait_for_url("**/owner/notes")
    await_app(second)
    expect(second.locator("td.col-title")).to_have_text(["first", "second"])
    assert data_host.hits("/owner.db") == 1


def test_new_release_waits_for_a_tab_with_edits_that_are_in_memory_only(
    playwright: Playwright, site_folder: Path, tmp_path: Path
) -> None:
    next_folder = write_next_release(site_folder, tmp_path / "next")
    with serving(site_folder) as host:
        browser = Chromium(playwright, tmp_path / "profile")
        app = App.shown_in(browser.open_app(f"{host.url}?app=fastapi"))
        old = app.page
        browser.watch_workers()
        app.ask_json("/api/notes", "POST", '{"text": "unsaved"}')
        _deploy(host, next_folder, old)
        old.wait_for_function(_registration("waiting"))
        old.reload()
        expect(old.locator("body")).to_contain_text("unsaved")

        before = browser.active_worker()
        old.close()
        browser.wait_until(lambda: browser.active_worker() != before, "release N+1")
        browser.close()


def test_new_release_takes_over_with_the_edits_and_then_works_offline(
    playwright: Playwright, site_folder: Path, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/upgraded.db", notes_database(tmp_path / "upgraded.db", "first"))
    next_folder = write_next_release(site_folder, tmp_path / "next")
    with serving(site_folder) as host:
        browser = Chromium(playwright, tmp_path / "profile")
        app = _open(browser, host, url)
        old = app.goto("/upgraded/notes")
        app.ask_json("/upgraded/notes/-/insert", "POST", '{"rows": [{"title": "kept"}]}')
        browser.watch_workers()
        browser.wait_until(lambda: bool(browser.active_worker()), "release N")
        before = browser.active_worker()
        _deploy(host, next_folder, old)
        # Boots, and goes on to its page, just when the new release waits for its turn.
        page = browser.open_app(f"{host.url}?memory=1")
        browser.wait_until(lambda: browser.active_worker() != before, "release N+1")
        assert _version(app, page) == NEXT_VERSION
        old.reload()
        old.locator("td.col-id a").nth(1).click()
        expect(old.locator("td.col-title")).to_have_text("kept")
        assert data_host.hits("/upgraded.db") == 1

        host.stop()
        browser.stop_workers()
        browser.open_app(app.url("/upgraded/notes"), page)
        expect(page.locator("td.col-title")).to_have_text(["first", "kept"])
        assert _version(app, page) == NEXT_VERSION
        assert not browser.unexpected(["Failed to load resource", "ERR_CONNECTION_REFUSED"])
        browser.close()


def test_new_release_that_opens_another_table_shows_it(
    chromium: Chromium, site_folder: Path, data_host: DataHost, tmp_path: Path
) -> None:
    csvs = [data_host.serve(f"/{name}.csv", Answer(b"id\n1\n")) for name in ("old", "new")]
    folder, next_folder = tmp_path / "site", tmp_path / "next"
    shutil.copytree(site_folder, folder)
    write_next_release(folder, next_folder)
    for release, csv in zip((folder, next_folder), csvs, strict=True):
        set_own_plan(release, {"csv": [csv]})
    with serving(folder) as host:
        app = App.shown_in(chromium.open_app(host.url + "app/"))
        assert _tables(app) == ["old"]
        chromium.watch_workers()
        chromium.wait_until(lambda: bool(chromium.active_worker()), "release N")
        before = chromium.active_worker()
        _deploy(host, next_folder, app.page)
        chromium.wait_until(lambda: chromium.active_worker() != before, "release N+1")
        app.goto("/")
        assert _tables(app) == ["new"]


def _tables(app: App) -> list[str]:
    return [table["name"] for table in app.ask_json("/data.json")["tables"]]


def _deploy(host: SiteHost, folder: Path, page: Page) -> None:
    """Replace the release on the host, and let the browser notice as it does once a day."""
    host.folder = folder
    page.evaluate("navigator.serviceWorker.getRegistration().then((r) => r.update())")


def _registration(state: str) -> str:
    return f"navigator.serviceWorker.getRegistration().then((r) => Boolean(r.{state}))"


def _version(app: App, page: Page) -> str:
    """The release that answers a newly opened page."""
    page.goto(app.url("/-/versions.json"), wait_until="commit")
    await_app(page)
    note: str = json.loads(page.inner_text("body"))["datasette"]["note"]
    return note.split()[-1]


@pytest.mark.expects_console_errors(r"/favicon\.ico")  # of a page that names no icon
def test_worker_that_was_a_module_once_makes_way(
    chromium: Chromium, site_folder: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier"
    (earlier / "vendor").mkdir(parents=True)
    (earlier / "vendor" / "licenses.txt").write_text("A page of the earlier release.")
    (earlier / "sw.js").write_text("addEventListener('fetch', () => {}); export {};")
    with serving(earlier) as host:
        page = chromium.new_page()
        page.goto(host.url + "vendor/licenses.txt")
        page.evaluate(
            """async (scope) => {
              await navigator.serviceWorker.register(`${scope}sw.js`, { type: 'module', scope });
              await navigator.serviceWorker.ready;
            }""",
            host.url,
        )
        host.folder = site_folder
        # The page is loaded again: its answer is lost with it.
        page.evaluate(
            "void navigator.serviceWorker.getRegistration().then((found) => found.update())"
        )
        page.get_by_text("MIT").first.wait_for()
        page.goto(host.url + "app/fixtures")
        await_app(page)
        assert page.get_by_role("heading", name="fixtures").is_visible()


@pytest.mark.expects_console_errors(r"net::ERR_", "Failed to load resource")
def test_site_gone_leaves_everything_that_was_opened_working(
    playwright: Playwright, site_folder: Path, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/offline.db", notes_database(tmp_path / "offline.db", "first"))
    with serving(site_folder) as host:
        browser = Chromium(playwright, tmp_path / "profile")
        app = _open(browser, host, url)
    del data_host.routes["/offline.db"]
    browser.stop_workers()
    page = app.goto("/offline/notes")
    expect(page.locator("td.col-title")).to_have_text("first")
    page.reload()
    expect(page.locator("td.col-title")).to_have_text("first")
    browser.close()
