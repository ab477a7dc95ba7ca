"""Where JavaScript meets Python: the only module that imports `js` or `pyodide`.

`loader/worker/engine.js` calls `start` once; what it gets back answers every request of the plan.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsProxy, to_js

from datasette_lite.bridge import Bridge
from datasette_lite.cookies import CookieJar
from datasette_lite.errors import faults_of, revive
from datasette_lite.js_storage import JsStorage, blob_pieces
from datasette_lite.launch import Launch
from datasette_lite.turns import take_many_turns

if TYPE_CHECKING:
    from datasette_lite.importers.parquet_rows import ParquetBatch

#: Bytes of a file handed to JavaScript at a time.
SLICE_BYTES = 4 * 1024 * 1024


@dataclass
class Started:
    """What JavaScript gets: either faults (a JSON list), or an application that answers."""

    faults: str = ""
    serve: Callable[[JsProxy], Awaitable[None]] | None = None
    shutdown: Callable[[], Awaitable[None]] | None = None
    static_paths: str = "[]"
    is_durable: bool = False


async def start(
    launch_json: str,
    save_cookies: Callable[[str], Awaitable[None]],
    read_parquet: Callable[[str], JsProxy],
    plan_files: JsProxy,
    on_progress: Callable[[str, int, int, int], None],
) -> Started:
    """Start the plan's application behind a bridge.

    launch_json: a `Launch` as JSON, with `module`, the module whose `create_app` makes the
    application, and `cookies`, the jar as last saved or null.
    save_cookies: stores the jar; awaited before the answer that changed it is released.
    read_parquet: `loader/worker/parquet.js`, given the path of a file.
    plan_files: `loader/worker/plan-files.js`.
    on_progress: told the name of a source being imported, bytes done and in all, and rows.
    Never raises: an exception would cross to JavaScript as text.
    """
    try:
        take_many_turns(asyncio.get_running_loop())
        given = json.loads(launch_json)
        module = importlib.import_module(given.pop("module"))
        jar = CookieJar()
        if cookies := given.pop("cookies"):
            jar.load(cookies)

        async def parquet(path: str) -> AsyncIterator[ParquetBatch]:
            # Only where there is a Parquet file to read: a start has no time to waste.
            from datasette_lite.importers.parquet_rows import ParquetBatch

            async for batch in read_parquet(path):
                values = batch.values.to_py()
                yield ParquetBatch(batch.columns, values, batch.done, batch.total)

        storage = JsStorage(plan_files)

        def snapshot(path: str) -> AsyncIterator[bytes]:
            return storage.snapshot(path) if storage.file(path) else blob_snapshot(path)

        launch = Launch.from_json(
            given,
            snapshot=snapshot,
            parquet=parquet,
            on_progress=on_progress,
            storage=storage,
        )
        app = await module.create_app(launch)
        bridge = Bridge(app, jar=jar, save_jar=save_cookies)
        await bridge.startup()
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return Started(faults=json.dumps(faults_of(error, traceback.format_exc())))

    async def serve(exchange: JsProxy) -> None:
        await bridge.serve(JsExchange(exchange))

    return Started(
        serve=serve,
        shutdown=bridge.shutdown,
        static_paths=json.dumps(list(getattr(module, "STATIC_PATHS", ()))),
        is_durable=getattr(module, "IS_DURABLE", False),
    )


async def resolve(
    asked_json: str, indexes_json: str, page: Callable[[str], Awaitable[str]], wheel: Any
) -> str:
    """Find the wheels of a plan's plugins: a `Resolution` as JSON, its faults as JavaScript's.

    asked_json: a list of `Asked`; indexes_json: of indexes' addresses.
    page, wheel: `loader/worker/plugins.js`, of which micropip's pack is here by now.
    """
    from datasette_lite.installing import resolution

    class Sources:
        async def page(self, url: str) -> tuple[str, str] | None:
            answer = json.loads(await page(url))
            if "fault" in answer:
                raise revive(answer["fault"])
            found = answer["page"]
            return None if found is None else (found["text"], found["type"])

        async def wheel(self, url: str, filename: str, sha256: str, plugin: str) -> bytes | None:
            answer = await wheel(url, filename, sha256, plugin)
            if hasattr(answer, "fault"):
                raise revive(json.loads(answer.fault))
            return answer.bytes.to_bytes() if hasattr(answer, "bytes") else None

    asked = [resolution.Asked(**each) for each in json.loads(asked_json)]
    try:
        found = await resolution.resolve(asked, json.loads(indexes_json), Sources())
    except Exception as error:
        return json.dumps({"faults": faults_of(error, traceback.format_exc())})
    return json.dumps(
        {
            "wheels": [asdict(each) for each in found.wheels],
            "unread": found.unread,
            "faults": [fault.fault() for fault in found.faults],
        }
    )


class JsExchange:
    """`loader/worker/exchange.js` in Python's types: a `datasette_lite.bridge.Exchange`."""

    def __init__(self, exchange: Any) -> None:
        self._exchange = exchange
        self.method: str = exchange.method
        self.scheme: str = exchange.scheme
        self.raw_path: bytes = exchange.rawPath.encode("ascii")
        self.query_string: bytes = exchange.queryString.encode("ascii")
        self.root_path: str = exchange.rootPath
        self.headers: list[tuple[bytes, bytes]] = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in exchange.headers.to_py()
        ]

    @property
    def client_gone(self) -> bool:
        return bool(self._exchange.clientGone)

    async def receive(self) -> bytes | None:
        try:
            chunk = await self._exchange.receive()
        except Exception as error:
            raise ConnectionResetError("the visitor went away") from error
        return None if chunk is None else chunk.to_bytes()

    async def wait_gone(self) -> None:
        await self._exchange.waitGone()

    async def respond(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._exchange.respond(status, header_pairs(headers), to_js(body))

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self._exchange.start(status, header_pairs(headers))

    async def write(self, chunk: bytes) -> None:
        if not await self._exchange.write(to_js(chunk)):
            raise ConnectionResetError("the visitor went away")

    async def end(self) -> None:
        self._exchange.end()

    async def fail(self, error: BaseException) -> None:
        self._exchange.fail(f"{type(error).__name__}: {error}")


def header_pairs(headers: list[tuple[bytes, bytes]]) -> JsProxy:
    """Header pairs as JavaScript arrays of Latin-1 strings."""
    pairs = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]
    proxy: JsProxy = to_js(pairs)
    return proxy


async def blob_snapshot(path: str) -> AsyncIterator[bytes]:
    """The bytes of a file as it is now, in slices, whatever is written to it meanwhile.

    The copy is a Blob, which the browser keeps outside the interpreter's memory and, when large,
    on disk. Nothing else runs while it is made, so it is consistent.
    """
    parts = js.Array.new()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(SLICE_BYTES):
            # A Blob of its own for each slice: a slice held only by JavaScript's heap would
            # double the file there.
            parts.push(js.Blob.new(to_js([to_js(piece)])))
    async for piece in blob_pieces(js.Blob.new(parts)):
        yield piece
