"""`?setting=`: the settings of Datasette that a link may change, and how far.

Left out are those that the browser decides (num_sql_threads, base_url, max_post_body_bytes), and
those that mean nothing where the visitor is root and the only one.
https://docs.datasette.io/en/latest/settings.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasette_lite.errors import OptionError

Setting = int | bool


@dataclass(frozen=True)
class Switch:
    """On or off."""

    help: str

    @property
    def called(self) -> str:
        """What it accepts."""
        return "on or off"

    def read(self, value: Any) -> bool | None:
        """The value; None if it is none."""
        words = {"1": True, "on": True, "true": True, "yes": True}
        words |= {"0": False, "off": False, "false": False, "no": False}
        return words.get(str(value).strip().lower())


@dataclass(frozen=True)
class Range:
    """A whole number between two others."""

    least: int
    most: int
    help: str

    @property
    def called(self) -> str:
        """What it accepts."""
        return f"{self.least} to {self.most}"

    def read(self, value: Any) -> int | None:
        """The value; None if it is none, or outside."""
        text = str(value).strip().replace("_", "")
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            return None
        return int(text) if self.least <= int(text) <= self.most else None


#: A query holds up every tab of the site for as long as it runs: a minute is bearable when asked
#: for. Pages of more rows than this take the browser longer to show than anyone waits.
SAFE_SETTINGS: dict[str, Switch | Range] = {
    "default_page_size": Range(1, 5_000, "Rows on a page of a table"),
    "max_returned_rows": Range(1, 50_000, "Rows that a query returns at most"),
    "sql_time_limit_ms": Range(20, 60_000, "How long a query may take"),
    "default_facet_size": Range(1, 1_000, "Values shown of a facet"),
    "facet_time_limit_ms": Range(10, 30_000, "How long a facet may take"),
    "facet_suggest_time_limit_ms": Range(0, 5_000, "How long looking for a facet may take"),
    "allow_facet": Switch("Facets by any column"),
    "suggest_facets": Switch("Suggested facets"),
    "allow_csv_stream": Switch("CSV of all rows of a table"),
    "max_csv_mb": Range(0, 10_000, "Size of a CSV download in MB; 0 for any"),
    "max_insert_rows": Range(1, 100_000, "Rows inserted at once"),
    "truncate_cells_html": Range(0, 1_000_000, "Characters shown of a cell; 0 for all"),
    "cache_size_kb": Range(0, 200_000, "SQLite's cache; 0 for its own choice"),
    "trace_debug": Switch("?_trace=1 shows the SQL behind a page"),
}


def parse_settings(values: Sequence[str]) -> dict[str, Setting]:
    """Settings as in a link: `sql_time_limit_ms:5000`; `=` in place of the colon will do.

    Raises OptionError: unknown-option, bad-option.
    """
    found: dict[str, Setting] = {}
    for written in values:
        name, _, value = written.replace("=", ":", 1).partition(":")
        name = name.strip()
        kind = SAFE_SETTINGS.get(name)
        if kind is None:
            raise OptionError(
                "unknown-option",
                f"Could not use setting={written}: a link cannot change {name or 'nothing'}. "
                f"It can change {', '.join(SAFE_SETTINGS)}.",
                source=written,
            )
        read = kind.read(value)
        if read is None:
            raise OptionError(
                "bad-option",
                f"Could not use setting={written}: {name} can be {kind.called}. "
                f"Write, for example, setting={name}:{_example(kind)}.",
                source=written,
            )
        found[name] = read
    return found


def safe_settings(settings: Mapping[str, Any]) -> tuple[dict[str, Setting], list[str]]:
    """Those of a configuration's settings that hold here, and the names of those that do not."""
    read = {
        name: SAFE_SETTINGS[name].read(value)
        for name, value in settings.items()
        if name in SAFE_SETTINGS
    }
    safe = {name: value for name, value in read.items() if value is not None}
    return safe, [name for name in settings if name not in safe]


def _example(kind: Switch | Range) -> str:
    return "off" if isinstance(kind, Switch) else str(kind.most)
