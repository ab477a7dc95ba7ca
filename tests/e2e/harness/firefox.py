"""Debian's Firefox, spoken to in WebDriver BiDi over its own web socket: no driver in between."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import IO, Any

import websocket

from tests.e2e.harness.browser import ScriptError

START_S = 60.0
# No command of ours takes longer; a page that hangs must not hang the suite.
COMMAND_S = 120.0

# Nothing is fetched that no test asked for, and no first-run pages appear.
PREFERENCES: dict[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """One tab of a headless Firefox with a fresh profile."""

    name = "Firefox"

    def __init__(self, profile: Path) -> None:
        executable = shutil.which("firefox-esr") or shutil.which("firefox")
        assert executable, "these tests need Debian's firefox-esr"
        profile.mkdir(parents=True, exist_ok=True)
        lines = [f'user_pref("{k}", {json.dumps(v)});\n' for k, v in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines))
        self._process = subprocess.Popen(
            [
                executable,
                "--headless",
                "--no-remote",
                "--remote-debugging-port=0",
                "--profile",
                str(profile),
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr
        self._socket = websocket.create_connection(
            _listening_address(self._process.stderr) + "/session",
            timeout=COMMAND_S,
            suppress_origin=True,
        )
        self._last_id = 0
        self._send("session.new", capabilities={})
        tree = self._send("browsingContext.getTree")
        self._tab: str = tree["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        """Begin to load `url`."""
        self._send("browsingContext.navigate", context=self._tab, url=url, wait="none")

    def run(self, body: str) -> str:
        """Run the body of an async function in the page; return the string it returns."""
        result = self._send(
            "script.evaluate",
            expression=f"(async () => {{ {body} }})()",
            target={"context": self._tab},
            awaitPromise=True,
            userActivation=True,
        )
        if result["type"] == "exception":
            raise ScriptError(result["exceptionDetails"]["text"])
        return str(result["result"].get("value", ""))

    def reload(self) -> None:
        """Reload the page."""
        self._send("browsingContext.reload", context=self._tab, wait="none")

    def back(self) -> None:
        """Go back one step in the tab's history."""
        self._send("browsingContext.traverseHistory", context=self._tab, delta=-1)

    def screenshot(self, path: Path) -> None:
        """Write what the tab shows as a PNG."""
        answer = self._send("browsingContext.captureScreenshot", context=self._tab)
        path.write_bytes(base64.b64decode(answer["data"]))

    def close(self) -> None:
        """End the browser."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(START_S)

    def _send(self, method: str, **params: Any) -> Any:
        self._last_id += 1
        self._socket.send(json.dumps({"id": self._last_id, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") != self._last_id:
                continue
            if message["type"] == "error":
                raise ScriptError(f"{method}: {message['error']}: {message['message']}")
            return message["result"]


def _listening_address(stderr: IO[str]) -> str:
    """Read Firefox's own log until it tells its address; then keep the pipe empty."""
    timer = threading.Timer(START_S, stderr.close)
    timer.start()
    for line in stderr:
        found = re.search(r"BiDi listening on (ws://\S+)", line)
        if found:
            timer.cancel()
            threading.Thread(target=lambda: [None for _ in stderr], daemon=True).start()
            return found[1]
    raise AssertionError("Firefox did not open its remote control")
