"""`?metadata=` and `?config=`: what Datasette shows about the data, and how it is set up.

Before Datasette 1.0 one `metadata.json` held both. 1.0 wants two files, and moves only some of
the old one's keys by itself (`datasette.utils.move_plugins_and_allow`, `move_table_config`). Links
to old files have to keep working, stored queries included, so here every key goes where 1.0 looks
for it, whichever of the two options the file came by.
https://docs.datasette.io/en/latest/upgrade_guide.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from datasette_lite.errors import DataError
from datasette_lite.importers.config_shape import EXAMPLE, Document, bad_config, check_shape
from datasette_lite.importers.kinds import HEAD_BYTES, detect
from datasette_lite.web_pages import web_page_words

#: What belongs to the configuration, at each level; everything else describes the data.
ANYWHERE = {"plugins", "allow", "permissions"}
ROOT_KEYS = ANYWHERE | {"allow_sql", "settings", "extra_css_urls", "extra_js_urls"}
DATABASE_KEYS = ANYWHERE | {"allow_sql", "queries"}
TABLE_KEYS = ANYWHERE | {
    "column_types",
    "facets",
    "fts_pk",
    "fts_table",
    "hidden",
    "label_column",
    "searchmode",
    "size",
    "sort",
    "sort_desc",
    "sortable_columns",
}

#: More levels no configuration has; Python and Datasette follow some hundred.
MOST_LEVELS = 100


@dataclass(frozen=True)
class Configuration:
    """What Datasette is to be started with.

    settings: those of the configuration, unchecked; `config` does not hold them.
    """

    metadata: Document = field(default_factory=dict)
    config: Document = field(default_factory=dict)
    settings: Document = field(default_factory=dict)


def parse_config(text: str, name: str) -> Document:
    """Read a file of metadata or configuration, in JSON or YAML.

    name: of the file, for messages.
    Raises DataError: bad-config, with the line or the place; html-instead-of-data.
    """
    if detect(text[:HEAD_BYTES].encode(), name) == "html":
        happened, advice = web_page_words(text[:HEAD_BYTES].encode())
        raise DataError("html-instead-of-data", f"Could not read {name}: {happened}. {advice}")
    try:
        document = _plain(_parsed(text.removeprefix("\ufeff"), name))
    except RecursionError as error:
        happened = f"it has more than {MOST_LEVELS} levels, or holds itself"
        raise bad_config(name, happened, EXAMPLE) from error
    if not isinstance(document, dict):
        raise bad_config(name, "it does not consist of keys and values", EXAMPLE)
    check_shape(document, name)
    return document


def configuration_of(documents: Sequence[Mapping[str, Any]]) -> Configuration:
    """Bring the keys of several files to where Datasette 1.0 looks for them.

    Where two files say different things of the same, the later one holds.
    """
    merged: Document = {}
    for document in documents:
        _merge(merged, document)
    metadata, config = _split(merged, ROOT_KEYS)
    for name, database in merged.get("databases", {}).items():
        about, setup = _split(database, DATABASE_KEYS)
        for table, given in database.get("tables", {}).items():
            for parts, part in zip((about, setup), _split(given, TABLE_KEYS), strict=True):
                if part:
                    parts.setdefault("tables", {})[table] = part
        if about:
            metadata.setdefault("databases", {})[name] = about
        if setup:
            config.setdefault("databases", {})[name] = setup
    return Configuration(metadata, config, config.pop("settings", {}))


def _parsed(text: str, name: str) -> Any:
    if text.lstrip().startswith("{") or name.lower().endswith(".json"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno:,}, column {error.colno:,}"
            json_problem = bad_config(name, f"it is not valid JSON, at {where}: {error.msg}")
        # YAML also begins with a brace, and allows comments and trailing commas.
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            raise json_problem from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise bad_config(name, f"it is not valid YAML, at {_yaml_place(error)}") from error


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1:,}, column {mark.column + 1:,}: {problem}" if mark else problem


def _plain(value: Any, level: int = 0) -> Any:
    """As JSON has it. YAML takes `2024:` for a number, which may be a table, and knows dates."""
    if level > MOST_LEVELS:
        raise RecursionError
    if isinstance(value, dict):
        return {str(key): _plain(each, level + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, level + 1) for each in value]
    return str(value) if isinstance(value, date) else value


def _split(given: Mapping[str, Any], config_keys: set[str]) -> tuple[Document, Document]:
    """What describes, and what sets up; without the levels below."""
    below = {"databases", "tables"}
    about = {key: each for key, each in given.items() if key not in config_keys | below}
    return about, {key: each for key, each in given.items() if key in config_keys}


def _merge(into: Document, given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        there = into.get(key)
        if isinstance(value, Mapping):
            into[key] = dict(there) if isinstance(there, dict) else {}
            _merge(into[key], value)
        else:
            into[key] = value
