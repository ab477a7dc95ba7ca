"""plugins-allowlist.json, read and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypedDict

from building.files import write_atomically
from building.plugins import ALLOWLIST

SCHEMA = "scripts/plugins-allowlist.schema.json"

Entry = dict[str, Any]


class Allowlist(TypedDict):
    """The file's two lists, each in the order of names; its schema tells what entries hold."""

    plugins: list[Entry]
    unavailable: list[Entry]


def read_allowlist(path: Path = ALLOWLIST) -> Allowlist:
    """Return the file's lists."""
    whole = json.loads(path.read_text("utf-8"))
    return {"plugins": whole["plugins"], "unavailable": whole["unavailable"]}


def write_allowlist(allowlist: Allowlist, path: Path = ALLOWLIST) -> None:
    """Write the lists, sorted by name."""
    by_name = {
        kind: sorted(entries, key=lambda entry: entry["name"])
        for kind, entries in (
            ("plugins", allowlist["plugins"]),
            ("unavailable", allowlist["unavailable"]),
        )
    }
    text = json.dumps({"$schema": SCHEMA, **by_name}, indent=2, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())
