"""Modules whose files have not arrived: who asks for one is told no, and that is remembered."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from datasette_lite import late_modules


@pytest.fixture
def expecting() -> Iterator[None]:
    late_modules.expect()
    yield
    late_modules.arrived()


@pytest.fixture
def not_imported(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    return "colorsys"


@pytest.mark.usefixtures("expecting")
def test_module_in_memory_is_there() -> None:
    assert importlib.import_module("json") is sys.modules["json"]
    assert not late_modules.has_missed()


@pytest.mark.usefixtures("expecting")
def test_other_module_is_missed(not_imported: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="has not arrived"):
        importlib.import_module(not_imported)
    assert late_modules.has_missed()


def test_every_module_is_there_when_all_have_arrived(not_imported: str) -> None:
    late_modules.expect()
    late_modules.arrived()
    late_modules.arrived()
    assert importlib.import_module(not_imported)
