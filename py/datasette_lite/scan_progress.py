"""How far a statement has come that reads a table or an index from end to end.

What SQLite reads next it does not tell, but its b-trees do: of those that a statement goes through,
some pages are here and the others are still to be fetched.
https://www.sqlite.org/fileformat2.html#b_tree_pages
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

#: Gives a page of the file by its number; None for one that is not here.
ReadPage = Callable[[int], bytes | None]

INTERIOR = (2, 5)

#: Levels of a tree that are looked at; one more changes nothing that can be seen.
MOST_LEVELS = 3


def scanned_trees(connection: sqlite3.Connection, sql: str, params: Any) -> list[int]:
    """Root pages of the tables and indexes that a statement reads from end to end.

    From its bytecode, https://www.sqlite.org/opcode.html: cursors that are opened on a root page,
    set to its first or last row, and moved on.
    """
    roots: dict[int, int] = {}
    ends, moved = set(), set()
    for row in connection.execute(f"explain {sql}", params if params is not None else {}):
        opcode, cursor, root = row[1], row[2], row[3]
        if opcode == "OpenRead":
            roots[cursor] = root
        elif opcode in ("Rewind", "Last"):
            ends.add(cursor)
        elif opcode in ("Next", "Prev"):
            moved.add(cursor)
    return [root for cursor, root in roots.items() if cursor in ends & moved]


def progress(read: ReadPage, root: int, levels: int = MOST_LEVELS) -> float:
    """The share of a tree that is here, from 0 to 1."""
    page = read(root)
    if page is None:
        return 0.0
    start = 100 if root == 1 else 0
    if page[start] not in INTERIOR or not levels:
        return 1.0
    count = int.from_bytes(page[start + 3 : start + 5])
    places = (
        int.from_bytes(page[at : at + 2]) for at in range(start + 12, start + 12 + 2 * count, 2)
    )
    last = int.from_bytes(page[start + 8 : start + 12])
    children = [*(int.from_bytes(page[at : at + 4]) for at in places), last]
    return sum(progress(read, child, levels - 1) for child in children) / len(children)
