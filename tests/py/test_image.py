"""Making the memory image: the warm-up on CPython, and what goes beside and into the file."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys

import pytest

from building import image, warm_up
from building.places import ROOT
from building.records import made_by
from building.runtime import inflated
from datasette_lite import internal_database

PROGRAM = """
import asyncio
from datasette_lite import late_pydantic
late_pydantic.leave_out()
from building import warm_up
asyncio.run(warm_up.warm_up())
print(*warm_up.imported_files(), sep="\\n")
warm_up.tidy()
from datasette.views.table_create_alter import CreateTableRequest
table = CreateTableRequest.model_validate({"table": "t", "columns": [{"name": "a"}]})
print("read again:", table.columns[0].type)
"""


def test_warm_up_serves_every_page_and_leaves_no_datasette() -> None:
    # A process of its own: what other tests have imported and opened would be found.
    path = os.pathsep.join(str(ROOT / folder) for folder in ("py", "scripts"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    imported = done.stdout.splitlines()
    for module in ("datasette/app.py", "datasette_lite/importers/delimited.py"):
        assert any(file.endswith(module) for file in imported)
    for module in ("pydantic/main.py", "datasette/views/table_create_alter.py"):
        assert not any(file.endswith(module) for file in imported)
    assert imported[-1] == "read again: text"


def test_stand_in_for_pydantic_in_another_module_is_found() -> None:
    program = (
        "from datasette_lite import late_pydantic as late; late.leave_out();"
        " import datasette.views.table_create_alter, types, sys;"
        " sys.modules['other'] = types.SimpleNamespace(Base=late.BaseModel); late.forget()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "py")},
        capture_output=True,
        text=True,
    )
    assert "these have the stand-in for Pydantic: {'other'}" in done.stderr


def test_page_that_answers_otherwise_ends_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal_database, "_prepared", b"")
    monkeypatch.setitem(warm_up.PAGES, "/", 404)
    with pytest.raises(AssertionError, match=r"GET /\? answered 200, not 404"):
        asyncio.run(warm_up.warm_up())


def test_imported_modules_are_left_out() -> None:
    files = {"p/a.pyc": b"a", "p/b.pyc": b"b", "p/c.html": b"c"}
    imported = {"/lib/python3.14/site-packages/p/a.pyc"}
    assert image.left_over(files, imported) == {"p/b.pyc": b"b", "p/c.html": b"c"}


def test_image_tells_nothing_of_the_machine_that_made_it() -> None:
    data = inflated((ROOT / made_by("image")[0].path).read_bytes())
    start = 4 + int.from_bytes(data[:4], "little")
    facts = json.loads(data[4:start])
    assert sorted(facts["env"]) == ["HOME", "LANG", "PYTHONHASHSEED", "PYTHONNODEBUGRANGES"]
    # Short names are found in any thirty megabytes.
    for name in (str(ROOT), socket.gethostname(), sys.executable):
        assert len(name) < 9 or name.encode() not in data, name
    for text in (b"warm_up.py", b"make_image", b"node_modules"):
        assert text not in data


def test_modules_and_time_zones_come_after_the_first_page() -> None:
    late = ("yaml/nodes.pyc", "p/_core.cpython-314-wasm32-emscripten.so", "tzdata/zoneinfo/UTC")
    assert all(image.is_late(path) for path in late)
    assert not image.is_late("datasette/templates/base.html")
