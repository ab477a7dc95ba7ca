"""The rest of the web, as far as a test wrote it: any `https:` address, on this machine."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Request, Route


class Web:
    """Answers every `https:` request of a browser, its service workers' too.

    What the test did not write is a 404, as it would be of a file that is gone.
    asked: the addresses, in order and byte for byte.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.files: dict[str, bytes] = {}
        #: Addresses that let no other site read them.
        self.closed: set[str] = set()
        self.asked: list[str] = []
        context.route("https://**/*", self._answer)

    def _answer(self, route: Route, request: Request) -> None:
        self.asked.append(request.url)
        content = self.files.get(request.url)
        # Without the header, Playwright would add one.
        reader = "https://other.example" if request.url in self.closed else "*"
        headers = {
            "access-control-allow-origin": reader,
            "content-type": "application/octet-stream",
        }
        if content is None:
            route.fulfill(status=404, headers=headers, body="There is no such file")
        else:
            route.fulfill(status=200, headers=headers, body=content)
