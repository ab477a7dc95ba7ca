"""The README's tables of plugins, written from the list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from allowlist.entries import Allowlist, Entry, read_allowlist
from building.files import write_atomically
from building.places import ROOT

README = ROOT / "README.md"
GALLERY = ROOT / "tests" / "e2e" / "plugins" / "gallery"

TITLES = {
    "visualisation": "Maps and charts",
    "search": "Search",
    "rendering": "Cells and pages",
    "output": "Formats to export",
    "sql": "SQL functions and queries",
    "editing": "Editing",
    "tools": "Tools",
}
CAUSES = {
    "server-process": "needs a server",
    "network": "needs the network",
    "compiled-module": "compiled",
    "no-wheel": "no wheel",
    "upstream": "not with Datasette 1.0a41",
    "browser": "not in a browser",
}
PICTURES_IN_A_ROW = 3


def write_tables() -> None:
    """Write the README with tables as the list has them now."""
    text = with_tables(README.read_text("utf-8"), read_allowlist())
    write_atomically(README, text.encode())


def with_tables(readme: str, allowlist: Allowlist) -> str:
    """Return the README's text with its tables of plugins replaced.

    Each stands between `<!-- NAME -->` and `<!-- end of NAME -->`. Raises ValueError without one.
    """
    tables = {
        "gallery of plugins": gallery(allowlist["plugins"]),
        "verified plugins": verified_table(allowlist["plugins"]),
        "plugins that cannot work": unavailable_table(allowlist["unavailable"]),
    }
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        if begin not in readme or end not in readme:
            raise ValueError(f"README.md lacks {begin.strip()} … {end}.")
        before, rest = readme.split(begin, 1)
        readme = before + begin + table + end + rest.split(end, 1)[1]
    return readme


def verified_table(plugins: list[Entry]) -> str:
    """Return one table with a line for each verified plugin, by what they are for."""
    lines = ["| plugin | version | what it adds | |", "| --- | --- | --- | --- |"]
    for category, title in TITLES.items():
        of_category = [plugin for plugin in plugins if plugin["category"] == category]
        if of_category:
            lines.append(f"| **{title}** | | | |")
        for plugin in of_category:
            adds = " ".join([plugin["adds"], *([plugin["note"]] if "note" in plugin else [])])
            lines.append(
                f"| `{plugin['name']}` | {plugin['version']} | {_cell(adds)} "
                f"| {', '.join(_remarks(plugin))} |"
            )
    return "".join(f"{line}\n" for line in lines)


def unavailable_table(unavailable: list[Entry]) -> str:
    """Return a table with a line for each plugin that cannot work."""
    lines = ["| plugin | version | | why |", "| --- | --- | --- | --- |"]
    for plugin in unavailable:
        why = _cell(plugin["reason"])
        if "instead" in plugin:
            why += f" Instead: `{plugin['instead']}`."
        lines.append(
            f"| `{plugin['name']}` | {plugin['version']} | {CAUSES[plugin['cause']]} | {why} |"
        )
    return "".join(f"{line}\n" for line in lines)


def gallery(plugins: list[Entry]) -> str:
    """Return a table of the pictures that are there, with their plugins' names."""
    shown = [plugin["name"] for plugin in plugins if (GALLERY / f"{plugin['name']}.webp").is_file()]
    lines = []
    for start in range(0, len(shown), PICTURES_IN_A_ROW):
        row = shown[start : start + PICTURES_IN_A_ROW]
        row += [""] * (PICTURES_IN_A_ROW - len(row))
        lines.append("| " + " | ".join(_picture(name) for name in row) + " |")
        if start == 0:
            lines.append("| --- " * PICTURES_IN_A_ROW + "|")
    return "".join(f"{line}\n" for line in lines)


def _picture(name: str) -> str:
    path = f"tests/e2e/plugins/gallery/{name}.webp"
    return f"![]({path})<br>`{name}`" if name else ""


def _remarks(plugin: Entry) -> Iterator[str]:
    if plugin["javascript"]:
        yield "JavaScript"
    for host in plugin.get("hosts", []):
        yield f"asks `{host}`"


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", text)
