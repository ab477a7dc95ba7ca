"""Names for columns that SQLite and Datasette can use, close to what the file says."""

from __future__ import annotations

from collections.abc import Iterable

from datasette_lite.importers.refusals import refused_data

#: More make SQLite refuse the table.
MOST_COLUMNS = 2000


class ColumnNames:
    """The columns of one table, in order, each name once.

    SQLite takes names that differ only in the case of ASCII letters for the same.
    """

    def __init__(self, file_name: str) -> None:
        self._file_name = file_name
        self._taken: set[bytes] = set()
        self.names: list[str] = []

    def add(self, wanted: str) -> str:
        """Take one more column.

        name, name, Name → name, name_2, Name_3      an empty one in third place → untitled_3
        Raises DataError: too-many-columns.
        """
        if len(self.names) == MOST_COLUMNS:
            raise refused_data(
                "too-many-columns",
                self._file_name,
                f"it has more than {MOST_COLUMNS:,} columns, the most that a table can have",
                "Check the delimiter, or drop columns where the file is made.",
            )
        # sqlite-utils calls columns without a header so.
        plain = _storable(wanted).strip("\ufeff")
        plain = plain if plain.strip() else f"untitled_{len(self.names) + 1}"
        name, number = plain, 2
        while _folded(name) in self._taken:
            name, number = f"{plain}_{number}", number + 1
        self._taken.add(_folded(name))
        self.names.append(name)
        return name

    def add_all(self, wanted: Iterable[str]) -> None:
        """Take several columns."""
        for name in wanted:
            self.add(name)


def find_column(wanted: str, columns: Iterable[str]) -> str | None:
    """The column of that name, letter for letter or else but for case and outer spaces."""
    columns = list(columns)
    if wanted in columns:
        return wanted
    folded = _folded(wanted.strip())
    return next((each for each in columns if _folded(each.strip()) == folded), None)


def same_name(one: str, other: str) -> bool:
    """Whether SQLite takes two names for the same."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> bytes:
    return name.encode("utf-8", "replace").lower()


def _storable(name: str) -> str:
    return name.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
