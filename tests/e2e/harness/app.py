"""An app open in a tab of Chromium: its addresses, and questions asked from inside its pages."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.e2e.harness.chromium import await_app
from tests.e2e.harness.native import Reply

# Ask as a page's own script would; the body comes back in base64 so that every byte survives.
ASK = """async ({ url, init, body }) => {
  if (body !== null) init.body = Uint8Array.from(atob(body), (c) => c.charCodeAt(0));
  const response = await fetch(url, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  let binary = "";
  for (let i = 0; i < bytes.length; i += 32768)
    binary += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { status: response.status, type: response.type, url: response.url,
    redirected: response.redirected, headers: [...response.headers], body: btoa(binary) };
}"""


@dataclass
class App:
    """A tab that shows the app, and the app's prefix: an absolute URL that ends with a slash."""

    page: Page
    prefix: str

    @classmethod
    def shown_in(cls, page: Page) -> App:
        """The app whose page the tab shows now."""
        found = re.match(r".*/app/(?:[^/?#]*=[^/?#]*/)?", page.url)
        assert found, page.url
        return cls(page, found[0])

    @property
    def root_path(self) -> str:
        """The prefix as a path, without the slash at its end."""
        return urlsplit(self.prefix).path.rstrip("/")

    def url(self, path: str) -> str:
        """The absolute URL of a path of the app (which starts with a slash)."""
        return self.prefix + path.lstrip("/")

    def goto(self, path: str) -> Page:
        """Show a path of the app; return its page, loaded."""
        self.page.goto(self.url(path), wait_until="commit")
        await_app(self.page)
        return self.page

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        **init: str,
    ) -> Reply:
        """Fetch a path of the app (or an absolute URL) from inside the page."""
        question = {
            "url": self.url(path) if path.startswith("/") else path,
            "init": {"method": method, "headers": headers or {}, **init},
            "body": None if body is None else base64.b64encode(body).decode(),
        }
        answer: dict[str, Any] = self.page.evaluate(ASK, question)
        return Reply(
            answer["status"],
            {**dict(answer["headers"]), ":url": answer["url"], ":type": answer["type"]},
            base64.b64decode(answer["body"]),
        )

    def ask_json(self, path: str, method: str = "GET", body: str | None = None) -> Any:
        """Fetch JSON from a path of the app; the status must be a success."""
        reply = self.ask(
            path,
            method,
            body=None if body is None else body.encode(),
            headers={"content-type": "application/json"} if body is not None else None,
        )
        assert reply.status < 300, (path, reply.status, reply.body[:500])
        return json.loads(reply.body)

    def rows(self, table_path: str) -> list[dict[str, Any]]:
        """The first rows of a table, as its JSON tells them."""
        rows: list[dict[str, Any]] = self.ask_json(f"{table_path}.json?_shape=array")
        return rows
