"""A static web server that behaves as a plain static host does, for development and tests.

It knows nothing of this site but how static hosts treat files: types, 404.html, caching.
"""

import email.utils
import gzip
import re
import socketserver
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import unquote_to_bytes, urlsplit

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".db": "application/octet-stream",
    ".gz": "application/gzip",  # and no Content-Encoding: it is the file's own format
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".zip": "application/zip",
    ".zst": "application/zstd",  # as .gz
}
OTHER_TYPE = "application/octet-stream"

# Hosts send text compressed: GitHub Pages, Netlify, Cloudflare Pages and others do.
COMPRESSED = re.compile(r"text/|application/(json|manifest\+json)$|image/svg")

# Files under this folder carry a hash of their content in their name.
IMMUTABLE = "vendor/runtime/"

BLOCK_BYTES = 256 * 1024


class Line:
    """Counts what is sent, and lets no more through than a line of some speed would.

    megabits: per second, of all connections together; None for no limit. sent: bytes so far.
    """

    def __init__(self, megabits: float | None = None) -> None:
        self.sent = 0
        self.block_bytes = BLOCK_BYTES if megabits is None else 16 * 1024
        self._seconds_per_byte = 8 / (megabits * 1e6) if megabits else 0.0
        self._free_at = 0.0
        self._lock = threading.Lock()

    def carry(self, count: int) -> None:
        """Return when `count` bytes would have arrived."""
        with self._lock:
            self.sent += count
            self._free_at = max(self._free_at, time.monotonic()) + count * self._seconds_per_byte
            wait = self._free_at - time.monotonic()
        if wait > 0:
            time.sleep(wait)


class StaticServer(socketserver.ThreadingTCPServer):
    """Serves one folder under one path, in threads of its own.

    root: the folder. mount: the path it appears under, such as "/" or "/x/y/".
    port: 0 takes a free one. before_request: called with each path below the mount
    before it is answered. log: called with one line for each answer. line: what the bodies of
    all answers pass through, see `Line`.

    Use it as a context manager, or call start() and stop(); `url` is the site's address.
    Raises OSError when the port is taken.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        root: Path,
        *,
        mount: str = "/",
        bind: str = "127.0.0.1",
        port: int = 0,
        before_request: Callable[[str], None] | None = None,
        log: Callable[[str], None] | None = None,
        line: "Line | None" = None,
    ) -> None:
        if not (mount.startswith("/") and mount.endswith("/")):
            raise ValueError(f"mount must start and end with a slash: {mount!r}")
        self.root = root.resolve()
        self.mount = mount
        self.before_request = before_request
        self.log = log
        self.line = line
        self._thread: threading.Thread | None = None
        super().__init__((bind, port), _Handler)

    @property
    def port(self) -> int:
        """The port in use."""
        port: int = self.server_address[1]
        return port

    @property
    def origin(self) -> str:
        """The server's scheme, host and port, without a slash."""
        host = str(self.server_address[0])
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.port}"

    @property
    def url(self) -> str:
        """The address of the served folder; ends with a slash."""
        return self.origin + self.mount

    def start(self) -> Self:
        """Answer requests in the background."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and free the port."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of visitors who went away before the end of an answer."""


@lru_cache(maxsize=256)
def _compressed(file: Path, modified_ns: int) -> bytes:
    return gzip.compress(file.read_bytes(), 6)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True  # else the end of an answer waits for an acknowledgement
    wbufsize = 64 * 1024
    timeout = 60
    server: StaticServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        raw_path = urlsplit(self.path).path
        mount = self.server.mount
        if raw_path + "/" == mount:
            return self._redirect(mount)
        if not raw_path.startswith(mount):
            return self._send_text(HTTPStatus.NOT_FOUND, "Nothing is served here.", with_body)
        path = unquote_to_bytes(raw_path[len(mount) :]).decode("utf-8", "replace")
        if self.server.before_request is not None:
            self.server.before_request(path)
        file = self._find(path)
        if file is not None and file.is_dir():
            return self._redirect(raw_path + "/")
        if file is not None:
            return self._send_file(HTTPStatus.OK, file, path, with_body)
        not_found = self.server.root / "404.html"
        if not_found.is_file():
            return self._send_file(HTTPStatus.NOT_FOUND, not_found, path, with_body)
        return self._send_text(HTTPStatus.NOT_FOUND, "Not found.", with_body)

    def _find(self, path: str) -> Path | None:
        """Return the file for a decoded path, or the folder when the path lacks its slash."""
        parts = path.split("/")
        # Names with a leading dot: ways out of the root, and files of the build's own.
        if any(part.startswith(".") for part in parts) or "" in parts[:-1] or "\0" in path:
            return None
        place = self.server.root.joinpath(*parts[:-1], parts[-1] or "index.html")
        try:
            return place if place.is_file() or place.is_dir() else None
        except OSError:  # a name longer than the file system takes, as plans can be
            return None

    def _send_file(self, status: HTTPStatus, file: Path, path: str, with_body: bool) -> None:
        try:
            body = file.open("rb")
        except OSError:
            return self._send_text(HTTPStatus.NOT_FOUND, "Not found.", with_body)
        with body:
            facts = file.stat()
            tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
            if status == HTTPStatus.OK and self._is_known(tag):
                self._start(HTTPStatus.NOT_MODIFIED, path, tag)
                return self.end_headers()
            self._start(status, path, tag)
            modified = email.utils.formatdate(facts.st_mtime, usegmt=True)
            content_type = TYPES.get(file.suffix, OTHER_TYPE)
            self.send_header("Last-Modified", modified)
            self.send_header("Content-Type", content_type)
            sent: IO[bytes] = body
            size = facts.st_size
            if COMPRESSED.match(content_type):
                self.send_header("Vary", "Accept-Encoding")
                if "gzip" in self.headers.get("Accept-Encoding", ""):
                    packed = _compressed(file, facts.st_mtime_ns)
                    sent, size = BytesIO(packed), len(packed)
                    self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(size))
            self.end_headers()
            line = self.server.line
            while with_body and (block := sent.read(line.block_bytes if line else BLOCK_BYTES)):
                if line:
                    line.carry(len(block))
                self.wfile.write(block)
        return None

    def _is_known(self, tag: str) -> bool:
        known = self.headers.get("If-None-Match")
        return known is not None and tag in (each.strip() for each in known.split(","))

    def _start(self, status: HTTPStatus, path: str, tag: str) -> None:
        self.send_response(status)
        self.send_header("ETag", tag)
        found = status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
        forever = found and path.startswith(IMMUTABLE)
        self.send_header(
            "Cache-Control", "public, max-age=31536000, immutable" if forever else "no-cache"
        )

    def _redirect(self, location: str) -> None:
        query = urlsplit(self.path).query
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", location + (f"?{query}" if query else ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_text(self, status: HTTPStatus, text: str, with_body: bool) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # the visitor went away
            self.close_connection = True

    def version_string(self) -> str:
        return "static"

    def log_message(self, format: str, *args: object) -> None:
        if self.server.log is not None:
            self.server.log(format % args)
