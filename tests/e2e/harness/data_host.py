"""A second origin on the loopback address: serves data as good and bad hosts do, and remembers."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

# A held answer lets go by itself after this long, so that a failing test cannot hang the suite.
HELD_S = 60.0
PIECE = 64 * 1024

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 12345678\n"
)


@dataclass
class Answer:
    """What one path answers.

    claimed_length: the Content-Length to send when it is not the body's (a truncated download).
    chunked: send no Content-Length at all.
    hold: the second half of the body waits until this event is set.
    hold_headers: nothing at all is answered until this event is set.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = "application/octet-stream"
    cors: bool = True
    headers: list[tuple[str, str]] = field(default_factory=list)
    claimed_length: int | None = None
    chunked: bool = False
    hold: threading.Event | None = None
    hold_headers: threading.Event | None = None


@dataclass(frozen=True)
class Seen:
    """One request as it arrived, its target byte for byte."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class DataHost:
    """A loopback server whose paths a test fills; use as a context manager."""

    def __init__(self) -> None:
        self.routes: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.host = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
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
    def origin(self) -> str:
        """This host's origin, a site of its own beside `localhost`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, target: str, answer: Answer | bytes | Path) -> str:
        """Answer `target` (path and query, raw) from now on; return its absolute URL."""
        if isinstance(answer, Path):
            answer = answer.read_bytes()
        if isinstance(answer, bytes):
            answer = Answer(answer)
        self.routes[target] = answer
        return self.origin + target

    def redirect(self, target: str, location: str) -> str:
        """Answer `target` with a redirect that CORS allows; return its absolute URL."""
        return self.serve(target, Answer(status=302, headers=[("Location", location)]))

    def page(self, target: str, html: str) -> str:
        """Serve a web page of this other origin; return its absolute URL."""
        html = '<!doctype html><link rel="icon" href="data:,">' + html
        return self.serve(target, Answer(html.encode(), content_type="text/html; charset=utf-8"))

    def hits(self, target: str, method: str = "GET") -> int:
        """How often `target` was asked for."""
        return sum(1 for seen in self.seen if seen.target == target and seen.method == method)


def closed_port_url(path: str) -> str:
    """A URL on a loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}{path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    host: DataHost

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes its connection early is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer by the table of routes."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.host.seen.append(Seen(self.command, self.path, headers, body))
        answer = self.server.host.routes.get(self.path)
        if answer is None:
            answer = Answer(b"no such file", 404, "text/plain")
        self._send(answer)

    do_HEAD = do_POST = do_PUT = do_OPTIONS = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""

    def _send(self, answer: Answer) -> None:
        if answer.hold_headers:
            answer.hold_headers.wait(HELD_S)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if answer.cors:
            self.send_header("Access-Control-Allow-Origin", "*")
        for name, value in answer.headers:
            self.send_header(name, value)
        claimed = len(answer.body) if answer.claimed_length is None else answer.claimed_length
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(claimed))
        self.end_headers()
        if self.command == "HEAD":
            return
        half = len(answer.body) // 2 if answer.hold else len(answer.body)
        self._write(answer, answer.body[:half])
        if answer.hold:
            answer.hold.wait(HELD_S)
            self._write(answer, answer.body[half:])
        if answer.chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif claimed != len(answer.body):
            self.close_connection = True

    def _write(self, answer: Answer, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            if answer.chunked:
                piece = b"%x\r\n%b\r\n" % (len(piece), piece)
            self.wfile.write(piece)
        self.wfile.flush()
