"""Faults of imports, in the product's words: what was tried, what happened, what to do."""

from __future__ import annotations

from datasette_lite.errors import DataError, EngineError, OptionError

CHECK_FILE = "Check that the address leads to the data itself."
FETCH_AGAIN = "Try again; if that does not help, the file at its host is damaged."


def refused_data(
    code: str, name: str, happened: str, advice: str = CHECK_FILE, *, detail: str = ""
) -> DataError:
    """The file cannot be imported as it is. The message names it."""
    return DataError(code, f"Could not import {name}: {happened}. {advice}", detail=detail)


def refused_option(
    code: str, name: str, happened: str, advice: str, *, detail: str = ""
) -> OptionError:
    """What the link says of the file cannot be done."""
    return OptionError(code, f"Could not import {name}: {happened}. {advice}", detail=detail)


def missing_part(name: str, what: str, detail: str) -> EngineError:
    """A part of this site that the import needs is not there."""
    return EngineError(
        "runtime-missing",
        f"Could not import {name}: {what} is missing from this site. "
        "Save the data as CSV and use that, or tell whoever runs this site.",
        detail=detail,
    )


def listed(names: list[str], most: int = 20) -> str:
    """Names in one line: `a, b and 3 more`."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def counted(count: int, one: str, many: str = "") -> str:
    """A number and its noun: `1 row`, `2,000 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
