"""A host of one large file, as good and bad hosts are: for measurements and tests.

It answers range requests over a line of a given delay and bandwidth, and counts them.
"""

import gzip
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

PIECE_BYTES = 16 * 1024


@dataclass
class Behaviour:
    """How the host behaves; may be changed while it runs.

    delay_s: until the first byte of each answer.
    bytes_per_s: of all answers together; 0 for as fast as can be.
    ranges: whether parts are handed out.
    validators: whether ETag and Last-Modified are sent.
    exposed: whether scripts of other sites may read more than the few headers that all may.
    sized: whether the length of the whole is sent with all of it.
    head: whether HEAD is answered.
    compressed: answers are gzip whatever was asked for.
    expiring: the address redirects to one that is good for a single request.
    stops_after: bytes of all of the file, after which it waits for the other side to go; 0: never.
    gone: nothing is answered any more.
    """

    delay_s: float = 0.0
    bytes_per_s: int = 0
    ranges: bool = True
    validators: bool = True
    exposed: bool = True
    sized: bool = True
    head: bool = False
    compressed: bool = False
    expiring: bool = False
    stops_after: int = 0
    gone: bool = False


@dataclass(frozen=True)
class Asked:
    """One request: its Range header, and the bytes that left for it."""

    method: str
    range: str
    sent: int


class RangeServer:
    """Serves a file at any path; use as a context manager."""

    def __init__(self, file: Path, behaviour: Behaviour | None = None) -> None:
        self.file = file
        self.behaviour = behaviour or Behaviour()
        self.asked: list[Asked] = []
        self._tickets: set[str] = set()
        self._line = threading.Lock()
        self._line_free_at = 0.0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.host = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}/{file.name}"

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

    def reset(self) -> None:
        """Count from nothing."""
        self.asked.clear()

    @property
    def sent(self) -> int:
        """Bytes of bodies that left."""
        return sum(each.sent for each in list(self.asked))

    def ticket(self) -> str:
        """A name that is good for one request."""
        name = os.urandom(8).hex()
        self._tickets.add(name)
        return name

    def takes(self, ticket: str) -> bool:
        """Whether a name was still good."""
        if ticket not in self._tickets:
            return False
        self._tickets.remove(ticket)
        return True

    def wait_for_line(self, count: int) -> None:
        """Return when the line has carried so many bytes more."""
        if not self.behaviour.bytes_per_s:
            return
        with self._line:
            start = max(time.monotonic(), self._line_free_at)
            self._line_free_at = start + count / self.behaviour.bytes_per_s
            free_at = self._line_free_at
        time.sleep(max(0.0, free_at - time.monotonic()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # With the usual five, connections that come all at once wait for seconds to be tried again.
    request_queue_size = 128
    host: RangeServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise a body waits for its headers to be acknowledged: 40 ms that no delay asked for.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        if self.server.host.behaviour.head:
            self._answer(body=False)
        else:
            self._refuse(405)

    def _answer(self, *, body: bool) -> None:
        host, behaviour = self.server.host, self.server.host.behaviour
        if behaviour.gone:
            self.close_connection = True
            self.connection.close()
            return
        time.sleep(behaviour.delay_s)
        path, _, ticket = self.path.partition("?ticket=")
        if behaviour.expiring and not ticket:
            self.send_response(302)
            self._allow()
            self.send_header("Location", f"{path}?ticket={host.ticket()}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if ticket and not host.takes(ticket):
            self._refuse(403)
            return
        self._send_file(body=body)

    def _send_file(self, *, body: bool) -> None:
        host, behaviour = self.server.host, self.server.host.behaviour
        status = os.stat(host.file)
        size = status.st_size
        wanted = self.headers.get("Range", "")
        start, end = 0, size
        partial = behaviour.ranges and wanted.startswith("bytes=")
        if partial:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), min(size, int(last) + 1) if last else size
            if start >= size:
                self._refuse(416)
                return
        self.send_response(206 if partial else 200)
        self._allow()
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        if behaviour.validators:
            self.send_header("ETag", f'"{status.st_mtime_ns}-{size}"')
            self.send_header("Last-Modified", self.date_time_string(status.st_mtime))
        if behaviour.compressed:
            self._send_compressed(start, end)
            return
        if partial or behaviour.sized:
            self.send_header("Content-Length", str(end - start))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        most = 0 if partial else behaviour.stops_after
        self._count(wanted, self._send_pieces(start, end, most) if body else 0)

    def _send_pieces(self, start: int, end: int, stops_after: int) -> int:
        sent = 0
        with self.server.host.file.open("rb") as file:
            file.seek(start)
            while start + sent < end:
                piece = file.read(min(PIECE_BYTES, end - start - sent))
                self.server.host.wait_for_line(len(piece))
                try:
                    self.wfile.write(piece)
                except OSError:
                    self.close_connection = True
                    break
                sent += len(piece)
                if 0 < stops_after <= sent:
                    self._wait_for_goodbye()
                    break
        return sent

    def _wait_for_goodbye(self) -> None:
        """Return when the other side has closed the connection."""
        self.close_connection = True
        with suppress(OSError):
            while self.connection.recv(1024):
                pass

    def _send_compressed(self, start: int, end: int) -> None:
        with self.server.host.file.open("rb") as file:
            file.seek(start)
            packed = gzip.compress(file.read(min(end - start, 1024 * 1024)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self._count(self.headers.get("Range", ""), len(packed))
        self.wfile.write(packed)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self._allow()
        self.send_header("Content-Length", "0")
        self.end_headers()
        self._count(self.headers.get("Range", ""), 0)

    def _allow(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        if self.server.host.behaviour.exposed:
            self.send_header("Access-Control-Expose-Headers", "ETag, Content-Range")

    def _count(self, wanted: str, sent: int) -> None:
        self.server.host.asked.append(Asked(self.command, wanted, sent))

    def log_message(self, *args: object) -> None:
        """Stay quiet."""
