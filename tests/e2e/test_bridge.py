"""The bridge's rules as a browser sees them, with an application that repeats what it is asked."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.echo_app.app import KNOWN_BYTES
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.sites import SiteHost, serving


@pytest.fixture
def echo(tab: Page, shared_chromium: Chromium, site: SiteHost) -> App:
    """The echo application; it keeps nothing that tests could disturb, but cookies of their own."""
    return App.shown_in(shared_chromium.open_app(f"{site.url}?app=echo", tab))


def _echoed(app: App, path: str, method: str = "GET", **given: Any) -> dict[str, Any]:
    reply = app.ask(path, method, **given)
    assert reply.status == 200, reply.body[:500]
    facts: dict[str, Any] = json.loads(reply.body)
    return facts


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])
def test_methods_and_bodies_arrive(echo: App, method: str) -> None:
    body = None if method == "GET" else "grüße\r\n\0".encode()
    facts = _echoed(echo, "/echo", method, body=body)
    assert facts["scope"]["method"] == method
    assert base64.b64decode(facts["body"]) == (body or b"")


def test_head_has_headers_and_no_body(echo: App) -> None:
    reply = echo.ask("/known", "HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-length"] == str(len(KNOWN_BYTES))


def test_scope_follows_the_specification(echo: App, site: SiteHost) -> None:
    facts = _echoed(echo, "/echo/path?a=1&a=2")
    scope = facts["scope"]
    assert scope["type"] == "http"
    assert scope["asgi"]["version"].startswith("3.")
    assert scope["http_version"] == "1.1"
    assert scope["scheme"] == "http"
    assert scope["server"] == ["localhost", site.port]
    assert scope["client"][0]
    assert scope["root_path"] == echo.root_path
    assert scope["query_string"] == "a=1&a=2"
    assert scope["state"] == {"greeting": "set at start-up"}
    assert facts["started"] == 1
    headers = dict(facts["headers"])
    assert headers["host"] == f"localhost:{site.port}"
    assert headers["sec-fetch-site"] == "same-origin"
    assert "Chrome" in headers["user-agent"]
    assert all(name == name.lower() for name in headers)


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("/echo/a%2Fb", "/echo/a/b"),
        ("/echo/a+b%20c", "/echo/a+b c"),
        ("/echo/50%25", "/echo/50%"),
        ("/echo/t~2Fb~2Ecsv", "/echo/t~2Fb~2Ecsv"),
        ("/echo/gr%C3%BC%C3%9Fe", "/echo/grüße"),
        ("/echo/%F0%9F%98%80", "/echo/\U0001f600"),
        ("/echo/a=b&c;d", "/echo/a=b&c;d"),
        ("/echo//double//", "/echo//double//"),
        ("/echo/..%2Fup", "/echo/../up"),
    ],
)
def test_paths_arrive_raw_and_decoded(echo: App, raw: str, decoded: str) -> None:
    scope = _echoed(echo, raw + "?q=a+b%20c%2F~2F%F0%9F%98%80&x")["scope"]
    # Bytes were told as Latin-1; the decoded path is text already.
    assert (scope["raw_path"], scope["path"]) == (raw, decoded)
    assert scope["query_string"] == "q=a+b%20c%2F~2F%F0%9F%98%80&x"


def test_repeated_headers_survive(echo: App) -> None:
    reply = echo.ask("/headers")
    assert reply.headers["x-twice"] == "one, two"
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_request_headers_arrive(echo: App) -> None:
    headers = dict(_echoed(echo, "/echo", headers={"X-Mine": "a, b", "Accept": "x/y"})["headers"])
    assert headers["x-mine"] == "a, b"
    assert headers["accept"] == "x/y"
    assert headers["referer"].startswith(echo.prefix)


@pytest.mark.expects_console_errors("Failed to load resource")
@pytest.mark.parametrize("status", [200, 201, 204, 205, 304, 400, 404, 418, 500, 503])
def test_statuses_arrive_with_and_without_body(echo: App, status: int) -> None:
    reply = echo.ask(f"/status/{status}")
    expected = b"" if status in (204, 205, 304) else f"status {status}".encode()
    assert (reply.status, reply.body) == (status, expected)
    assert reply.headers["x-code"] == str(status)


def test_five_megabytes_go_up_and_come_down(echo: App) -> None:
    noise = random.Random(5).randbytes(5_000_000)
    facts = _echoed(echo, "/echo", "POST", body=noise)
    assert facts["length"] == len(noise)
    assert facts["sha256"] == hashlib.sha256(noise).hexdigest()
    assert echo.ask("/repeat", "PUT", body=noise).body == noise


def test_files_are_uploaded_by_a_form(echo: App) -> None:
    noise = random.Random(6).randbytes(2_000_000)
    page = echo.page
    page.goto(echo.url("/page"))
    page.set_content(
        "<form method=post enctype=multipart/form-data action='echo'>"
        "<input type=file name=upload><button>send</button></form>"
    )
    page.set_input_files(
        "input", {"name": "noise.bin", "mimeType": "application/x-noise", "buffer": noise}
    )
    page.locator("button").click()
    page.wait_for_url("**/echo")
    facts = json.loads(page.inner_text("body"))
    assert facts["length"] > len(noise)
    assert dict(facts["headers"])["content-type"].startswith("multipart/form-data; boundary=")


def test_first_piece_of_a_stream_arrives_before_the_second_is_made(echo: App) -> None:
    text = echo.page.evaluate(
        """async (prefix) => {
          const reader = (await fetch(prefix + "drip")).body.getReader();
          const decoder = new TextDecoder();
          const first = decoder.decode((await reader.read()).value);
          await fetch(prefix + "log?go");
          return [first, decoder.decode((await reader.read()).value)];
        }""",
        echo.prefix,
    )
    assert text == ["first ", "second"]


def test_reader_that_goes_away_ends_the_work(echo: App, shared_chromium: Chromium) -> None:
    before = echo.ask_json("/log")["gone"]
    echo.page.evaluate(
        """async (prefix) => {
          const leave = new AbortController();
          const response = await fetch(prefix + "endless", { signal: leave.signal });
          const reader = response.body.getReader();
          for (let bytes = 0; bytes < 1_000_000; ) bytes += (await reader.read()).value.length;
          leave.abort();
        }""",
        echo.prefix,
    )
    shared_chromium.wait_until(
        lambda: echo.ask_json("/log")["gone"] == before + 1, "the stream to end"
    )


def test_reader_that_does_not_read_stops_the_application(echo: App) -> None:
    counts = echo.page.evaluate(
        """async (prefix) => {
          const sent = async () => (await (await fetch(prefix + "log")).json()).sent_bytes;
          const response = await fetch(prefix + "endless");
          const reader = response.body.getReader();
          await reader.read();
          let last = -1, now = await sent();
          // Until two questions in a row get one answer: the application waits.
          for (let i = 0; i < 200 && now !== last; i++) [last, now] = [now, await sent()];
          await reader.cancel();
          return [last, now];
        }""",
        echo.prefix,
    )
    assert counts[0] == counts[1]
    # Chromium itself reads 58 MB ahead of a page that reads nothing.
    assert counts[1] < 100_000_000


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-1", 206, KNOWN_BYTES[:2]),
        ("bytes=10-19", 206, KNOWN_BYTES[10:20]),
        ("bytes=-5", 206, KNOWN_BYTES[-5:]),
        ("bytes=10000-", 206, KNOWN_BYTES[10000:]),
        ("bytes=0-999999", 206, KNOWN_BYTES),
        ("bytes=0-1,5-6", 200, KNOWN_BYTES),
        ("lines=0-1", 200, KNOWN_BYTES),
    ],
)
def test_ranges_are_cut(echo: App, asked: str, status: int, expected: bytes) -> None:
    reply = echo.ask("/known", headers={"range": asked})
    assert (reply.status, reply.body) == (status, expected)
    if status == 206:
        assert reply.headers["content-length"] == str(len(expected))
        first = KNOWN_BYTES.index(expected)
        last = first + len(expected) - 1
        assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(KNOWN_BYTES)}"


@pytest.mark.expects_console_errors("Failed to load resource.*416")
def test_range_past_the_end_is_416(echo: App) -> None:
    reply = echo.ask("/known", headers={"range": "bytes=20000-20001"})
    assert (reply.status, reply.body) == (416, b"")
    assert reply.headers["content-range"] == f"bytes */{len(KNOWN_BYTES)}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["relative", "root", "prefixed", "absolute"])
def test_redirects_stay_in_the_prefix(echo: App, status: int, kind: str, site: SiteHost) -> None:
    to = {
        "relative": "landing/here",
        "root": "/landing/here",
        "prefixed": f"{echo.root_path}/landing/here",
        "absolute": f"{site.origin}{echo.root_path}/landing/here",
    }[kind]
    page = echo.page
    page.goto(echo.url(f"/redirect?status={status}&to={to}"))
    assert page.url == echo.url("/landing/here")
    assert page.inner_text("h1") == "GET /landing/here"


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_posted_forms_follow_redirects_as_against_a_server(
    echo: App, status: int, method: str
) -> None:
    page = echo.page
    page.goto(echo.url("/page"))
    page.evaluate(
        """(action) => {
          const form = Object.assign(document.createElement("form"), { method: "post", action });
          document.body.append(form);
          form.submit();
        }""",
        echo.url(f"/redirect?status={status}&to=landing/posted"),
    )
    page.wait_for_url("**/landing/posted")
    assert page.inner_text("h1") == f"{method} /landing/posted"


def test_chain_of_redirects_ends(echo: App) -> None:
    to = "landing/end"
    for _ in range(3):
        to = f"redirect?status=302&to={quote(to, safe='')}"
    echo.page.goto(echo.url("/" + to))
    assert echo.page.url == echo.url("/landing/end")
    reply = echo.ask("/" + to)
    assert reply.headers[":url"] == echo.url("/landing/end")


def test_cookies_are_kept_sent_and_hidden_from_scripts(echo: App) -> None:
    sets = "&".join(
        f"set={value}"
        for value in (
            "plain=1%3B%20Path=/",
            "strict=2%3B%20HttpOnly%3B%20SameSite=Strict",
            "secure=3%3B%20Secure",
            "deep=4%3B%20Path=/echo",
            "gone=5%3B%20Max-Age=0",
        )
    )
    reply = echo.ask(f"/cookies?{sets}")
    assert "set-cookie" not in reply.headers
    came = echo.ask("/cookies").body.decode()
    assert "plain=1" in came
    assert "strict=2" in came
    assert "secure=3" in came
    assert "gone" not in came
    headers = dict(_echoed(echo, "/echo/x")["headers"])
    assert "deep=4" in headers["cookie"]
    assert echo.page.evaluate("document.cookie") == ""
    paths = {"plain": "/", "strict": "", "secure": "", "deep": "/echo"}
    away = [f"set={n}=x%3B%20Max-Age=0" + f"%3B%20Path={p}" * bool(p) for n, p in paths.items()]
    echo.ask(f"/cookies?{'&'.join(away)}")
    assert echo.ask("/cookies").body == b""


@pytest.mark.expects_console_errors("500", "raised before the start", "failed to answer")
def test_application_that_raises_is_answered_for(echo: App) -> None:
    reply = echo.ask("/raise-before")
    assert reply.status == 500
    assert b"raised before the start" in reply.body


@pytest.mark.expects_console_errors("500", "without an answer", "failed to answer")
def test_application_that_answers_nothing_is_answered_for(echo: App) -> None:
    assert echo.ask("/silent").status == 500


@pytest.mark.expects_console_errors("ERR_", "raised after the start", "failed to answer")
def test_application_that_raises_later_breaks_the_stream(echo: App) -> None:
    outcome = echo.page.evaluate(
        """async (prefix) => {
          const response = await fetch(prefix + "raise-after");
          return response.arrayBuffer().then(() => "whole", (error) => error.name);
        }""",
        echo.prefix,
    )
    assert outcome == "TypeError"


def test_requests_that_miss_the_prefix_are_led_into_it(echo: App, site: SiteHost) -> None:
    page = echo.page
    page.goto(echo.url("/page"))
    expect(page.locator("#loaded")).to_have_text("script of the app")
    reply = echo.ask(f"{site.origin}/echo/stray?q=1", "POST", body=b"kept")
    facts = json.loads(reply.body)
    assert facts["scope"]["path"] == "/echo/stray"
    assert base64.b64decode(facts["body"]) == b"kept"


def test_links_and_forms_that_miss_the_prefix_are_led_into_it(
    tab: Page, shared_chromium: Chromium, site_folder: Path
) -> None:
    """Where the site is all of its host; a navigation out of a subpath no worker gets to see."""
    with serving(site_folder, mount="/") as host:
        app = App.shown_in(shared_chromium.open_app(f"{host.url}?app=echo", tab))
        tab.goto(app.url("/page"))
        tab.locator("a").click()
        tab.wait_for_url(app.url("/landing/linked"))
        assert tab.inner_text("h1") == "GET /landing/linked"
        tab.goto(app.url("/page"))
        tab.locator("button").click()
        tab.wait_for_url(app.url("/landing/posted"))
        assert tab.inner_text("h1") == "POST /landing/posted"


def test_two_requests_are_answered_at_once(echo: App) -> None:
    """A waiting request does not hold up another: /drip ends only when /log?go is answered."""
    results = echo.page.evaluate(
        """async (prefix) => {
          const slow = fetch(prefix + "drip").then((r) => r.text());
          const first = await fetch(prefix + "echo").then((r) => r.status);
          await fetch(prefix + "log?go");
          return [first, await slow];
        }""",
        echo.prefix,
    )
    assert results == [200, "first second"]


def test_plain_link_from_another_site_is_a_cross_site_navigation(
    echo: App, data_host: DataHost
) -> None:
    page = echo.page
    page.goto(data_host.page("/links.html", f'<a href="{echo.url("/echo")}">in</a>'))
    page.locator("a").click()
    page.wait_for_url("**/echo")
    await_app(page)
    headers = dict(json.loads(page.inner_text("body"))["headers"])
    assert headers["sec-fetch-site"] in ("cross-site", "none")
    assert headers["sec-fetch-mode"] == "navigate"
