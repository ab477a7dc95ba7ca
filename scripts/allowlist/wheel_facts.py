"""What a plugin's wheels tell before anything of them runs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

#: What puts JavaScript on pages without a file of its own.
SCRIPTING = re.compile(rb"extra_js_urls|extra_body_script|<script")

#: Addresses that a browser loads: of scripts, styles and tiles, not of links.
LOADED = re.compile(
    rb"""(?:src=|import\s*\(?|from|url\(|['"]url['"]:|tileLayer\()\s*["'`]?"""
    rb"""https?://(?:\{s\}\.)?([a-z0-9.-]+\.[a-z]+)"""
)


def ships_javascript(wheels: Iterable[Path]) -> bool:
    """Whether plugins among the wheels bring JavaScript to pages."""
    return any(
        name.endswith((".js", ".mjs"))
        or (name.endswith((".py", ".html")) and SCRIPTING.search(content))
        for wheel in wheels
        if _is_plugin(wheel)
        for name, content in _files(wheel)
    )


def named_hosts(wheels: Iterable[Path]) -> list[str]:
    """Other hosts that plugins' files name where browsers load from; a hint, not a proof."""
    found = {
        host.decode()
        for wheel in wheels
        if _is_plugin(wheel)
        for name, content in _files(wheel)
        if name.endswith((".js", ".mjs", ".py", ".html", ".css"))
        for host in LOADED.findall(content)
    }
    return sorted(found - {"example.com", "localhost"})


def summary(wheel: Path) -> str:
    """The sentence that its author gave it."""
    metadata = next(content for name, content in _files(wheel) if name.endswith("info/METADATA"))
    found = re.search(rb"(?m)^Summary: (.*)$", metadata)
    return found[1].decode().strip() if found else ""


def _is_plugin(wheel: Path) -> bool:
    return any(
        name.endswith("info/entry_points.txt") and b"[datasette]" in content
        for name, content in _files(wheel)
    )


def _files(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)
