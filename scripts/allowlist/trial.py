"""One plugin tried in a real browser: against Datasette on this machine, or as the site serves it.

Runs in the build's environment, where the browser's driver is:
`python -m allowlist.trial natively|here`, with the entry, and for `natively` the wheels' paths, as
JSON on standard input. It prints what it found as JSON.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from allowlist.entries import Entry
from allowlist.native import native_datasette
from allowlist.outside import stand_in_for_outside
from allowlist.steps import FETCH_TEXT, PATIENCE_S, StepFailedError, run_steps
from building.places import BUILD, SITE
from static_server import StaticServer

#: Pages on which plugins show themselves.
PAGES = (
    "/",
    "/showcase",
    "/showcase/places",
    "/showcase/articles",
    "/showcase/media",
    "/showcase/regions",
    "/showcase/places/1",
    "/showcase/-/query?sql=select+1+as+one",
)
#: What differs from one answer to the next: durations, tokens.
VARYING = re.compile(r"Queries took [\d.]+ms|[\d.]+ ?ms|csrftoken\" value=\"[^\"]+")

PICTURES = BUILD / "trials"
BOOT_MS = 90_000
WITHOUT_PATIENCE_S = 2.0

Report = dict[str, Any]

APP_IS_UP = """() => location.pathname.includes("/app/") && !document.documentElement.dataset.state
  && document.readyState === "complete" && Boolean(document.body)
  || document.documentElement.dataset.state === "failed" """


def try_natively(entry: Entry, wheels: list[Path], context: Callable[[], BrowserContext]) -> Report:
    """What the plugin does with Datasette on this machine, and what happens without it.

    `check` must pass with the plugin and fail without it, or it proves nothing.
    """
    plan = entry["demo"]["plan"]
    with tempfile.TemporaryDirectory() as folder:
        try:
            plain = _without(entry, plan, context)
            with native_datasette(plan, wheels, Path(folder)) as server:
                report = _visit(entry, server.prefix, server.prefix, context())
        except RuntimeError as error:
            return {"passed": False, "failure": str(error), "errors": []}
    pages, before = report.pop("answers"), plain["answers"]
    report["changed"] = [path for path in PAGES if pages[path] != before[path]]
    if report["passed"] and plain["passed"]:
        report |= {"passed": False, "failure": "Its check passes without the plugin, too."}
    return report


def _without(entry: Entry, plan: str, context: Callable[[], BrowserContext]) -> Report:
    with (
        tempfile.TemporaryDirectory() as folder,
        native_datasette(plan, [], Path(folder)) as server,
    ):
        return _visit(entry, server.prefix, server.prefix, context(), WITHOUT_PATIENCE_S)


def try_here(entry: Entry, context: Callable[[], BrowserContext]) -> Report:
    """What the plugin does on the site, which must have been built with its entry."""
    with StaticServer(SITE, mount="/x/y/") as server:
        root = f"http://localhost:{server.port}/x/y/"
        report = _visit(entry, root, "", context())
        report.pop("answers", None)
        return report


def _visit(
    entry: Entry,
    root: str,
    prefix: str,
    context: BrowserContext,
    patience_s: float = PATIENCE_S,
) -> Report:
    """Open the demonstration and do the check.

    root: the address of the site, or of a Datasette. prefix: the application's; '' to learn it.
    """
    asked = stand_in_for_outside(context)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text[:300]) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)[:300]))
    page.on("dialog", lambda dialog: dialog.accept())
    failure, hooks, answers = "", [], dict.fromkeys(PAGES, "")
    try:
        prefix = prefix or _open_app(page, root, entry)
        hooks = _hooks(page, prefix, entry["name"])
        answers = {path: _answer(page, prefix, path) for path in PAGES}
        page.goto(prefix + entry["demo"]["path"].lstrip("/"))
        run_steps(page, prefix, entry["check"], patience_s)
    except (Error, StepFailedError) as error:
        failure = str(error)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{entry['name']}.png")
    context.close()
    return {
        "passed": not failure,
        "failure": failure,
        "hooks": hooks,
        "errors": errors,
        "hosts": sorted(set(asked)),
        "answers": answers,
    }


def _open_app(page: Page, root: str, entry: Entry) -> str:
    page.goto(f"{root}?{entry['demo']['plan']}#{entry['demo']['path']}", wait_until="commit")
    page.wait_for_function(APP_IS_UP, timeout=BOOT_MS)
    if entry.get("runs_data") and page.locator("[data-code=consent-needed]").count():
        page.get_by_role("button", name="Allow it and go on").click()
        page.wait_for_function(APP_IS_UP, timeout=BOOT_MS)
    found = re.match(r".*/app/(?:[^/?#]*=[^/?#]*/)?", page.url)
    if page.get_attribute("html", "data-state") == "failed" or not found:
        raise StepFailedError(re.sub(r"\s+", " ", page.inner_text("body"))[:1000])
    return found[0]


def _hooks(page: Page, prefix: str, name: str) -> list[str]:
    """The hooks that Datasette says the plugin uses; none when it does not have it."""
    page.goto(prefix)
    _, text = page.evaluate(FETCH_TEXT, f"{prefix}-/plugins.json")
    plugins = json.loads(text)
    return next((plugin["hooks"] for plugin in plugins if plugin["name"] == name), [])


def _answer(page: Page, prefix: str, path: str) -> str:
    status, text = page.evaluate(FETCH_TEXT, prefix + path.lstrip("/"))
    return f"{status} {VARYING.sub('', text.replace(prefix, '/'))}"


def main() -> None:
    """Do what the argument says."""
    given = json.load(sys.stdin)
    executable = shutil.which("chromium")
    assert executable, "This needs Debian's chromium: run scripts/test.py once."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])

        def context() -> BrowserContext:
            fresh = browser.new_context(viewport={"width": 1100, "height": 800})
            fresh.set_default_timeout(BOOT_MS)
            return fresh

        if sys.argv[1] == "natively":
            report = try_natively(given["entry"], [Path(p) for p in given["wheels"]], context)
        else:
            report = try_here(given["entry"], context)
        browser.close()
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
