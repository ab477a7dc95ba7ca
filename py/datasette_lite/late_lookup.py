"""Statements that ask for the same rows with fewer waits for a database at its host.

A table page asks for a hundred rows that match a filter. SQLite finds them in an index, then looks
each up in the table, one wait after another, and when the index is not in the page's order, all
matching rows before it can sort. Asked for row ids only, it reads the index alone; then all pages
of the hundred rows can be fetched at the same time.

Only statements of a form that surely means the same are rewritten; any other runs as it is. What
Datasette 1.0a41 writes: views/table.py and views/table_extras.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NAME = r'(?:\w+|\[[^\]]+\]|"[^"]+")'

_LIST = re.compile(
    rf"\s*select\s+(?P<columns>{_NAME}(?:\s*,\s*{_NAME})*)\s+from\s+(?P<table>{_NAME})"
    r"\s+(?P<where>where\s.*?)\s*(?P<order>order\s+by\s.*?)"
    r"\s*limit\s+(?P<limit>\d+)(?P<offset>\s+offset\s+\d+)?\s*",
    re.IGNORECASE | re.DOTALL,
)

#: With any of these the parts of a statement may mean something else on their own.
_OTHERWISE = re.compile(
    r"\b(union|intersect|except|group|having|window|over|distinct|join)\b|--|/\*", re.IGNORECASE
)

#: Terms of an order that may be a column's number.
_NUMBERED = re.compile(r"(?:\bby|,)[\s(+-]*\d", re.IGNORECASE)

#: What a search of Datasette's looks like.
_SEARCH = re.compile(
    r"\w+ in \((?P<ids>select rowid from \S+ where \S+ match (?:escape_fts\(:\w+\)|:\w+))\)",
    re.IGNORECASE,
)

_COUNT = re.compile(
    r"select count\(\*\) from \(select \* (?P<rest>from .*) limit (?P<limit>\d+)\)", re.DOTALL
)

#: Terms of an order may be numbers of columns.
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)

#: Longer pages are rare, and a statement has room for no end of ids.
MOST_ROWS = 1001


@dataclass(frozen=True)
class RowList:
    """A statement that lists rows of one table: columns by name, filtered, sorted, limited.

    rest: what follows the columns, as it was written.
    """

    columns: str
    table: str
    where: str
    limit: int
    rest: str

    @classmethod
    def parse(cls, sql: str) -> RowList | None:
        """The parts of a statement; None for one of another form."""
        match = _LIST.fullmatch(sql)
        if not match or _OTHERWISE.search(sql) or int(match["limit"]) > MOST_ROWS:
            return None
        # The first of the columns would be the id.
        if _NUMBERED.search(match["order"]):
            return None
        return cls(
            match["columns"],
            match["table"],
            match["where"],
            int(match["limit"]),
            sql[match.end("columns") :],
        )

    @property
    def table_name(self) -> str:
        """The table, without quotes."""
        return self.table.strip('[]"')

    def ids(self) -> str:
        """A statement for the rows' ids, in order."""
        return f"select _rowid_{self.rest}"

    def matches(self) -> str | None:
        """A statement for the ids that a search finds, as many as a page has, if it is one."""
        match = _SEARCH.search(self.where)
        return f"{match['ids']} limit {self.limit}" if match else None

    def row(self) -> str:
        """A statement for the row with one id."""
        return f"select * from {self.table} where _rowid_ = ?"

    def rows(self, ids: Sequence[int]) -> str:
        """A statement for the rows with these ids, in their order."""
        values = ",".join(f"({place},{each})" for place, each in enumerate(ids))
        return (
            f"with lite_ids(lite_place, lite_id) as (values {values or '(null,null)'})"
            f" select {self.columns} from lite_ids cross join {self.table}"
            f" on {self.table}._rowid_ = lite_id order by lite_place"
        )


def row_count(sql: str) -> tuple[str, int] | None:
    """A count of rows up to a limit, without the rows' content; and the limit.

    None for a statement of another form.
    """
    match = _COUNT.fullmatch(sql)
    if not match or _OTHERWISE.search(match["rest"]) or _ORDERED.search(match["rest"]):
        return None
    counted = f"select count(*) from (select 1 {match['rest']} limit {match['limit']})"
    return counted, int(match["limit"])
