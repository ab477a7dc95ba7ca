"""A blank page in Chromium that can import the repository's JavaScript modules as they are."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.page.shell_site import ShellSite

T = TypeVar("T")

#: A name for the loopback address that is no secure context.
INSECURE_HOST = "shell.example"

ROOT = Path(__file__).parents[2]

# Faults lose their class on the way out of the page, so they come as plain objects.
CALL = """async ({module, name, args}) => {
  const exports = await import(module);
  try {
    return { value: await exports[name](...args) };
  } catch (error) {
    const { name, code, message, source } = error;
    return { error: { name, code, message, source } };
  }
}"""


class JavaScriptError(Exception):
    """What a called function threw."""

    def __init__(self, name: str, message: str, code: str = "", source: str = "") -> None:
        super().__init__(f"{name} {code}: {message}")
        self.name = name
        self.code = code
        self.message = message
        self.source = source


class Repository(SimpleHTTPRequestHandler):
    """The repository's files; `/blank` is an empty page, `/echo/…` answers with its raw path."""

    def do_GET(self) -> None:
        if self.path.startswith("/echo/"):
            self._answer(self.path.encode("ascii"), "text/plain")
        elif self.path.split("?")[0] == "/blank":
            self._answer(b"<!doctype html><meta charset=utf-8><title>blank</title>", "text/html")
        else:
            super().do_GET()

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Stay quiet."""


class BlankPage:
    """One tab. Each call runs on the thread that Playwright was started on."""

    def __init__(self, page: Page, origin: str, thread: ThreadPoolExecutor) -> None:
        self._page = page
        self._thread = thread
        self.origin = origin

    def call(self, module: str, function: str, *args: object) -> Any:
        """Call an export of `/loader/<module>` and return what it gives; raise JavaScriptError."""
        arguments = {"module": f"/loader/{module}", "name": function, "args": args}
        answer = self.evaluate(CALL, arguments)
        if "error" in answer:
            facts = {key: value for key, value in answer["error"].items() if value is not None}
            raise JavaScriptError(**facts)
        return answer.get("value")

    def evaluate(self, script: str, argument: object = None) -> Any:
        """Run a script in the page."""
        return self._thread.submit(self._page.evaluate, script, argument).result()

    def visit(self, path: str) -> None:
        """Leave for another address of this origin."""
        self._thread.submit(self._page.goto, self.origin + path).result()


@pytest.fixture(scope="session")
def repository() -> Iterator[str]:
    """Origin of a server of the repository's files on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Repository, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def blank_page(repository: str) -> Iterator[BlankPage]:
    """The tab that all tests of modules share: what they import keeps no state."""
    executable = shutil.which("chromium")
    assert executable, "these tests need Debian's chromium"
    # Playwright allows one instance a thread, and the end-to-end tests keep theirs to the end.
    with ThreadPoolExecutor(max_workers=1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        try:
            launch = partial(
                playwright.chromium.launch, executable_path=executable, args=["--no-sandbox"]
            )
            browser = thread.submit(launch).result()
            page = thread.submit(browser.new_page).result()
            blank = BlankPage(page, repository, thread)
            blank.visit("/blank")
            yield blank
            thread.submit(browser.close).result()
        finally:
            thread.submit(playwright.stop).result()


@pytest.fixture(scope="session")
def call(blank_page: BlankPage) -> Callable[..., Any]:
    """Calls exports of our modules, as `call("shared/plan.js", "parseQuery", "?memory=1")`."""
    return blank_page.call


@pytest.fixture(scope="session")
def browser_thread() -> Iterator[tuple[ThreadPoolExecutor, Browser]]:
    """A browser on a thread of its own: Playwright allows one instance a thread."""
    executable = shutil.which("chromium")
    assert executable, "these tests need Debian's chromium"
    flags = ["--no-sandbox", f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"]
    with ThreadPoolExecutor(max_workers=1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        try:
            chromium = playwright.chromium
            launched = thread.submit(
                lambda: chromium.launch(executable_path=executable, args=flags)
            ).result()
            yield thread, launched
            thread.submit(launched.close).result()
        finally:
            thread.submit(playwright.stop).result()


@pytest.fixture
def browse(browser_thread: tuple[ThreadPoolExecutor, Browser]) -> Callable[..., Any]:
    """Run a function on a page of an empty profile: browse(visit, init=script)."""
    thread, browser = browser_thread

    def in_page(visit: Callable[[Page], T], init: str = "", **options: Any) -> T:
        def work() -> T:
            with closing(browser.new_context(**options)) as context:
                context.set_default_timeout(60_000)
                if init:
                    context.add_init_script(init)
                return visit(context.new_page())

        return thread.submit(work).result()

    return in_page


@pytest.fixture
def site() -> Iterator[ShellSite]:
    """The shell below `/x/y/`."""
    with ShellSite() as host:
        yield host
