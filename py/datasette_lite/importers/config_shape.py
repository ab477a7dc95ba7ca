"""Whether a configuration has the shape that Datasette trusts it to have.

Datasette looks at it while it starts, and again for every page: one bad entry would be an error of
everything, where it should be a fault beside data that opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datasette_lite.errors import DataError

Document = dict[str, Any]

EXAMPLE = "It looks like {“title”: “…”, “databases”: {…}} in JSON, or the same in YAML."


def check_shape(document: Document, name: str) -> None:
    """Make sure that there is what Datasette trusts to be there; leave out keys that say nothing.

    name: of the file, for messages.
    Raises DataError: bad-config.
    """
    _sections(document, ("plugins", "settings"), "", name)
    _values(document, ROOT, "", name)
    for where, database in _each(document, "databases", "", name):
        _sections(database, ("plugins", "queries"), where, name)
        _values(database, ANYWHERE, where, name)
        for query, said in database.get("queries", {}).items():
            _query(said, f"{where}queries.{query}", name)
        for place, table in _each(database, "tables", where, name):
            _sections(table, ("plugins", "columns", "column_types"), place, name)
            _values(table, TABLE, place, name)
            for key, shape in (("columns", PLAIN), ("column_types", COLUMN_TYPE)):
                for column, said in table.get(key, {}).items():
                    _value(said, shape, f"{place}{key}.{column}", name)


def bad_config(name: str, happened: str, advice: str = "Correct it there.") -> DataError:
    """A file that cannot be used as configuration, by its name."""
    return DataError("bad-config", f"Could not read {name}: {happened}. {advice}")


@dataclass(frozen=True)
class _Shape:
    """What may stand somewhere, how to say so, and what YAML's reading of it is to mean."""

    holds: Callable[[Any], bool]
    wanted: str
    meant: Callable[[Any], Any] = lambda value: value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _is_allow(value: Any) -> bool:
    if not isinstance(value, dict):
        return isinstance(value, bool) or value in (0, 1)
    return all(_is_plain(each) or _is_list(each, _is_plain) for each in value.values())


def _is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(of, value))


def _is_column_type(value: Any) -> bool:
    if not isinstance(value, dict):
        return _is_text(value)
    return _is_text(value.get("type")) and isinstance(value.get("config", {}), dict | None)


def _is_facet(value: Any) -> bool:
    if not isinstance(value, dict):
        return _is_text(value)
    return len(value) == 1 and all(map(_is_text, value.values()))


def _is_address(value: Any) -> bool:
    return _is_text(value.get("url") if isinstance(value, dict) else value)


def _as_text(value: Any) -> Any:
    """A column may be called 2024, which YAML takes for a number."""
    return str(value) if isinstance(value, int | float) else value


def _as_texts(value: Any) -> Any:
    values = [value] if isinstance(value, str | int | float) else value
    return list(map(_as_text, values)) if isinstance(values, list) else values


TEXT = _Shape(_is_text, "a text", _as_text)
PLAIN = _Shape(_is_plain, "a text")
TEXTS = _Shape(lambda value: _is_list(value, _is_text), "a list of texts", _as_texts)
FACETS = _Shape(lambda value: _is_list(value, _is_facet), "a list of columns, or {type: column}")
ADDRESSES = _Shape(lambda value: _is_list(value, _is_address), "a list of addresses")
ALLOW = _Shape(_is_allow, "true, false or who it is, such as {id: root}")
PERMISSIONS = _Shape(
    lambda value: (
        isinstance(value, dict) and all(each is None or _is_allow(each) for each in value.values())
    ),
    "names of permissions, each with true, false or who it is, such as {id: root}",
)
COLUMN_TYPE = _Shape(_is_column_type, "the name of a type, or {type: …, config: {…}}")

ANYWHERE = {"allow": ALLOW, "allow_sql": ALLOW, "permissions": PERMISSIONS}
ROOT = {**ANYWHERE, "extra_css_urls": ADDRESSES, "extra_js_urls": ADDRESSES}
QUERY = {
    **ANYWHERE,
    "title": PLAIN,
    "description": PLAIN,
    "description_html": PLAIN,
    "fragment": PLAIN,
    "params": TEXTS,
    "on_success_message": PLAIN,
    "on_success_message_sql": TEXT,
    "on_success_redirect": TEXT,
    "on_error_message": PLAIN,
    "on_error_redirect": TEXT,
}
TABLE = {
    **ANYWHERE,
    "facets": FACETS,
    "fts_pk": TEXT,
    "fts_table": TEXT,
    "label_column": TEXT,
    "size": PLAIN,
    "sort": TEXT,
    "sort_desc": TEXT,
    "sortable_columns": TEXTS,
}


def _query(said: Any, where: str, name: str) -> None:
    if isinstance(said, dict):
        _value(said.get("sql"), TEXT, f"{where}.sql", name)
        _values(said, QUERY, f"{where}.", name)
    else:
        _value(said, _Shape(_is_text, "SQL, or {sql: …}"), where, name)


def _values(parent: Document, shapes: Mapping[str, _Shape], where: str, name: str) -> None:
    for key, shape in shapes.items():
        if parent.get(key) is None:
            parent.pop(key, None)
        else:
            parent[key] = shape.meant(parent[key])
            _value(parent[key], shape, where + key, name)


def _value(value: Any, shape: _Shape, where: str, name: str) -> None:
    if not shape.holds(value):
        raise bad_config(name, f"{where} has to be {shape.wanted}")


def _each(parent: Document, key: str, where: str, name: str) -> Iterator[tuple[str, Document]]:
    """The sections of a section that hold something, after what their keys begin with."""
    section = _section(parent, key, where, name)
    for each in list(section):
        if found := _section(section, each, f"{where}{key}.", name):
            yield f"{where}{key}.{each}.", found


def _sections(parent: Document, keys: tuple[str, ...], where: str, name: str) -> None:
    for key in keys:
        _section(parent, key, where, name)


def _section(parent: Document, key: str, where: str, name: str) -> Document:
    """The keys and values below a key, which goes when there are none."""
    found = parent.get(key)
    if found is None:
        parent.pop(key, None)
        return {}
    if not isinstance(found, dict):
        raise bad_config(name, f"{where}{key} does not consist of keys and values", EXAMPLE)
    return found
