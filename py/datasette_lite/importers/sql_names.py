"""Names inside SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """A table's or a column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def quoted_list(names: list[str]) -> str:
    """Columns as SQL, between commas."""
    return ", ".join(map(quoted, names))
