r"""A plugin's `check`: steps in a tab of a real browser that only the plugin's effect lets pass.

Each step is one object. The first page is the demonstration's; paths are the application's own,
without a prefix, so that the same steps run here and against a Datasette on a server.

    {"goto": "/db/table"}                            show a page
    {"click": "a.map"}                               click the first such element
    {"fill": "textarea", "with": "select 1"}         type into a field
    {"choose": "select", "option": "Bar"}            choose by value or label
    {"upload": "input[type=file]", "file": "a.csv", "content": "id,name\n1,One"}
    {"sees": "td.col-a img", "text": "…", "count": 2}   await an element, its text, how many
    {"answers": "/db/table.yaml", "with": "name: One"}  fetch a path; the body holds the text
    {"evaluates": "document.title", "to": "Map"}     await a JavaScript expression's value
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from playwright.sync_api import Error, FilePayload, Page

Step = dict[str, Any]

#: How long an effect may take to appear; pages of an engine that is up take under a second.
PATIENCE_S = 15.0

#: Between two looks at a value that is not yet as awaited.
LOOK_AGAIN_MS = 50

FETCH_TEXT = """async (url) => {
  const response = await fetch(url);
  return [response.status, await response.text()];
}"""


class StepFailedError(AssertionError):
    """A step did not find what it looks for."""


def run_steps(
    page: Page, prefix: str, steps: Sequence[Step], patience_s: float = PATIENCE_S
) -> None:
    """Do the steps one after another.

    page: shows a page of the application. prefix: the application's address, with a slash at
    its end. Raises StepFailedError, naming the step and what the page shows instead.
    """
    for number, step in enumerate(steps, start=1):
        try:
            _run_step(page, prefix, step, patience_s * 1000)
        except (Error, AssertionError) as error:
            shown = re.sub(r"\s+", " ", page.inner_text("body"))[:300]
            raise StepFailedError(
                f"step {number}, {json.dumps(step, ensure_ascii=False)}: "
                f"{str(error).splitlines()[0][:300]}; at {page.url}: {shown}"
            ) from error


def _run_step(page: Page, prefix: str, step: Step, patience_ms: float) -> None:
    match step:
        case {"goto": path}:
            answer = page.goto(prefix + path.lstrip("/"))
            assert answer is None or answer.status < 400, f"status {answer.status}"
        case {"click": selector}:
            page.locator(selector).first.click(timeout=patience_ms)
        case {"hover": selector}:
            page.locator(selector).first.hover(timeout=patience_ms)
        case {"fill": selector, "with": text}:
            page.locator(selector).first.fill(text, timeout=patience_ms)
        case {"press": selector, "key": key}:
            page.locator(selector).first.press(key, timeout=patience_ms)
        case {"choose": selector, "option": option}:
            page.locator(selector).first.select_option(option, timeout=patience_ms)
        case {"upload": selector, "file": name}:
            file = FilePayload(
                name=name, mimeType="application/octet-stream", buffer=_content(step)
            )
            page.locator(selector).first.set_input_files(file, timeout=patience_ms)
        case {"downloads": selector, "as": ending}:
            with page.expect_download(timeout=patience_ms) as download:
                page.locator(selector).first.click(timeout=patience_ms)
            name = download.value.suggested_filename
            assert name.endswith(ending), f"downloaded {name}"
        case {"sees": selector}:
            _see(page, selector, step.get("text"), step.get("count", 1), patience_ms)
        case {"answers": path, "with": text}:
            status, body = page.evaluate(FETCH_TEXT, prefix + path.lstrip("/"))
            assert status == 200, f"status {status}: {body[:200]}"
            assert text in body, f"answered {body[:300]!r}"
        case {"evaluates": expression, "to": value}:
            _await_value(page, expression, value, patience_ms)
        case _:
            raise AssertionError("no such step")


def _content(step: Step) -> bytes:
    """The bytes of a file to upload: text as given, or a database that SQL makes."""
    if "sql" not in step:
        return str(step["content"]).encode()
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(step["sql"])
        return db.serialize()


def _see(page: Page, selector: str, text: str | None, count: int, patience_ms: float) -> None:
    found = page.locator(selector)
    if text is not None:
        found = found.filter(has_text=text)
    found.nth(count - 1).wait_for(state="visible", timeout=patience_ms)


def _await_value(page: Page, expression: str, value: object, patience_ms: float) -> None:
    deadline = time.monotonic() + patience_ms / 1000
    # Not wait_for_function, which takes an async function's promise for a truthy value.
    while (now := page.evaluate(f"async () => await ({expression})")) != value:
        assert time.monotonic() < deadline, f"it is {json.dumps(now, ensure_ascii=False)[:200]}"
        page.wait_for_timeout(LOOK_AGAIN_MS)
