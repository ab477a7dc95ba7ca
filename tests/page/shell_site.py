"""The shell on a dumb static host below a subpath, with a stand-in for the service worker."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from building.records import made_file

ROOT = Path(__file__).parents[2]
FAKE_WORKER = Path(__file__).with_name("fake_worker.js")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: A file that this site serves, in place of Pyodide's program.
PROGRAM = "loader/install/icon.svg"

RELEASE = {
    "id": "0123456789abcdef",
    "version": "0.1.0",
    "datasette": "1.0a41",
    "python": "3.14.2",
    "shell": [],
    "program": asdict(made_file(ROOT / PROGRAM)),
    "apps": {},
}


@dataclass
class Answer:
    """What the host answers instead of the file at a path."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    location: str = ""


@dataclass
class ShellSite:
    """A host that serves the shell's files below `base` and its page for every other address.

    base: the site's root, with both slashes.
    answers: by path below the root, in place of the files.
    asked: every path that was asked for, as it arrived.
    """

    base: str = "/x/y/"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The host's port."""
        return self._server.server_port

    @property
    def origin(self) -> str:
        """A secure context, as every loopback address is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The launcher's address."""
        return self.origin + self.base

    def answer(self, path: str) -> Answer:
        """What a GET of `path` (without query, as it arrived) gets."""
        name = unquote(path).removeprefix(self.base) if path.startswith(self.base) else None
        if name is not None:
            name = name or "index.html"
            if name in self.answers:
                return self.answers[name]
            if name == "sw.js":
                return Answer(FAKE_WORKER.read_bytes(), content_type=TYPES[".js"])
            if name == "vendor/release.js":
                script = f"export const release = {json.dumps(RELEASE)};"
                return Answer(script.encode(), content_type=TYPES[".js"])
            if name == "lite.json":
                config = b'{"url": ["vendor/demo/fixtures.db"]}'
                return Answer(config, content_type="application/json")
            file = ROOT / name
            if name == "index.html" or (name.startswith("loader/") and file.is_file()):
                return Answer(file.read_bytes(), content_type=TYPES[file.suffix])
        if path == "/blank":
            return Answer(b"<!doctype html><title>blank</title>")
        return Answer((ROOT / "index.html").read_bytes(), status=404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes its connection early is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: ShellSite, *args: Any) -> None:
        self._site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self._site.asked.append(path)
        answer = self._site.answer(path)
        self.send_response(answer.status)
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args: Any) -> None:
        """Stay quiet."""
