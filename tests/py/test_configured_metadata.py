"""Metadata of a configuration that is no longer there, in an internal database that was kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datasette_lite import plan_datasette
from datasette_lite.plan_datasette import PlanDatasette
from tests.py.conftest import Run
from tests.py.memory_storage import MemoryStorage

CONFIGURED: dict[str, Any] = {
    "title": "Ours",
    "description_html": "<script>run()</script>",
    "databases": {
        "data": {
            "source_html": "<b>a</b>",
            "tables": {"t": {"description_html": "<b>b</b>", "columns": {"x": "A column"}}},
        }
    },
}


@pytest.fixture(autouse=True)
def internal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One internal database for all starts of a test."""
    monkeypatch.setattr(plan_datasette, "INTERNAL_PATH", str(tmp_path / "internal.db"))


async def start(storage: MemoryStorage, metadata: dict[str, Any]) -> PlanDatasette:
    datasette = PlanDatasette(storage, settings={"num_sql_threads": 0}, metadata=metadata)
    await datasette.invoke_startup()
    await datasette.refresh_schemas()
    return datasette


async def said(datasette: PlanDatasette) -> list[dict[str, Any]]:
    """The metadata of each level."""
    return [
        dict(await datasette.get_instance_metadata()),
        dict(await datasette.get_database_metadata("data")),
        dict(await datasette.get_resource_metadata("data", "t")),
        dict(await datasette.get_column_metadata("data", "t", "x")),
    ]


def test_what_a_configuration_no_longer_says_is_gone(run: Run) -> None:
    async def scenario() -> None:
        storage = MemoryStorage()
        first = await said(await start(storage, CONFIGURED))
        assert first[0]["description_html"] == "<script>run()</script>"
        assert all(first)
        assert await said(await start(storage, {})) == [{}, {}, {}, {}]

    run(scenario())


def test_what_a_visitor_wrote_stays(run: Run) -> None:
    async def scenario() -> None:
        storage = MemoryStorage()
        datasette = await start(storage, CONFIGURED)
        await datasette.set_database_metadata("data", "title", "Mine")
        await datasette.set_resource_metadata("data", "t", "description_html", "Mine, too")
        about, database, table, column = await said(await start(storage, {}))
        assert (about, column) == ({}, {})
        assert database == {"title": "Mine"}
        assert table == {"description_html": "Mine, too"}

    run(scenario())
