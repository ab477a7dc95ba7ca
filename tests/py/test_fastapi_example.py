"""The FastAPI example behind the bridge and below a prefix: the bridge knows no Datasette."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from datasette_lite.asgi import Message, Receive, Scope, Send
from datasette_lite.in_place import _run_sync, run_in_place
from datasette_lite.mounted import mounted
from fastapi_example.app import STATIC_PATHS, create_app
from tests.py.conftest import ROOT_PATH, SITE_URL, Run, launch
from tests.py.memory_exchange import MemoryExchange, Visitor, bridge_to

ORIGIN = "http://example.test:8000"


@pytest.fixture
def notes(run: Run, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """A visitor of the example, without threads, as in a browser."""
    monkeypatch.setattr("anyio.to_thread.run_sync", _run_sync)
    bridge = bridge_to(run(create_app(launch())))
    run(bridge.startup())
    return Visitor(bridge, ROOT_PATH)


def links_of(page: MemoryExchange) -> list[str]:
    """The addresses in a page, below the prefix."""
    links = [
        unescape(each) for each in re.findall(r'(?:href|src|action|data-api)="([^"]*)"', page.text)
    ]
    ours = [
        each for each in links if each != "data:," and not each.startswith(SITE_URL + "loader@")
    ]
    for link in ours:
        assert link.startswith(f"{ORIGIN}{ROOT_PATH}/"), link
    return [each.removeprefix(ORIGIN + ROOT_PATH) for each in ours]


def test_links_lead_somewhere_below_the_prefix(run: Run, notes: Visitor) -> None:
    for target in ("/", "/live", "/notes/1"):
        page = run(notes.get(target))
        assert page.status == 200
        for link in links_of(page):
            if link not in ("/notes", "/upload"):
                assert run(notes.get(link)).status == 200, link


def test_a_form_is_answered_by_303_and_a_message_shown_once(run: Run, notes: Visitor) -> None:
    answer = run(notes.post_form("/notes", "text=Caf%C3%A9+%3Cb%3E"))
    assert answer.status == 303
    assert answer.header(b"location") == f"{ORIGIN}{ROOT_PATH}/".encode()
    first, second = run(notes.get("/")), run(notes.get("/"))
    assert '<p role="status">Note added.</p>' in first.text
    assert "Café &lt;b&gt;" in first.text
    assert "Note added." not in second.text
    assert "Café &lt;b&gt;" in second.text


def test_the_api_takes_and_gives_json(run: Run, notes: Visitor) -> None:
    assert run(notes.post_json("/api/notes", {"text": "b"})).status == 201
    assert run(notes.post_json("/api/notes", {"text": ""})).status == 422
    texts = [note["text"] for note in run(notes.get("/api/notes")).json()]
    assert texts[1:] == ["b"]


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_file_can_be_uploaded(run: Run, notes: Visitor, size: int) -> None:
    content = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        + b"x" * size
        + b"\r\n--b--\r\n"
    )
    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    sent = run(notes.ask("/upload", method="POST", headers=headers, content=content))
    assert sent.status == 303
    assert f"The file has {size:,} bytes." in run(notes.get("/")).text


def test_static_files_are_where_the_loader_keeps_them(run: Run, notes: Visitor) -> None:
    script = run(notes.get("/static/live.js"))
    assert script.status == 200
    assert not script.streamed
    assert any(each.startswith(STATIC_PATHS) for each in links_of(run(notes.get("/live"))))
    etag = script.header(b"etag")
    assert etag
    again = run(notes.get("/static/live.js", headers=[(b"if-none-match", etag)]))
    assert (again.status, again.body) == (304, b"")


def test_what_is_not_there_is_404(run: Run, notes: Visitor) -> None:
    assert [run(notes.get(target)).status for target in ("/notes/9", "/nowhere", "/docs")] == [
        404
    ] * 3


def test_threads_are_replaced_in_a_browser_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio.to_thread

    original = anyio.to_thread.run_sync
    run_in_place()
    assert anyio.to_thread.run_sync is original
    monkeypatch.setattr("anyio.to_thread.run_sync", original)
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr("datasette_lite.in_place.find_spec", lambda name: True)
    run_in_place()
    replaced: Callable[..., Any] = anyio.to_thread.run_sync
    assert asyncio.run(replaced(divmod, 7, 2, abandon_on_cancel=True)) == (3, 1)


def test_a_mounted_application_sees_its_prefix() -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(*message: Message) -> Message:
        return {}

    scope = {"type": "http", "root_path": "/x%20y", "path": "/a b", "raw_path": b"/a%20b"}
    asyncio.run(mounted(app)(scope, nothing, nothing))  # type: ignore[arg-type]
    assert (seen[0]["path"], seen[0]["raw_path"]) == ("/x%20y/a b", b"/x%20y/a%20b")
    assert scope["path"] == "/a b"


def test_neither_bridge_nor_example_imports_datasette() -> None:
    program = (
        "import sys, datasette_lite.bridge, datasette_lite.cookies, fastapi_example.notes;"
        "print([name for name in sys.modules if name.split('.')[0] in ('datasette', 'js')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": "py"},
    )
    assert ran.stdout.strip() == "[]"
