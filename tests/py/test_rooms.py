"""Imports of our Python run one way."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "py" / "datasette_lite"

#: Only these know JavaScript.
JAVASCRIPT = {"entry"}

#: Only these know Datasette; the rest serves any application.
DATASETTE = {
    "app",
    "durable_database",
    "internal_database",
    "plan_datasette",
    "plugin",
    "remote_database",
    "request_paths",
    "spared_work",
    "visit",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection within.

    What runs while a tree is made, a finalizer or another thread, may make a tree of its own, as
    printing a traceback does. CPython 3.11 counts their depths as one, and takes that for a fault
    (https://github.com/python/cpython/issues/106905).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def imports_of(path: Path) -> set[str]:
    found = set()
    with uncollected():
        tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    imported = imports_of(path)
    roots = {name.split(".")[0] for name in imported}
    if room not in JAVASCRIPT:
        assert not roots & {"js", "pyodide", "pyodide_js"}
    if room not in DATASETTE:
        assert "datasette" not in roots
        ours = {name.split(".")[1] for name in imported if name.startswith("datasette_lite.")}
        assert not ours & DATASETTE
    assert not any(name.startswith("datasette_lite.entry") for name in imported)
