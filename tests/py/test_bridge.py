"""One small application for each rule."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import logging
from typing import Any

import pytest

from datasette_lite.asgi import Message, Receive, Scope, Send
from datasette_lite.coalescing import Coalescer
from datasette_lite.errors import EngineError
from tests.py.memory_exchange import (
    MemoryExchange,
    Store,
    answering,
    body,
    bridge_to,
    serve,
    start,
)

run = asyncio.run

HTML = (b"content-type", b"text/html")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it saw."""
    digest, size = hashlib.sha256(), 0
    while True:
        message = await receive()
        digest.update(message["body"])
        size += len(message["body"])
        if not message["more_body"]:
            break
    seen = {
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode(),
        "query_string": scope["query_string"].decode(),
        "root_path": scope["root_path"],
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
        "server": list(scope["server"]),
        "scheme": scope["scheme"],
        "http_version": scope["http_version"],
        "sha256": digest.hexdigest(),
        "size": size,
    }
    await send(start(200, (b"content-type", b"application/json")))
    await send(body(json.dumps(seen).encode()))


class Recorder:
    """An application that records what `receive` and `send` gave it."""

    def __init__(self, *messages: Message) -> None:
        self.messages = messages
        self.raised: BaseException | None = None
        self.received: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            for message in self.messages:
                await send(message)
        except BaseException as error:
            self.raised = error
            raise


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_every_method_reaches_the_application(method: str) -> None:
    assert run(serve(echo, MemoryExchange(method=method))).json()["method"] == method


def test_a_binary_body_arrives_byte_for_byte() -> None:
    pieces = [bytes([number]) * 65536 for number in range(80)]
    seen = run(serve(echo, MemoryExchange(method="POST", body=pieces))).json()
    assert seen["size"] == 80 * 65536
    assert seen["sha256"] == hashlib.sha256(b"".join(pieces)).hexdigest()


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/", "/"),
        ("/a%2Fb", "/a/b"),
        ("/a~2Fb", "/a~2Fb"),
        ("/100%25", "/100%"),
        ("/a+b", "/a+b"),
        ("/%F0%9F%98%80", "/\N{GRINNING FACE}"),
        ("/caf%C3%A9", "/café"),
        ("//double", "//double"),
    ],
)
def test_paths_are_decoded_and_kept_raw(raw: str, path: str) -> None:
    seen = run(serve(echo, MemoryExchange(raw + "?a=%2F&b=+&b=~2F"))).json()
    assert (seen["raw_path"], seen["path"]) == (raw, path)
    assert seen["query_string"] == "a=%2F&b=+&b=~2F"


def test_the_scope_says_where_the_application_is_mounted() -> None:
    exchange = MemoryExchange("/db", root_path="/x/y/app/url=a.db")
    seen = run(serve(echo, exchange)).json()
    assert (seen["root_path"], seen["path"]) == ("/x/y/app/url=a.db", "/db")
    assert seen["server"] == ["example.test", 8000]
    assert (seen["scheme"], seen["http_version"]) == ("http", "1.1")


def test_repeated_request_headers_stay_apart() -> None:
    exchange = MemoryExchange(headers=[(b"x-twice", b"1"), (b"x-twice", b"2")])
    headers = run(serve(echo, exchange)).json()["headers"]
    assert [value for name, value in headers if name == "x-twice"] == ["1", "2"]
    assert ["host", "example.test:8000"] in headers


def test_no_fetch_metadata_is_invented() -> None:
    names = [name for name, _ in run(serve(echo, MemoryExchange())).json()["headers"]]
    assert names == ["host"]


def test_repeated_answer_headers_stay_apart_and_in_order() -> None:
    app = answering(start(200, (b"X-A", b"1"), (b"x-b", b"2"), (b"x-a", b"3")), body(b"."))
    exchange = run(serve(app, MemoryExchange()))
    assert exchange.answer_headers[:3] == [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")]


@pytest.mark.parametrize("status", [200, 201, 404, 418, 500, 599])
def test_status_and_body_pass_unchanged(status: int) -> None:
    exchange = run(serve(answering(start(status, HTML), body(b"hello")), MemoryExchange()))
    assert (exchange.status, exchange.body) == (status, b"hello")
    assert exchange.header(b"content-length") == b"5"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_without_a_body_have_none(status: int) -> None:
    app = answering(start(status, (b"etag", b'"1"'), (b"content-length", b"5")), body(b"hello"))
    exchange = run(serve(app, MemoryExchange()))
    assert (exchange.status, exchange.body) == (status, b"")
    assert exchange.header(b"etag") == b'"1"'
    assert exchange.header(b"content-length") == (b"5" if status == 304 else None)


@pytest.mark.parametrize("status", [99, 101, 103, 600, "200", None])
def test_a_status_no_page_can_have_becomes_a_500(status: Any) -> None:
    exchange = run(serve(answering(start(status), body(b"hello")), MemoryExchange()))
    assert exchange.status == 500


def test_head_has_headers_and_no_body() -> None:
    app = answering(start(200, HTML), body(b"hello"))
    exchange = run(serve(app, MemoryExchange(method="HEAD")))
    assert (exchange.status, exchange.body) == (200, b"")
    assert exchange.header(b"content-length") == b"5"


def test_head_ends_an_endless_stream() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        while True:
            await send(body(b"row", more=True))

    exchange = run(serve(app, MemoryExchange(method="HEAD")))
    assert (exchange.status, exchange.body, exchange.ended) == (200, b"", True)


def test_head_of_a_failing_application_has_no_body() -> None:
    exchange = run(serve(answering(body(b"hello")), MemoryExchange(method="HEAD")))
    assert (exchange.status, exchange.body) == (500, b"")


def test_a_whole_answer_is_passed_on_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    # However busy this machine is.
    patient = functools.partial(Coalescer, patience_s=60)
    monkeypatch.setattr("datasette_lite.answer.Coalescer", patient)
    chunks = [body(b"x" * 4096, more=True) for _ in range(10)]
    exchange = run(serve(answering(start(), *chunks, body()), MemoryExchange()))
    assert not exchange.streamed
    assert exchange.pieces == [b"x" * 40960]
    assert exchange.header(b"content-length") == b"40960"


def test_a_wrong_content_length_is_put_right() -> None:
    app = answering(start(200, (b"content-length", b"9")), body(b"hello"))
    exchange = run(serve(app, MemoryExchange()))
    assert exchange.header(b"content-length") == b"5"


def test_connection_headers_do_not_pass() -> None:
    headers = [(b"transfer-encoding", b"chunked"), (b"connection", b"close"), HTML]
    exchange = run(serve(answering(start(200, *headers), body(b".")), MemoryExchange()))
    assert exchange.answer_headers == [HTML, (b"content-length", b"1")]


def test_small_chunks_of_a_large_answer_are_coalesced() -> None:
    chunks = [body(bytes([number % 256]) * 4096, more=True) for number in range(1000)]
    exchange = run(serve(answering(start(200, HTML), *chunks, body()), MemoryExchange()))
    assert exchange.streamed
    assert exchange.ended
    assert exchange.body == b"".join(chunk["body"] for chunk in chunks)
    assert len(exchange.pieces) <= 4096 * 1000 / 65536 + 1
    assert exchange.header(b"content-length") is None


def test_a_paused_stream_reaches_the_reader() -> None:
    async def scenario() -> MemoryExchange:
        goes_on = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(body(b"first", more=True))
            await goes_on.wait()
            await send(body(b"last"))

        exchange = MemoryExchange()
        serving = asyncio.create_task(serve(app, exchange))
        while not exchange.pieces:
            await asyncio.sleep(0.005)
        assert exchange.pieces == [b"first"]
        goes_on.set()
        return await serving

    exchange = run(scenario())
    assert exchange.pieces == [b"first", b"last"]
    assert exchange.ended


def test_an_application_that_never_pauses_still_reaches_the_reader() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        await send(start())
        until = loop.time() + 0.3
        while loop.time() < until:
            await send(body(b".", more=True))
        await send(body())

    exchange = run(serve(app, MemoryExchange()))
    assert 2 <= len(exchange.pieces) <= 36


def test_a_busy_stream_lets_others_in() -> None:
    async def scenario() -> int:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            for _ in range(100):
                await send(body(b"x" * 65536, more=True))
            await send(body())

        turns = 0
        serving = asyncio.create_task(serve(app, MemoryExchange()))
        while not serving.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert run(scenario()) >= 100


def test_a_slow_reader_slows_the_application_down() -> None:
    async def scenario() -> tuple[int, MemoryExchange]:
        sent = 0

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal sent
            await send(start())
            for _ in range(50):
                await send(body(b"x" * 65536, more=True))
                sent += 1
            await send(body())

        exchange = MemoryExchange()
        exchange.reader_ready.clear()
        # The reader's time is not the application's: its deadline does not run meanwhile.
        serving = asyncio.create_task(
            serve(app, exchange, first_byte_timeout_s=0.01, silence_timeout_s=0.01)
        )
        await asyncio.sleep(0.05)
        sent_by_then = sent
        exchange.reader_ready.set()
        await serving
        return sent_by_then, exchange

    sent_by_then, exchange = run(scenario())
    assert sent_by_then <= 1
    assert exchange.ended
    assert len(exchange.body) == 50 * 65536


def test_an_upload_is_read_no_faster_than_the_application_asks() -> None:
    async def scenario() -> tuple[int, MemoryExchange]:
        goes_on = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await receive()
            await goes_on.wait()
            await echo(scope, receive, send)

        exchange = MemoryExchange(method="POST", body=[b"x" * 1000] * 1000)
        serving = asyncio.create_task(serve(app, exchange))
        await asyncio.sleep(0.02)
        received_by_then = exchange.received
        goes_on.set()
        await serving
        return received_by_then, exchange

    received_by_then, exchange = run(scenario())
    assert received_by_then == 1
    assert exchange.json()["size"] == 999_000


def test_after_the_body_comes_the_disconnection() -> None:
    async def scenario() -> list[str]:
        kinds: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            kinds.append((await receive())["type"])
            exchange.leave()
            kinds.append((await receive())["type"])
            kinds.append((await receive())["type"])

        exchange = MemoryExchange()
        await serve(app, exchange)
        return kinds

    assert run(scenario()) == ["http.request", "http.disconnect", "http.disconnect"]


def test_an_upload_given_up_does_not_look_complete() -> None:
    async def scenario() -> list[str]:
        kinds: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            kinds.append((await receive())["type"])
            exchange.leave()
            kinds.append((await receive())["type"])

        exchange = MemoryExchange(method="POST", body=[b"half"])

        async def ends_like_a_whole_one() -> bytes | None:
            return None if exchange.client_gone else b"half"

        exchange.receive = ends_like_a_whole_one  # type: ignore[method-assign]
        await serve(app, exchange)
        return kinds

    assert run(scenario()) == ["http.request", "http.disconnect"]


def test_a_complete_answer_ends_the_wait_for_a_disconnection() -> None:
    kinds: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        watch = asyncio.ensure_future(receive())
        await send(start())
        await send(body(b"."))
        kinds.append((await watch)["type"])

    run(serve(app, MemoryExchange()))
    assert kinds == ["http.disconnect"]


def test_a_reader_who_leaves_ends_the_work() -> None:
    async def scenario() -> tuple[int, BaseException | None]:
        sent = 0
        raised: BaseException | None = None

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal sent, raised
            await send(start())
            try:
                while True:
                    await send(body(b"x" * 65536, more=True))
                    sent += 1
            except OSError as error:
                raised = error
                raise

        exchange = MemoryExchange()
        serving = asyncio.create_task(serve(app, exchange))
        while sent < 3:
            await asyncio.sleep(0)
        exchange.leave()
        await serving
        assert exchange.failure is None
        return sent, raised

    sent, raised = run(scenario())
    assert sent < 10
    assert isinstance(raised, OSError)


def test_a_reader_who_leaves_before_the_answer_gets_none() -> None:
    async def scenario() -> MemoryExchange:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            exchange.leave()
            await send(start())
            await send(body(b"."))

        exchange = MemoryExchange()
        return await serve(app, exchange)

    assert run(scenario()).status == 0


# Applications that misbehave.


def test_an_error_before_the_start_is_a_500_that_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("<b>")

    exchange = run(serve(app, MemoryExchange()))
    assert exchange.status == 500
    assert exchange.header(b"content-type") == b"text/html; charset=utf-8"
    assert "KeyError: &#x27;&lt;b&gt;&#x27;" in exchange.text
    assert "<details>" in exchange.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_an_error_between_start_and_body_is_a_500_too() -> None:
    async def fail() -> None:
        raise KeyError("x")

    app = answering(start(200, (b"set-cookie", b"a=1")), after=fail)
    store = Store()
    exchange = run(serve(app, MemoryExchange(), store=store))
    assert exchange.status == 500
    assert store.dump == ""


def test_an_error_after_the_start_breaks_the_stream() -> None:
    async def fail() -> None:
        raise KeyError("x")

    app = answering(start(), body(b"x" * 70000, more=True), after=fail)
    exchange = run(serve(app, MemoryExchange()))
    assert exchange.status == 200
    assert isinstance(exchange.failure, KeyError)
    assert not exchange.ended


def test_an_error_while_little_is_held_is_a_500() -> None:
    async def fail() -> None:
        raise KeyError("x")

    app = answering(start(), body(b"a little", more=True), after=fail)
    exchange = run(serve(app, MemoryExchange()))
    assert (exchange.status, exchange.failure) == (500, None)


def test_an_error_after_the_end_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise KeyError("x")

    exchange = run(serve(answering(start(), body(b"done"), after=fail), MemoryExchange()))
    assert (exchange.status, exchange.body, exchange.ended) == (200, b"done", True)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("messages", [[], [start()]])
def test_returning_without_an_answer_is_a_500(messages: list[Message]) -> None:
    exchange = run(serve(answering(*messages), MemoryExchange()))
    assert exchange.status == 500
    assert "ended without an answer" in exchange.text


def test_returning_in_the_middle_breaks_the_stream() -> None:
    exchange = run(serve(answering(start(), body(b"x" * 70000, more=True)), MemoryExchange()))
    assert isinstance(exchange.failure, RuntimeError)
    assert not exchange.ended


def test_never_starting_is_a_504() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    exchange = run(serve(app, MemoryExchange(), first_byte_timeout_s=0.02))
    assert exchange.status == 504
    assert "silent for 0.02 seconds" in exchange.text


def test_never_starting_and_refusing_to_stop_is_a_504(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> MemoryExchange:
        released = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    continue
            await send(start())

        exchange = await serve(app, MemoryExchange(), first_byte_timeout_s=0.02)
        released.set()
        return exchange

    monkeypatch.setattr("datasette_lite.bridge.CANCEL_S", 0.02)
    assert run(scenario()).status == 504


def test_never_finishing_breaks_the_stream() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    app = answering(start(), body(b"first", more=True), after=never)
    exchange = run(serve(app, MemoryExchange(), silence_timeout_s=0.05))
    assert exchange.pieces == [b"first"]
    assert isinstance(exchange.failure, TimeoutError)


def test_a_long_upload_is_no_silence() -> None:
    async def scenario() -> MemoryExchange:
        exchange = MemoryExchange(method="POST", body=[b"x"] * 8)
        arrives = exchange.receive

        async def slowly() -> bytes | None:
            await asyncio.sleep(0.05)
            return await arrives()

        exchange.receive = slowly  # type: ignore[method-assign]
        return await serve(echo, exchange, first_byte_timeout_s=0.3)

    assert run(scenario()).json()["size"] == 8


def test_work_after_the_answer_is_not_cut_short() -> None:
    done = False

    async def work() -> None:
        nonlocal done
        await asyncio.sleep(0.05)
        done = True

    app = answering(start(), body(b"."), after=work)
    run(serve(app, MemoryExchange(), first_byte_timeout_s=0.01, silence_timeout_s=0.01))
    assert done


@pytest.mark.parametrize(
    "messages",
    [
        [start(), start()],
        [body(b".")],
        [{"type": "http.response.trailers"}],
        [start(200, (b"bad name", b"x"))],
        [start(200, (b"x", b"a\r\nset-cookie: b=c"))],
    ],
)
def test_messages_that_asgi_forbids_are_refused(messages: list[Message]) -> None:
    app = Recorder(*messages, start(), body(b"."))
    exchange = run(serve(app, MemoryExchange()))
    assert isinstance(app.raised, RuntimeError)
    assert exchange.status == 500


def test_a_body_after_the_end_is_refused() -> None:
    app = Recorder(start(), body(b"whole"), body(b"more"))
    exchange = run(serve(app, MemoryExchange()))
    assert isinstance(app.raised, RuntimeError)
    assert exchange.body == b"whole"


def test_exiting_ends_neither_the_loop_nor_the_answer() -> None:
    async def leave() -> None:
        raise SystemExit(1)

    assert run(serve(answering(after=leave), MemoryExchange())).status == 500


# Proxy rules.

PREFIX = "/x/y/app/url=a.db"


def test_a_redirect_is_absolute_and_below_the_prefix() -> None:
    app = answering(start(302, (b"location", b"/db/table")), body())
    exchange = run(serve(app, MemoryExchange("/db/table/", root_path=PREFIX)))
    expected = b"http://example.test:8000/x/y/app/url=a.db/db/table"
    assert exchange.header(b"location") == expected
    assert exchange.status == 302


def test_no_referrer_becomes_same_origin() -> None:
    app = answering(start(200, (b"referrer-policy", b"no-referrer")), body(b"."))
    exchange = run(serve(app, MemoryExchange()))
    assert exchange.header(b"referrer-policy") == b"same-origin"


@pytest.mark.parametrize(
    ("headers", "length", "streamed"),
    [([], 200_000, True), ([(b"range", b"bytes=0-1")], 200_000, False)],
)
def test_an_answer_of_which_a_range_is_wanted_is_gathered_whole(
    headers: list[tuple[bytes, bytes]], length: int, streamed: bool
) -> None:
    chunks = [body(b"x" * 4000, more=True) for _ in range(length // 4000)]
    exchange = run(serve(answering(start(), *chunks, body()), MemoryExchange(headers=headers)))
    assert (exchange.streamed, len(exchange.body)) == (streamed, length)


# Cookies.


async def login(scope: Scope, receive: Receive, send: Send) -> None:
    """Counts its visitor's calls in a cookie."""
    cookie = dict(scope["headers"]).get(b"cookie", b"")
    count = int(cookie.partition(b"=")[2] or 0) + 1
    cookies = [(b"set-cookie", b"count=%d; Path=/" % count), (b"set-cookie", b"b=2; Max-Age=0")]
    await send(start(200, *cookies))
    await send(body(cookie))


def test_cookies_come_back_and_never_leave() -> None:
    async def scenario() -> tuple[MemoryExchange, MemoryExchange]:
        bridge = bridge_to(login)
        first, second = MemoryExchange(), MemoryExchange()
        await bridge.serve(first)
        await bridge.serve(second)
        return first, second

    first, second = run(scenario())
    assert (first.body, second.body) == (b"", b"count=1")
    assert first.header(b"set-cookie") is None


def test_cookies_outlive_the_worker() -> None:
    async def scenario() -> bytes:
        store = Store()
        await bridge_to(login, store).serve(MemoryExchange())
        reborn = MemoryExchange()
        await bridge_to(login, store).serve(reborn)
        return reborn.body

    assert run(scenario()) == b"count=1"


def test_a_cookie_is_stored_before_the_answer_is_out() -> None:
    async def scenario() -> None:
        exchange = MemoryExchange()
        saved: list[str] = []

        async def save(dump: str) -> None:
            await asyncio.sleep(0.01)
            assert exchange.status == 0
            saved.append(dump)

        bridge = bridge_to(login)
        bridge._save_jar = save
        await bridge.serve(exchange)
        assert len(saved) == 1
        assert exchange.status == 200

    run(scenario())


def test_two_plans_do_not_share_cookies() -> None:
    async def scenario() -> bytes:
        await bridge_to(login, Store()).serve(MemoryExchange())
        other = MemoryExchange()
        await bridge_to(login, Store()).serve(other)
        return other.body

    assert run(scenario()) == b""


def test_storage_that_fails_costs_no_answer() -> None:
    async def scenario() -> MemoryExchange:
        async def save(dump: str) -> None:
            raise OSError("full")

        bridge = bridge_to(login)
        bridge._save_jar = save
        await bridge.serve(MemoryExchange())
        exchange = MemoryExchange()
        await bridge.serve(exchange)
        return exchange

    assert run(scenario()).body == b"count=1"


def test_another_site_cannot_use_the_visitors_cookies_to_write() -> None:
    async def scenario(method: str) -> bytes:
        bridge = bridge_to(login)
        await bridge.serve(MemoryExchange())
        forged = MemoryExchange(method=method, headers=[(b"sec-fetch-site", b"cross-site")])
        await bridge.serve(forged)
        return forged.body

    assert run(scenario("POST")) == b""
    assert run(scenario("GET")) == b"count=1"


# Lifespan.


class Living:
    """An application with a lifespan, which may fail to start."""

    def __init__(self, outcome: str = "complete") -> None:
        self.outcome = outcome
        self.events: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["state"]["seen"] = scope["state"].get("seen", 0) + 1
            await send(start())
            await send(body(f"{scope['state']['name']} {scope['state']['seen']}".encode()))
            return
        scope["state"]["name"] = "kept"
        self.events.append((await receive())["type"])
        await send({"type": f"lifespan.startup.{self.outcome}", "message": "no data"})
        if self.outcome == "complete":
            self.events.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})


def test_lifespan_starts_once_and_its_state_reaches_every_request() -> None:
    async def scenario() -> tuple[list[str], list[bytes]]:
        app = Living()
        bridge = bridge_to(app)
        await bridge.startup()
        exchanges = [MemoryExchange(), MemoryExchange()]
        for exchange in exchanges:
            await bridge.serve(exchange)
        await bridge.shutdown()
        return app.events, [exchange.body for exchange in exchanges]

    events, bodies = run(scenario())
    assert events == ["lifespan.startup", "lifespan.shutdown"]
    # Each request has a copy of its own.
    assert bodies == [b"kept 1", b"kept 1"]


def test_an_application_that_cannot_start_says_so() -> None:
    async def scenario() -> None:
        await bridge_to(Living("failed")).startup()

    with pytest.raises(EngineError) as caught:
        run(scenario())
    assert (caught.value.code, caught.value.detail) == ("app-failed", "no data")


@pytest.mark.parametrize("raises", [True, False])
def test_an_application_without_lifespan_is_served(raises: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            if raises:
                raise AssertionError("only http here")
            return
        await echo(scope, receive, send)

    async def scenario() -> MemoryExchange:
        bridge = bridge_to(app)
        await bridge.startup()
        exchange = MemoryExchange()
        await bridge.serve(exchange)
        await bridge.shutdown()
        return exchange

    assert run(scenario()).status == 200


def test_many_at_once_do_not_mix() -> None:
    async def scenario() -> list[MemoryExchange]:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            for _ in range(5):
                await send(body(scope["raw_path"] * 100, more=True))
                await asyncio.sleep(0.001)
            await send(body())

        bridge = bridge_to(app)
        exchanges = [MemoryExchange(f"/{number}") for number in range(30)]
        await asyncio.gather(*(bridge.serve(exchange) for exchange in exchanges))
        return exchanges

    for number, exchange in enumerate(run(scenario())):
        assert exchange.body == f"/{number}".encode() * 500


def test_a_large_answer_in_one_message_is_passed_on_whole() -> None:
    exchange = run(serve(answering(start(), body(b"x" * 200_000)), MemoryExchange()))
    assert (exchange.streamed, len(exchange.body)) == (False, 200_000)


def test_a_file_of_declared_length_comes_whole_though_it_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("datasette_lite.answer.GATHERING_S", 60)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(200, (b"content-length", b"200000")))
        for _ in range(4):
            await send(body(b"x" * 50_000, more=True))
            await asyncio.sleep(0.01)
        await send(body())

    exchange = run(serve(app, MemoryExchange()))
    assert (exchange.streamed, len(exchange.body)) == (False, 200_000)
