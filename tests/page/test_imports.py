"""Imports flow one way: page → shared ← worker ← sw.js."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

from tests.page.conftest import ROOT

ALLOWED = {
    "sw.js": {"worker"},
    "worker": {"worker", "shared", "vendor"},
    "page": {"page", "shared"},
    "shared": {"shared"},
}

# Plain data about the release, made by the build; pages read it too.
RELEASE = "vendor/release.js"

# import x from '…', import '…', export … from '…', import('…')
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*(['"`])(?P<target>[^'"`\n]*)\1""")
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)


def modules() -> list[Path]:
    """Every JavaScript file of ours that is served."""
    return [*sorted((ROOT / "loader").rglob("*.js")), ROOT / "sw.js"]


def room(path: str) -> str:
    """The folder that decides what a file may import."""
    first, *rest = path.split("/")
    return rest[0] if first == "loader" and rest else first


def imports(source: str) -> list[str]:
    """Targets of all import and export statements; JSDoc's type imports do not count."""
    return [match["target"] for match in IMPORT.finditer(COMMENT.sub("", source))]


def wrong_imports(path: str, source: str) -> list[str]:
    """Those that leave the file's room by a door that is not there."""
    wrong = []
    for target in imports(source):
        reached = reached_path(path, target)
        if reached == RELEASE and room(path) in {"page", "worker"}:
            continue
        if reached is None or room(reached) not in ALLOWED[room(path)]:
            wrong.append(target)
    return wrong


def reached_path(path: str, target: str) -> str | None:
    """Where an import leads, from the site's root; None for a bare name, which no page can load."""
    if target.startswith("${SITE_URL}"):
        return target.removeprefix("${SITE_URL}")
    if not target.startswith("."):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_imports_only_from_rooms_it_may(module: Path) -> None:
    path = module.relative_to(ROOT).as_posix()
    assert wrong_imports(path, module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("loader/page/a.js", "import { b } from '../worker/b.js';"),
        ("loader/worker/a.js", 'import "../page/b.js";'),
        ("loader/shared/a.js", "export { b } from '../page/b.js';"),
        ("loader/shared/a.js", "const b = await import('../../vendor/b.js');"),
        ("loader/page/a.js", "import {\n  b,\n  c,\n} from '../../vendor/b.js';"),
        ("loader/worker/a.js", "import { openDB } from 'idb';"),
        ("loader/worker/a.js", "import '/vendor/b.js';"),
        ("loader/shared/a.js", "import { release } from '../../vendor/release.js';"),
        ("loader/page/a.js", "await import(`${SITE_URL}loader/worker/b.js`);"),
        ("sw.js", "import './loader/shared/plan.js';"),
    ],
)
def test_wrong_door_is_noticed(path: str, statement: str) -> None:
    assert len(wrong_imports(path, statement)) == 1


def test_types_may_be_named_across_rooms() -> None:
    assert wrong_imports("loader/page/a.js", "/** @typedef {import('../worker/b.js').B} B */") == []
