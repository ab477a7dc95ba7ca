"""What the tests of the applications share."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from datasette.app import Datasette
from datasette.fixtures import populate_fixture_database

from datasette_lite.app import make_datasette
from datasette_lite.bridge import Bridge
from datasette_lite.launch import Launch, LoadedSource
from tests.py.memory_exchange import Store, Visitor, bridge_to

T = TypeVar("T")

#: Two plans in one would do; this is as odd as a plan gets.
ROOT_PATH = "/x/y/app/url=https:~2F~2Fh~2Fa.db&memory=1"
LINK = "https://data.example/fixtures.db"
SITE_URL = "http://example.test:8000/x/y/"


class Run(Protocol):
    """Runs a coroutine in the tests' own event loop."""

    def __call__(self, coro: Coroutine[Any, Any, T], /) -> T: ...


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """One event loop for all, as locks and tasks of a Datasette belong to the one it started in."""
    with asyncio.Runner() as runner:
        yield runner.run
        for bridge in _open_bridges:
            runner.run(bridge.shutdown())


_open_bridges: list[Bridge] = []


@pytest.fixture(scope="session")
def fixtures_bytes() -> bytes:
    """Datasette's own fixture database."""
    with closing(sqlite3.connect(":memory:")) as db:
        populate_fixture_database(db)
        return db.serialize()


@pytest.fixture
def fixtures(tmp_path: Path, fixtures_bytes: bytes) -> Path:
    """A fixture database that may be written to."""
    path = tmp_path / "fixtures.db"
    path.write_bytes(fixtures_bytes)
    return path


def source(
    path: Path | None,
    link: str = LINK,
    *,
    fetched: float | None = 1_700_000_000.0,
    option: str = "url",
    **facts: Any,
) -> LoadedSource:
    """A source as the loader hands it over."""
    size = path.stat().st_size if path else 0
    return LoadedSource(option, link, link, str(path) if path else None, size, fetched, **facts)


def launch(*sources: LoadedSource, **options: Any) -> Launch:
    """A launch below ROOT_PATH."""
    settled: dict[str, Any] = {
        "options": [("url", each.value) for each in sources],
        "base_url": ROOT_PATH + "/",
        "site_url": SITE_URL,
        "secret": "a secret that outlives the worker",
        "sources": list(sources),
        "release": {"id": "0123456789abcdef", "version": "0.1.0", "datasette": "1.0a41"},
    }
    return Launch(**{**settled, **options})


async def visit(wanted: Launch, store: Store | None = None) -> Visitor:
    """Start Datasette for a launch and sit down before it."""
    return await visit_datasette(await make_datasette(wanted), store)


async def visit_datasette(datasette: Datasette, store: Store | None = None) -> Visitor:
    """Start a Datasette and sit down before it."""
    bridge = bridge_to(datasette.app(), store)
    _open_bridges.append(bridge)
    await bridge.startup()
    return Visitor(bridge, ROOT_PATH)


@pytest.fixture
def visitor(run: Run, fixtures: Path) -> Visitor:
    """A visitor of the fixture database, who may write."""
    return run(visit(launch(source(fixtures))))


@pytest.fixture(scope="module")
def reader(run: Run, tmp_path_factory: pytest.TempPathFactory, fixtures_bytes: bytes) -> Visitor:
    """A visitor of the fixture database who only reads, for a whole module."""
    path = tmp_path_factory.mktemp("read") / "fixtures.db"
    path.write_bytes(fixtures_bytes)
    return run(visit(launch(source(path))))
