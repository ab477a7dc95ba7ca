"""What a memory image has behind it: a Datasette that served every kind of page, then went.

Runs inside Pyodide when an image is made (make_image.mjs), and on CPython in a test. What stays
is what every Datasette shares: modules, compiled templates and regular expressions, bytecode that
has learnt its types. No instance stays, so no secret, no open file and no data.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import linecache
import pkgutil
import random
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from datasette.app import Datasette
from datasette.database import Database
from datasette.fixtures import populate_fixture_database

import datasette_lite
from datasette_lite import late_pydantic
from datasette_lite.app import make_datasette
from datasette_lite.asgi import Header
from datasette_lite.bridge import Bridge
from datasette_lite.cookies import CookieJar
from datasette_lite.internal_database import prepare_internal_database
from datasette_lite.launch import Launch, LoadedSource

ROOT_PATH = "/app"
ORIGIN = "https://warm-up.invalid"

#: Pages of each kind, with the statuses that they answer.
PAGES = {
    "/": 200,
    "/fixtures": 200,
    "/fixtures/facetable": 200,
    "/fixtures/facetable?_facet=state&_facet=_city_id&_facet_array=tags": 200,
    "/fixtures/facetable?_facet_date=created&_sort_desc=pk&_size=5": 200,
    "/fixtures/facetable?state=CA&_city_id__gt=1&planet_int__exact=1": 200,
    "/fixtures/searchable?_search=dog": 200,
    "/fixtures/sortable?_sort=sortable": 200,
    "/fixtures/compound_three_primary_keys": 200,
    "/fixtures/compound_three_primary_keys?_next=a,d,v": 200,
    "/fixtures/binary_data": 200,
    "/fixtures/paginated_view": 200,
    "/fixtures/no_primary_key/1": 200,
    "/fixtures/roadside_attractions/1": 200,
    "/fixtures/attraction_characteristic/1": 200,
    "/fixtures/-/query": 200,
    "/fixtures/-/query?sql=select+*+from+facetable+where+state+=+:state&state=CA": 200,
    "/fixtures/-/schema": 200,
    "/fixtures/-/queries": 200,
    "/fixtures/-/execute-write": 200,
    "/fixtures/facetable.json?_facet=state": 200,
    "/fixtures/facetable.csv?_stream=1": 200,
    "/fixtures/roadside_attractions/1.json": 200,
    "/fixtures.json": 200,
    "/.json": 200,
    "/fixtures/-/query.json?sql=select+1": 200,
    "/-/versions": 200,
    "/-/plugins": 200,
    "/-/settings": 200,
    "/-/databases.json": 200,
    "/-/actor.json": 200,
    "/-/actions": 200,
    "/-/jump.json?q=facet": 200,
    "/-/api": 200,
    "/-/create-token": 200,
    "/-/permissions": 200,
    "/-/logout": 200,
    "/-/lite": 200,
    "/-/static/app.css": 200,
    "/nowhere": 404,
    "/fixtures/nowhere": 404,
}

Write = tuple[str, dict[str, object], int]

#: Changes, as the scripts of Datasette's own pages ask for them.
WRITES: list[Write] = [
    ("/fixtures/facet_cities/-/insert", {"row": {"id": 90, "name": "Two"}}, 201),
    ("/fixtures/facet_cities/-/upsert", {"rows": [{"id": 90, "name": "Zwei"}]}, 200),
    ("/fixtures/facet_cities/90/-/update", {"update": {"name": "Due"}, "return": True}, 200),
    ("/fixtures/facet_cities/90/-/delete", {}, 200),
    ("/fixtures/facet_cities/-/drop", {"confirm": True}, 200),
]

#: What most visits begin with, and last here: caches that forget the oldest have it.
TYPICAL = ["/", "/fixtures", "/fixtures/facetable", "/fixtures/facetable/1"]

#: Modules of ours that need JavaScript or micropip, or are no part of an engine.
NOT_IMPORTED = (
    "datasette_lite.entry",
    "datasette_lite.installing.resolution",
)


class Request:
    """One request, and the status it got: a `datasette_lite.exchange.Exchange`."""

    def __init__(self, method: str, target: str, body: bytes = b"") -> None:
        path, _, query = target.partition("?")
        self.method = method
        self.scheme = "https"
        self.raw_path = path.encode("ascii")
        self.query_string = query.encode("ascii")
        self.root_path = ROOT_PATH
        self.headers: list[Header] = [
            (b"host", b"warm-up.invalid"),
            (b"sec-fetch-site", b"same-origin"),
            (b"content-type", b"application/json"),
            (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ]
        self.client_gone = False
        self.status = 0
        self._body: Iterator[bytes] = iter([body] if body else [])
        self._gone = asyncio.Event()

    async def receive(self) -> bytes | None:
        return next(self._body, None)

    async def wait_gone(self) -> None:
        await self._gone.wait()

    async def respond(self, status: int, headers: list[Header], body: bytes) -> None:
        self.status = status

    async def start(self, status: int, headers: list[Header]) -> None:
        self.status = status

    async def write(self, chunk: bytes) -> None:
        pass

    async def end(self) -> None:
        pass

    async def fail(self, error: BaseException) -> None:
        raise error


async def warm_up() -> None:
    """Import all that an engine may need, and serve every kind of page.

    Raises AssertionError for a page that answers something else than it should.
    """
    for module in pkgutil.walk_packages(datasette_lite.__path__, "datasette_lite."):
        if module.name not in NOT_IMPORTED:
            importlib.import_module(module.name)
    await prepare_internal_database()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fixtures.db"
        with closing(sqlite3.connect(path)) as db:
            populate_fixture_database(db)
        # Twice, as CPython specializes code that it has run before.
        await _serve(path, [*PAGES, *PAGES], WRITES)
        await _serve(path, TYPICAL, [])


async def _serve(path: Path, pages: list[str], writes: list[Write]) -> None:
    link = f"{ORIGIN}/fixtures.db"
    launch = Launch(
        options=[("url", link)],
        base_url=f"{ROOT_PATH}/",
        site_url=f"{ORIGIN}/",
        secret="warm-up",
        sources=[LoadedSource("url", link, link, str(path), path.stat().st_size, 1_700_000_000.0)],
        release={"id": "", "version": "", "datasette": ""},
    )
    datasette = await make_datasette(launch)
    bridge = Bridge(datasette.app(), jar=CookieJar(), save_jar=_save_nothing)
    await bridge.startup()
    environment = datasette.get_jinja_environment()
    for name in environment.list_templates():
        environment.get_template(name)
    for target in pages:
        await _ask(bridge, Request("GET", target), PAGES.get(target, 200))
    for target, body, status in writes:
        await _ask(bridge, Request("POST", target, json.dumps(body).encode()), status)
    await bridge.shutdown()


async def _ask(bridge: Bridge, request: Request, status: int) -> None:
    await bridge.serve(request)
    asked = f"{request.method} {request.raw_path.decode()}?{request.query_string.decode()}"
    assert request.status == status, f"{asked} answered {request.status}, not {status}"


async def _save_nothing(jar: str) -> None:
    pass


def imported_files() -> list[str]:
    """Return the files of all modules that are imported for good, as far as they have one."""
    files = (
        getattr(module, "__file__", None)
        for name, module in list(sys.modules.items())
        if name not in late_pydantic.USERS
    )
    return sorted({file for file in files if file})


def tidy() -> None:
    """Drop what belongs to this machine and moment, and what could be made again.

    Raises AssertionError when something is left that no image may hold.
    """
    late_pydantic.forget()
    linecache.clearcache()
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    getattr(sys, "_clear_internal_caches", bool)()
    random.seed(0)
    tempfile._name_sequence = None  # type: ignore[attr-defined]
    uuid._node = None  # type: ignore[attr-defined]
    for _ in range(3):
        gc.collect()
    left = [each for each in gc.get_objects() if isinstance(each, (Datasette, Database))]
    assert not left, f"these were to be gone: {left}"
