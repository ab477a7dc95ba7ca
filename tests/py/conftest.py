"""What the tests of the applications share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from datasette.fixtures import write_fixture_database
from datasette_lite.app import make_datasette
from datasette_lite.launch import Launch, LoadedSource

from tests.py.memory_exchange import Store, Visitor, bridge_to

T = TypeVar("T")

#: Two plans in one would do; this is as odd as a plan gets.
ROOT_PATH = "/x/y/app/url=https:~2F~2Fh~2Fa.db&memory=1"
LINK = "https://data.example/fixtures.db"
SITE_URL = "http://example.test:8000/x/y/"


class Run(Protocol):
    """Runs a coroutine in the tests' own event loop."""

    def __call__(self, coroutine: Coroutine[Any, Any, T]) -> T: ...


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """One event loop for all, as locks and tasks of a Datasette belong to the one it started in."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="session")
def fixtures_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Datasette's own fixture database."""
    path = tmp_path_factory.mktemp("made") / "fixtures.db"
    write_fixture_database(str(path))
    return path.read_bytes()


@pytest.fixture
def fixtures(tmp_path: Path, fixtures_bytes: bytes) -> Path:
    """A fixture database that may be written to."""
    path = tmp_path / "fixtures.db"
    path.write_bytes(fixtures_bytes)
    return path


def source(
    path: Path | None, link: str = LINK, *, fetched: float | None = 1_700_000_000.0, **facts: Any
) -> LoadedSource:
    """A source as the loader hands it over."""
    size = path.stat().st_size if path else 0
    return LoadedSource("url", link, link, str(path) if path else None, size, fetched, **facts)


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
    bridge = bridge_to(make_datasette(wanted).app(), store)
    await bridge.startup()
    return Visitor(bridge, ROOT_PATH)


@pytest.fixture
def visitor(run: Run, fixtures: Path) -> Visitor:
    """A visitor of the fixture database, who may write."""
    return run(visit(launch(source(fixtures))))


@pytest.fixture(scope="module")
def reader(
    run: Run, tmp_path_factory: pytest.TempPathFactory, fixtures_bytes: bytes
) -> Visitor:
    """A visitor of the fixture database who only reads, for a whole module."""
    path = tmp_path_factory.mktemp("read") / "fixtures.db"
    path.write_bytes(fixtures_bytes)
    return run(visit(launch(source(path))))
