"""The little that one test needs to say to any of the three browser engines."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Protocol

# Between two looks at a page that is not yet as awaited; short beside any page load.
LOOK_AGAIN_S = 0.05

# How long anything at all may take: the machines that run these tests are shared and slow, and
# nothing is learnt from a limit that a busy one misses.
PATIENCE_S = 120.0


class Browser(Protocol):
    """One tab of one browser with a fresh profile."""

    name: str

    def goto(self, url: str) -> None:
        """Begin to load `url`; what follows is for wait_until to await."""

    def run(self, body: str) -> str:
        """Run the body of an async function in the page; return the string it returns.

        Raises ScriptError when it throws, or when the page goes away meanwhile.
        """

    def reload(self) -> None:
        """Reload as the visitor would."""

    def back(self) -> None:
        """Go back as the visitor would."""

    def screenshot(self, path: Path) -> None:
        """Write what the tab shows as a PNG."""

    def close(self) -> None:
        """End the browser."""


class ScriptError(Exception):
    """A script in the page threw, or its page went away."""


def evaluate(browser: Browser, expression: str) -> Any:
    """The JSON value of a JavaScript expression in the page; promises are awaited."""
    return json.loads(
        browser.run(f"const v = await ({expression}); return JSON.stringify(v ?? null);")
    )


def wait_until(browser: Browser, expression: str, timeout_s: float = PATIENCE_S) -> None:
    """Wait, over navigations too, until a JavaScript expression is truthy."""
    deadline = time.monotonic() + timeout_s
    last: object = None
    failed = "document.documentElement.dataset.state === 'failed'"
    while time.monotonic() < deadline:
        try:
            if evaluate(browser, f"Boolean(await ({expression}))"):
                return
            if evaluate(browser, failed):
                break
        except ScriptError as error:
            last = error
        time.sleep(LOOK_AGAIN_S)
    where = evaluate(browser, "location.href + ' | ' + document.body.innerText.slice(0, 300)")
    raise AssertionError(
        f"{browser.name}: waited up to {timeout_s} s for {expression}; at {where}; {last}"
    )


def click(browser: Browser, selector: str) -> None:
    """Click the first element that a CSS selector finds; raises ScriptError when none is there."""
    browser.run(f"document.querySelector({json.dumps(selector)}).click(); return '';")
