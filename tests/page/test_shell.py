"""index.html and loader/page: the shell's faces on a dumb host, with a stand-in for the worker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.conftest import INSECURE_HOST
from tests.page.frames import add_frame
from tests.page.shell_site import RELEASE, Answer, ShellSite
from tests.page.shell_waits import await_app, await_fault, await_state

Browse = Callable[..., Any]

PLAN = "app/url=https:~2F~2Fdata.example~2Ffixtures.db/"
LOGIN = Answer(b"<!doctype html><title>Log in</title>")
NO_WORKERS = "Object.defineProperty(Navigator.prototype, 'serviceWorker', {get: () => undefined})"
REFUSING = """navigator.serviceWorker.register = () =>
  Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'))"""


def fault_at(url: str, browse: Browse, init: str = "") -> tuple[str, str]:
    """The code and the message of the fault that `url` ends on."""

    def visit(page: Page) -> tuple[str, str]:
        page.goto(url)
        code = await_fault(page)
        return code, page.inner_text(".fault-message")

    result: tuple[str, str] = browse(visit, init=init)
    return result


def documents(page: Page) -> list[str]:
    """Collects the address of every document that the page's main frame shows from now on."""
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url))
    return shown


# index.html


@pytest.mark.parametrize("base", ["/", "/x/y/", "/app/", "/x/app/y/", "/app/app/"])
@pytest.mark.parametrize(
    "path",
    [
        PLAN + "fixtures/facetable?_facet=state#foot",
        PLAN + "app/app/1",
        "app/app/app/app",
    ],
)
def test_cold_deep_link_lands_on_its_page(base: str, path: str, browse: Browse) -> None:
    with ShellSite(base) as host:

        def visit(page: Page) -> None:
            page.goto(host.url + path)
            await_app(page)
            assert page.url == host.url + path

        browse(visit)


def test_address_without_a_page_leads_to_the_launcher(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + "nonsense/deep.html")
        await_state(page, "launcher")
        assert "There is nothing at this address" in page.inner_text("h1")
        page.click("text=its start page")
        page.wait_for_url(site.url)
        assert "Explore data" in page.inner_text("h1")

    browse(visit)


def test_shell_that_cannot_load_says_so(site: ShellSite, browse: Browse) -> None:
    site.answers["loader/page/shell.js"] = Answer(b"not here", 404)

    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        assert await_fault(page) == "runtime-missing"
        assert page.get_attribute("[role=alert] a", "href") == site.url + PLAN

    browse(visit)


# The entry


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        ("?url=https://data.example/fixtures.db", PLAN),
        (
            "?url=https://data.example/fixtures.db#/fixtures/t?_facet=a",
            PLAN + "fixtures/t?_facet=a",
        ),
        ("index.html?memory=1", "app/memory=1/"),
        ("?app=fastapi", "app/app=fastapi/"),
        ("#/fixtures/facetable", "app/fixtures/facetable"),
        ("app", "app/"),
    ],
)
def test_entry_becomes_an_app_address(
    site: ShellSite, browse: Browse, entry: str, target: str
) -> None:
    def visit(page: Page) -> None:
        page.goto(site.origin + "/blank")
        page.goto(site.url + entry)
        await_app(page)
        assert page.url == site.url + target
        page.go_back()
        assert page.url == site.origin + "/blank"

    browse(visit)


def test_unknown_option_is_named_and_leads_back(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + "?ulr=https://data.example/a.db")
        assert await_fault(page) == "unknown-option"
        assert "url" in page.inner_text("[role=alert]")
        assert page.query_selector("text=Try again") is None
        page.click("text=Back to the start")
        await_state(page, "launcher")

    browse(visit)


def test_damaged_plan_is_a_fault(site: ShellSite, browse: Browse) -> None:
    assert fault_at(site.url + "app/url=~FF~zz/", browse)[0] == "bad-plan"


# Another release


def test_new_release_takes_over_when_the_visitor_says_so(site: ShellSite, browse: Browse) -> None:
    worker = site.answer(site.base + "sw.js")

    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        page.goto(site.url)
        await_state(page, "launcher")
        site.answers["sw.js"] = Answer(worker.body + b"// next", content_type=worker.content_type)
        page.evaluate("navigator.serviceWorker.getRegistration().then((r) => r.update())")
        page.wait_for_selector("text=A new version is ready")
        shown = documents(page)
        page.click("text=Use it now")
        page.wait_for_function("performance.getEntriesByType('navigation')[0].type === 'reload'")
        await_state(page, "launcher")
        waiting = "navigator.serviceWorker.getRegistration().then((r) => r.waiting === null)"
        assert page.evaluate(waiting)
        assert shown == [site.url]

    browse(visit)


# The boot screen


def test_boot_reloads_exactly_once(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        shown = documents(page)
        page.goto(site.url + PLAN + "#part")
        await_app(page)
        assert shown == [site.url + PLAN + "#part"] * 2

    browse(visit)


def test_boot_shows_stages_and_bytes(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN + "?fake=slow")
        await_state(page, "loading")
        page.wait_for_selector("text=3.1 of 5.9 MB")
        assert page.inner_text("h1") == "Opening fixtures.db"
        states = page.eval_on_selector_all(".stage", "all => all.map(s => s.dataset.stageState)")
        assert states == ["active", "active", "waiting", "waiting"]
        bar = page.get_by_role("progressbar", name="Downloading Python: Python 3.14")
        assert bar.evaluate("bar => bar.value") == pytest.approx(0.52)
        unknown = page.get_by_role("progressbar", name="a long name")
        assert unknown.evaluate("bar => bar.matches(':indeterminate')")

    browse(visit)


def test_boot_shows_how_far_an_import_is(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN + "?fake=starting")
        page.wait_for_selector("text=31.4 of 100 MB, 299,000 rows")
        bar = page.get_by_role("progressbar", name="Opening Datasette: people.csv")
        assert bar.evaluate("bar => bar.value") == pytest.approx(0.314)

    browse(visit)


def test_shift_reload_costs_one_more_reload(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        shown = documents(page)
        # Both documents may show before the command's answer comes: wait from before it.
        with page.expect_event("framenavigated", lambda _: len(shown) == 2):
            page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
        await_app(page)
        page.wait_for_load_state("networkidle")
        assert shown == [site.url + PLAN] * 2

    browse(visit)


def test_worker_that_never_sees_the_page_does_not_loop(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setBypassServiceWorker", {"bypass": True})
        shown = documents(page)
        page.goto(site.url + PLAN)
        assert await_fault(page) == "reload-loop"
        assert shown == [site.url + PLAN] * 2
        session.send("Network.setBypassServiceWorker", {"bypass": False})
        page.click("text=Try again")
        await_app(page)

    browse(visit)


def test_worker_that_forgets_each_time_does_not_loop(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        shown = documents(page)
        page.goto(site.url + PLAN + "?fake=forgetful")
        assert await_fault(page) == "reload-loop"
        assert len(shown) <= 4

    browse(visit)


def test_worker_that_died_is_asked_again(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.clock.install()
        page.goto(site.url + PLAN + "?fake=dies")
        await_state(page, "loading")
        wait_for_asks(page, ["hello", "open"])
        page.clock.fast_forward(10_000)
        await_app(page)

    browse(visit)


def test_silent_worker_becomes_a_fault(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.clock.install()
        page.goto(f"{site.url}{PLAN[:-1]}&install=datasette-endless/?fake=silent")
        await_state(page, "loading")
        # The page's time flies; the worker's and the machine's do not.
        deadline = time.monotonic() + 60
        while page.get_attribute("html", "data-state") == "loading":
            assert time.monotonic() < deadline
            page.clock.fast_forward(10_000)
            page.wait_for_timeout(20)
        assert await_fault(page) == "worker-silent"
        # A plugin's code that never ends cannot be interrupted.
        without = page.get_by_role("link", name="Go on without datasette-endless")
        assert without.get_attribute("href") == f"{site.base}{PLAN}?fake=silent"
        page.click("text=Try again")
        await_state(page, "loading")
        wait_for_asks(page, ["hello", "open"])

    browse(visit)


def wait_for_asks(page: Page, expected: list[str], besides: str = "") -> None:
    """Wait until the stand-in, once it controls the page, was asked this.

    besides: what it may be asked at any moment.
    """
    script = "fetch('/x/y/asks').then((r) => (r.ok ? r.json() : []))"
    asks: list[str] = []
    for _ in range(1000):
        asks = [ask for ask in page.evaluate(script) if ask != besides]
        if len(asks) >= len(expected):
            break
        page.wait_for_timeout(50)
    assert asks == expected


def test_each_fault_is_an_alert_of_plain_text(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + "app/db/?fake=fail2")
        await_state(page, "failed")
        alerts = page.query_selector_all("[role=alert]")
        codes = [alert.get_attribute("data-code") for alert in alerts]
        assert codes == ["download-status", "not-sqlite"]
        assert page.eval_on_selector_all("details", "all => all.map(d => d.open)") == [False] * 2
        assert "<b>not markup</b>" in (page.text_content("pre") or "")
        page.click("text=Try again")
        await_app(page)

    browse(visit)


def test_download_leaves_a_calm_page(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        with page.expect_download() as download:
            page.goto(site.url + PLAN + "t.csv?fake=download")
        assert download.value.suggested_filename == "t.csv"
        await_state(page, "ready")
        page.wait_for_selector("text=your browser is downloading it now")
        page.click("text=Go to the start of this data")
        await_app(page)
        assert page.url == site.url + PLAN

    browse(visit)


def test_page_restored_in_the_middle_of_a_wait_starts_again(
    site: ShellSite, browse: Browse
) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN + "?fake=slow")
        page.wait_for_selector("text=3.1 of 5.9 MB")
        with page.expect_navigation():
            page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        page.wait_for_selector("text=3.1 of 5.9 MB")

    browse(visit)


def test_worker_of_another_protocol_is_noticed(site: ShellSite, browse: Browse) -> None:
    worker = site.answer(site.base + "sw.js")
    site.answers["sw.js"] = Answer(
        b"self.fakeProtocol = 99;" + worker.body, content_type=worker.content_type
    )

    def visit(page: Page) -> None:
        shown = documents(page)
        page.goto(site.url + PLAN)
        await_fault(page)
        assert "different releases" in page.inner_text("[role=alert]")
        assert len(shown) <= 2

    browse(visit)


# No service worker


def test_plain_http_is_explained(site: ShellSite, browse: Browse) -> None:
    url = f"http://{INSECURE_HOST}:{site.port}{site.base}{PLAN}"
    code, message = fault_at(url, browse)
    assert code == "insecure-page"
    assert INSECURE_HOST in message
    assert "https://" in message


def test_missing_workers_are_explained(site: ShellSite, browse: Browse) -> None:
    assert fault_at(site.url + PLAN, browse, NO_WORKERS)[0] == "no-service-worker"


def test_refused_worker_is_explained(site: ShellSite, browse: Browse) -> None:
    assert fault_at(site.url + PLAN, browse, REFUSING)[0] == "worker-blocked"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (LOGIN, "worker-script-not-javascript"),
        (Answer(status=302, location="/blank"), "worker-script-not-javascript"),
        (Answer(b"self", content_type="text/plain"), "worker-script-not-javascript"),
        (Answer(b"<p>Log in", status=401), "worker-script-not-javascript"),
        (Answer(b"not here", status=404), "runtime-missing"),
        (Answer(b"broken", status=500), "runtime-missing"),
    ],
)
def test_what_came_in_place_of_the_worker_is_explained(
    site: ShellSite, browse: Browse, answer: Answer, code: str
) -> None:
    site.answers["sw.js"] = answer
    assert fault_at(site.url + PLAN, browse)[0] == code
    assert not [path for path in site.asked if "pyodide" in path]


@pytest.mark.parametrize(
    ("answer", "code", "word"),
    [
        (Answer(b"not here", status=404), "runtime-missing", "404"),
        (Answer(b"export {}", content_type="application/octet-stream"), "runtime-missing", "label"),
        (Answer(b"export {", content_type="text/javascript"), "runtime-corrupt", "not the file"),
    ],
)
def test_broken_part_of_the_worker_is_named(
    site: ShellSite, browse: Browse, answer: Answer, code: str, word: str
) -> None:
    part = {"path": "vendor/pyodide/pyodide.asm.js", "size": 100, "sha256": "0"}
    release = json.dumps({**RELEASE, "program": part}).encode()
    script = "text/javascript"
    site.answers["vendor/release.js"] = Answer(b"export const release =" + release, 200, script)
    site.answers["sw.js"] = Answer(b"importScripts('vendor/pyodide/pyodide.asm.js');", 200, script)
    site.answers["vendor/pyodide/pyodide.asm.js"] = answer
    found, message = fault_at(site.url + PLAN, browse)
    assert found == code
    assert "pyodide.asm.js" in message
    assert word in message


def test_failed_installation_is_a_fault(site: ShellSite, browse: Browse) -> None:
    worker = b"self.addEventListener('install', (e) => e.waitUntil(Promise.reject('full')));"
    site.answers["sw.js"] = Answer(worker, content_type="text/javascript")

    def visit(page: Page) -> str:
        page.goto(site.url + PLAN)
        return await_fault(page)

    assert browse(visit) == "storage-unavailable"


def test_installation_cut_short_is_tried_again(site: ShellSite, browse: Browse) -> None:
    worker = site.answer(site.base + "sw.js")
    once = b"""self.addEventListener('install', (event) => event.waitUntil((async () => {
      const again = await caches.has('again');
      await caches.open('again');
      if (!again) throw new Error('ended');
    })()));"""
    site.answers["sw.js"] = Answer(once + worker.body, content_type=worker.content_type)

    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)

    browse(visit)


def test_frame_without_workers_offers_a_tab_of_its_own(site: ShellSite, browse: Browse) -> None:
    address = site.url + PLAN + "fixtures?_facet=a"
    outer = f"http://localhost:{site.port}/blank"

    def visit(page: Page) -> None:
        page.goto(outer)
        add_frame(page, address)
        frame = page.wait_for_selector("iframe")
        inner = frame.content_frame() if frame else None
        assert inner
        anchor = inner.wait_for_selector("a:has-text('Open in a new tab')")
        assert anchor
        assert anchor.get_attribute("href") == address
        assert inner.get_attribute("[role=alert]", "data-code") == "worker-blocked"

    browse(visit, init=f"if (window.top !== window) {{ {REFUSING} }}")


# What every page of Datasette carries


def test_visible_app_page_keeps_the_worker_awake(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.clock.install()
        page.goto(site.url + PLAN)
        await_app(page)
        page.wait_for_load_state()
        page.clock.fast_forward(20_000)
        wait_for_asks(page, ["hello", "open", "keep-alive", "keep-alive"])

    browse(visit)


def test_app_page_wakes_the_worker_when_its_visitor_is_back(
    site: ShellSite, browse: Browse
) -> None:
    back = "document.dispatchEvent(new Event('visibilitychange'))"

    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        page.wait_for_load_state()
        page.evaluate(back)
        wait_for_asks(page, ["hello", "open", "open"], besides="keep-alive")
        # A plan that was forgotten in another tab does not come back by itself.
        page.evaluate("localStorage.clear()")
        page.evaluate(back)
        with page.expect_navigation():
            page.click("text=Fetch again")
        await_app(page)
        wait_for_asks(page, ["hello", "open", "open", "stored-edits", "refetch"], "keep-alive")

    browse(visit)


def test_action_button_of_a_notice_works_and_reloads(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        page.wait_for_load_state()
        with page.expect_navigation():
            page.click("text=Fetch again")
        await_app(page)
        wait_for_asks(page, ["hello", "open", "stored-edits", "refetch"], besides="keep-alive")

    browse(visit)
