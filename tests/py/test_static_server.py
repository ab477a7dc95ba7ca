"""The server for development and tests behaves as plain static hosts do."""

import gzip
import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from static_server import StaticServer

Answer = tuple[http.client.HTTPResponse, bytes]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StaticServer]:
    for path, text in {
        "index.html": "front",
        "404.html": "not here",
        "sw.js": "js",
        "folder/index.html": "inner",
        "vendor/runtime/a.wasm": "wasm",
        "vendor/runtime/b.pack.gz": "gz",
        "vendor/runtime/c.image.zst": "zst",
        ".hidden": "secret",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    with StaticServer(tmp_path, mount="/x/y/") as server:
        yield server


def ask(server: StaticServer, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/x/y/", 200, b"front"),
        ("/x/y/?url=a", 200, b"front"),
        ("/x/y/sw.js", 200, b"js"),
        ("/x/y/folder/", 200, b"inner"),
        ("/x/y/sw.js/", 404, b"not here"),
        ("/x/y/app/table", 404, b"not here"),
        ("/x/y/.hidden", 404, b"not here"),
        ("/x/y/../../etc/passwd", 404, b"not here"),
        ("/x/y/%2e%2e/%2e%2e/etc/passwd", 404, b"not here"),
        ("/x/y//etc/passwd", 404, b"not here"),
        ("/x/y/a%00b", 404, b"not here"),
        (f"/x/y/app/{'url=' * 1000}/", 404, b"not here"),
        ("/", 404, b"Nothing is served here."),
    ],
)
def test_path_finds_its_file(server: StaticServer, path: str, status: int, body: bytes) -> None:
    answer, got = ask(server, path)
    assert (answer.status, got) == (status, body)


@pytest.mark.parametrize(
    ("path", "location"),
    [("/x/y?url=a", "/x/y/?url=a"), ("/x/y/folder", "/x/y/folder/")],
)
def test_folder_without_its_slash_is_redirected(
    server: StaticServer, path: str, location: str
) -> None:
    answer, _ = ask(server, path)
    assert (answer.status, answer.headers["Location"]) == (301, location)


@pytest.mark.parametrize(
    ("path", "content_type", "caching"),
    [
        ("/x/y/", "text/html; charset=utf-8", "no-cache"),
        ("/x/y/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        (
            "/x/y/vendor/runtime/a.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
        (
            "/x/y/vendor/runtime/b.pack.gz",
            "application/gzip",
            "public, max-age=31536000, immutable",
        ),
        (
            "/x/y/vendor/runtime/c.image.zst",
            "application/zstd",
            "public, max-age=31536000, immutable",
        ),
        ("/x/y/vendor/runtime/gone.wasm", "text/html; charset=utf-8", "no-cache"),
    ],
)
def test_file_says_its_type_and_how_long_it_keeps(
    server: StaticServer, path: str, content_type: str, caching: str
) -> None:
    answer, _ = ask(server, path)
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == caching
    assert answer.headers["Content-Encoding"] is None


def test_text_is_compressed_for_whoever_takes_it(server: StaticServer) -> None:
    (server.root / "long.js").write_text("// again\n" * 1000)
    gzipped = {"Accept-Encoding": "gzip, deflate, br"}
    answer, body = ask(server, "/x/y/long.js", **gzipped)
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == (
        "gzip",
        "Accept-Encoding",
    )
    assert gzip.decompress(body) == b"// again\n" * 1000
    assert len(body) < 200
    answer, body = ask(server, "/x/y/vendor/runtime/c.image.zst", **gzipped)
    assert (answer.headers["Content-Encoding"], body) == (None, b"zst")


def test_known_file_is_not_sent_again_until_it_changes(server: StaticServer) -> None:
    tag = ask(server, "/x/y/sw.js")[0].headers["ETag"]
    answer, body = ask(server, "/x/y/sw.js", **{"If-None-Match": tag})
    assert (answer.status, body) == (304, b"")

    (server.root / "sw.js").write_text("new js")
    answer, body = ask(server, "/x/y/sw.js", **{"If-None-Match": tag})
    assert (answer.status, body) == (200, b"new js")


def test_head_has_a_length_and_no_body(server: StaticServer) -> None:
    answer, body = ask(server, "/x/y/sw.js", "HEAD")
    assert (answer.headers["Content-Length"], body) == ("2", b"")


def test_connection_is_kept_for_the_next_request(server: StaticServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for path in ("/x/y/", "/x/y/gone", "/x/y/folder"):
        connection.request("GET", path)
        connection.getresponse().read()
    assert connection.sock is not None
    connection.close()
