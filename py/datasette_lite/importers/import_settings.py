"""What a link may say of one source.

table      what to call the table
pk         primary key: a column, or several between commas
fts        columns to make searchable, between commas
drop       columns to leave out, between commas
delimiter  between cells: a character, or tab, comma, semicolon, pipe, space
quote      around cells that hold a delimiter: a character, or none
encoding   of the text, for example cp1252
header     which line of a delimited file or sheet names the columns; 0 or no for none
empty      empty=null makes empty cells NULL everywhere, not only among numbers
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from datasette_lite.errors import OptionError

SETTING_NAMES = (
    "table",
    "pk",
    "fts",
    "drop",
    "delimiter",
    "quote",
    "encoding",
    "header",
    "empty",
)

DELIMITERS = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
    "colon": ":",
}


@dataclass(frozen=True)
class ImportSettings:
    """The settings of one source, read and checked; None where the link leaves it to us.

    quote: "" for none.
    header: the number of the line, counting from 1; 0 for none.
    """

    table: str | None = None
    pk: tuple[str, ...] = ()
    fts: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: int | None = None
    empty_is_null: bool = False

    @classmethod
    def parse(cls, settings: Mapping[str, str]) -> Self:
        """Read settings as they are in a link. An empty one says nothing.

        Raises OptionError: unknown-option, bad-option.
        """
        for name in settings:
            if name not in SETTING_NAMES:
                raise OptionError(
                    "unknown-option",
                    f"Could not read {name}= of a source: there is no such setting. "
                    f"There are {', '.join(SETTING_NAMES)}.",
                )
        given = {name: value for name, value in settings.items() if value != ""}
        return cls(
            table=_table(given),
            pk=_names(given.get("pk", "")),
            fts=_names(given.get("fts", "")),
            drop=_names(given.get("drop", "")),
            delimiter=_delimiter(given),
            quote=_quote(given),
            encoding=given.get("encoding"),
            header=_header(given),
            empty_is_null=_empty_is_null(given),
        )


def _names(value: str) -> tuple[str, ...]:
    """Names between commas; one that holds a comma stands in double quotes."""
    rows = list(csv.reader([value.replace("\n", " ")], skipinitialspace=True))
    return tuple(name.strip() for row in rows for name in row if name.strip())


def _table(given: Mapping[str, str]) -> str | None:
    table = given.get("table", "").strip()
    if table and not table.isprintable():
        raise _refused("table", given["table"], "it holds control characters", "Leave them out.")
    if table.lower().startswith("sqlite_"):
        raise _refused("table", table, "SQLite keeps such names for itself", "Choose another.")
    return table or None


def _delimiter(given: Mapping[str, str]) -> str | None:
    value = given.get("delimiter")
    if value is None:
        return None
    delimiter = DELIMITERS.get(value.strip().lower(), value)
    if len(delimiter) != 1 or delimiter in '\r\n"\0':
        raise _refused(
            "delimiter",
            value,
            "it has to be one character",
            f"Write the character itself or one of {', '.join(DELIMITERS)}.",
        )
    return delimiter


def _quote(given: Mapping[str, str]) -> str | None:
    value = given.get("quote")
    if value is None or len(value) == 1:
        if value is not None and value in "\r\n\0":
            raise _refused("quote", value, "that cannot be a quote", "Use ' or none.")
        return value
    if value.lower() in ("none", "no", "off"):
        return ""
    raise _refused("quote", value, "it has to be one character", "Use \" or ' or none.")


def _header(given: Mapping[str, str]) -> int | None:
    value = given.get("header", "").strip().lower()
    if not value:
        return None
    if value in ("yes", "true", "on", "no", "none", "false", "off"):
        return int(value in ("yes", "true", "on"))
    if value.isascii() and value.isdigit() and len(value) < 7:
        return int(value)
    advice = "Write the number of the line with the names of the columns, or 0 if there is none."
    raise _refused("header", value, "it is no line number", advice)


def _empty_is_null(given: Mapping[str, str]) -> bool:
    value = given.get("empty", "").strip().lower()
    if value not in ("null", ""):
        advice = "Leave it out to have NULL among numbers and empty text elsewhere."
        raise _refused("empty", value, "it can only be null", advice)
    return value == "null"


def _refused(name: str, value: str, happened: str, advice: str) -> OptionError:
    shown = value if len(value) <= 40 else value[:39] + "…"
    return OptionError("bad-option", f"Could not use {name}={shown}: {happened}. {advice}")
