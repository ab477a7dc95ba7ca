"""WebKitGTK's small browser through its own WebDriver, on a screen that nobody sees."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.e2e.harness.browser import ScriptError

SCRIPT_S = 120
MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"

WRAPPED = """
const done = arguments[arguments.length - 1];
(async () => {{ {body} }})().then(
  (value) => done({{ value: value ?? "" }}),
  (error) => done({{ error: String(error) }}),
);
"""


class VirtualScreen:
    """Xvfb on a free display number."""

    def __init__(self) -> None:
        ours, theirs = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1200x900x24", "-nolisten", "tcp"],
            pass_fds=[theirs],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        self.display = f":{number}"

    def close(self) -> None:
        """End the screen."""
        self._process.terminate()
        self._process.wait(20)


class WebKit:
    """One tab of WebKitGTK's MiniBrowser; its storage lives as long as it does."""

    name = "WebKit"

    def __init__(self, home: Path) -> None:
        executable = shutil.which("WebKitWebDriver")
        browsers = sorted(Path("/").glob(MINI_BROWSERS.lstrip("/")))
        assert executable, "these tests need Debian's webkit2gtk-driver"
        assert browsers, "WebKitGTK's MiniBrowser is missing"
        self._screen = VirtualScreen()
        options = Options()
        options.binary_location = str(browsers[0])
        options.add_argument("--automation")
        environment = {
            **os.environ,
            "DISPLAY": self._screen.display,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self._driver = webdriver.WebKitGTK(
            options=options, service=Service(executable, env=environment)
        )
        self._driver.set_script_timeout(SCRIPT_S)

    def goto(self, url: str) -> None:
        """Begin to load `url`."""
        self._driver.get(url)

    def run(self, body: str) -> str:
        """Run the body of an async function in the page; return the string it returns."""
        try:
            result = self._driver.execute_async_script(WRAPPED.format(body=body))
        except WebDriverException as error:
            raise ScriptError(str(error.msg)) from error
        if "error" in result:
            raise ScriptError(result["error"])
        return str(result["value"])

    def reload(self) -> None:
        """Reload the page."""
        self._driver.refresh()

    def back(self) -> None:
        """Go back one step in the tab's history."""
        self._driver.back()

    def screenshot(self, path: Path) -> None:
        """Write what the tab shows as a PNG."""
        self._driver.save_screenshot(str(path))

    def close(self) -> None:
        """End the browser and its screen."""
        self._driver.quit()
        self._screen.close()
