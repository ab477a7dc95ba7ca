"""Debian's Chromium through Playwright: a real profile, its service workers and its complaints."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Response,
    WebError,
)

from tests.e2e.harness.browser import PATIENCE_S, ScriptError

# Without the background flags Chromium keeps trying to reach its maker's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CLICK_S = 60.0

# 'failed: …' as soon as the shell gives up, 'app' once it has gone and the page has loaded.
APP_STATE = """() => {
  const state = document.documentElement.dataset.state;
  if (state === "failed") {
    const alert = document.querySelector('[role="alert"]');
    return "failed: " + (alert ? `${alert.dataset.code}: ${alert.innerText}` : "no alert");
  }
  const onApp = location.pathname.includes("/app/");
  return !state && onApp && document.readyState === "complete" && document.body ? "app" : "";
}"""


class AppFailedError(AssertionError):
    """The shell ended on a fault where a page of the app was expected."""


class Chromium:
    """One profile of a real browser.

    problems: unexpected console errors, page errors and worker errors so far.
    downloads: the folder in which downloaded files arrive, under random names.
    """

    def __init__(
        self, playwright: Playwright, profile: Path, flags: tuple[str, ...] = (), **options: Any
    ) -> None:
        executable = shutil.which("chromium")
        assert executable, "these tests need Debian's chromium"
        self.problems: list[str] = []
        self.downloads = profile.with_name("downloads")
        self._host_404s: set[str] = set()
        self.context: BrowserContext = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            headless=True,
            args=[*FLAGS, *flags],
            downloads_path=self.downloads,
            viewport={"width": 1100, "height": 800},
            **options,
        )
        self.context.set_default_timeout(CLICK_S * 1000)
        self.context.set_default_navigation_timeout(PATIENCE_S * 1000)
        self.context.on("console", self._on_console)
        self.context.on("weberror", self._on_web_error)
        self.context.on("response", self._on_response)
        self._first_page: Page | None = self.context.pages[0]
        self._versions: dict[str, str] = {}
        self._stopped: set[str] = set()
        self._active = ""
        self._cdp: CDPSession | None = None

    def close(self) -> None:
        """Close the browser; the profile stays on disk."""
        self.context.close()

    def new_page(self) -> Page:
        """A tab of its own (the empty one that Chromium starts with comes first)."""
        page, self._first_page = self._first_page, None
        return page if page and not page.is_closed() else self.context.new_page()

    def open_app(self, url: str, page: Page | None = None, timeout_s: float = PATIENCE_S) -> Page:
        """Open `url`, wait for the app's own page; raises AppFailedError when the shell fails."""
        page = page or self.new_page()
        page.goto(url, wait_until="commit")
        await_app(page, timeout_s)
        return page

    def watch_workers(self) -> CDPSession:
        """A DevTools session that follows the service workers' states and errors."""
        if self._cdp is None:
            self._keeper = self.context.new_page()
            self._cdp = self.context.new_cdp_session(self._keeper)
            self._cdp.on("ServiceWorker.workerVersionUpdated", self._on_versions)
            self._cdp.on("ServiceWorker.workerErrorReported", self._on_worker_error)
            self._cdp.send("ServiceWorker.enable")
        return self._cdp

    def workers_running(self) -> bool:
        """Whether any service worker runs, or is about to start or to end."""
        return any(state != "stopped" for state in self._versions.values())

    def active_worker(self) -> str:
        """Which service worker became active last; needs watch_workers to have been called."""
        return self._active

    def stop_workers(self) -> None:
        """Kill every service worker as an idle browser would; return once they are dead."""
        cdp = self.watch_workers()
        self.wait_until(self.workers_running, "a service worker to be running")
        running = {version for version, state in self._versions.items() if state != "stopped"}
        self._stopped.clear()
        cdp.send("ServiceWorker.stopAllWorkers")
        # One that is starting Python on a busy machine takes its time to die. A page that waits
        # for it may have another started at once.
        self.wait_until(lambda: running <= self._stopped, "the workers to stop")

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for a condition outside the page; browser events are handled meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        page = self._keeper if self._cdp else self.context.pages[0]
        while not holds():
            assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
            page.wait_for_timeout(20)

    def unexpected(self, allowed: list[str]) -> list[str]:
        """The problems that no pattern in `allowed` explains; forgets them all.

        A static host answers a first deep link with 404.html and status 404, as it should.
        """
        problems, self.problems = self.problems, []
        allowed = [*allowed, *(rf"status of 404 .*\({re.escape(u)}\)" for u in self._host_404s)]
        return [
            problem
            for problem in problems
            if not any(re.search(pattern, problem) for pattern in allowed)
        ]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.problems.append(f"console error: {message.text[:600]} ({where[-200:]})")

    def _on_response(self, response: Response) -> None:
        by_host = response.status == 404 and not response.from_service_worker
        if by_host and response.request.is_navigation_request() and "/app/" in response.url:
            self._host_404s.add(response.url[-200:])

    def _on_web_error(self, error: WebError) -> None:
        self.problems.append(f"page error: {str(error.error)[:600]}")

    def _on_versions(self, event: dict[str, Any]) -> None:
        for version in event["versions"]:
            self._versions[version["versionId"]] = version["runningStatus"]
            if version["runningStatus"] == "stopped":
                self._stopped.add(version["versionId"])
            if version["status"] == "activated":
                self._active = version["versionId"]

    def _on_worker_error(self, event: dict[str, Any]) -> None:
        self.problems.append(f"worker error: {str(event['errorMessage'])[:600]}")


def await_app(page: Page, timeout_s: float = PATIENCE_S) -> None:
    """Wait until the shell has made way for a page of the app."""
    state = page.wait_for_function(APP_STATE, timeout=timeout_s * 1000).json_value()
    if state != "app":
        raise AppFailedError(str(state)[:2000])


def await_fault(page: Page, timeout_s: float = PATIENCE_S) -> str:
    """Wait until the shell shows a fault; return its code."""
    page.wait_for_selector("html[data-state=failed] [role=alert]", timeout=timeout_s * 1000)
    return page.get_attribute("[role=alert]", "data-code") or ""


class ChromiumTab:
    """One tab of Chromium behind the interface that all three engines share."""

    name = "Chromium"

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium
        self._page = chromium.new_page()

    def goto(self, url: str) -> None:
        """Begin to load `url`."""
        self._page.goto(url, wait_until="commit")

    def run(self, body: str) -> str:
        """Run the body of an async function in the page; return the string it returns."""
        try:
            return str(self._page.evaluate(f"(async () => {{ {body} }})()") or "")
        except Error as error:
            raise ScriptError(error.message) from error

    def reload(self) -> None:
        """Reload the page."""
        self._page.reload(wait_until="commit")

    def back(self) -> None:
        """Go back one step in the tab's history."""
        self._page.go_back(wait_until="commit")

    def screenshot(self, path: Path) -> None:
        """Write what the tab shows as a PNG."""
        self._page.screenshot(path=path)

    def close(self) -> None:
        """End the browser."""
        self._chromium.close()
