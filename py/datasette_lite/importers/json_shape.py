r"""Where the rows are in a JSON document.

[{…}, {…}]                    a list of objects: each is a row
{…}\n{…}                       objects one after another: each is a row
{"a": […], "b": [{…}, {…}]}   the longest list of objects in an object
{"x": {…}, "y": {…}}          an object of objects: each is a row, its name in `_key`
{"type": "FeatureCollection"} GeoJSON: each feature is a row
{…}                           any other object is one row
[["id", "name"], [1, "a"]]    a list of lists, the first with the names of the columns
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from datasette_lite.importers.json_text import JSONText

Shape = Literal["list", "lines", "member", "keyed", "single"]


@dataclass(frozen=True)
class Layout:
    """Where the rows of a document are.

    key: of the list, for `member`.
    geojson: what is in the list are features.
    """

    shape: Shape
    key: str = ""
    geojson: bool = False


class NoRows(Exception):
    """The document is JSON, but no table; says what it is."""


def find_layout(text: JSONText) -> Iterator[Layout | None]:
    """Look through a document; yields None now and then, and last where the rows are.

    Only an object has to be read to its end for that.
    Raises NoRows, JSONSyntax.
    """
    start = text.peek()
    if start == "[":
        yield Layout("list")
        return
    if start != "{":
        raise NoRows(f"it is a single {_type_name(text.value())}")
    survey = _ObjectSurvey()
    for key in text.members():
        if text.peek() == "[":
            for item in text.items():
                survey.add_item(key, item)
                yield None
        else:
            survey.add_value(key, text.value())
            yield None
    following = text.peek()
    if following not in ("", "{"):
        raise text.syntax("there is more after the object")
    yield Layout("lines") if following else survey.layout()


def rows_of(text: JSONText, layout: Layout) -> Iterator[Any]:
    """The rows of a document, from its start."""
    match layout.shape:
        case "list":
            yield from text.items()
            if text.peek():
                raise text.syntax("there is more after the list")
        case "lines":
            while text.peek():
                yield text.value()
        case "member":
            for key in text.members():
                if key == layout.key and text.peek() == "[":
                    yield from text.items()
                else:
                    text.value()
        case "keyed":
            for key in text.members():
                yield {"_key": key} | text.value() | {"_key": key}
        case "single":
            yield text.value()


class _ObjectSurvey:
    """What the members of an object are."""

    def __init__(self) -> None:
        self._lists: dict[str, int] = {}
        self._only_objects = True
        self._type: Any = None
        self._count = 0

    def add_item(self, key: str, item: Any) -> None:
        """An item of the list of that name."""
        self._only_objects = False
        # As in Datasette Lite, the first item says what the list is of.
        if key not in self._lists:
            self._lists[key] = 1 if isinstance(item, dict) else -1
        elif self._lists[key] > 0:
            self._lists[key] += 1

    def add_value(self, key: str, value: Any) -> None:
        """A member that is no list."""
        self._count += 1
        self._only_objects &= isinstance(value, dict)
        if key == "type":
            self._type = value

    def layout(self) -> Layout:
        r"""Where the rows are."""
        if self._type == "FeatureCollection" and self._lists.get("features", 0) > 0:
            return Layout("member", "features", geojson=True)
        lists = {key: length for key, length in self._lists.items() if length > 0}
        if lists:
            return Layout("member", max(lists, key=lists.__getitem__))
        if self._only_objects and self._count:
            return Layout("keyed")
        if not self._count and not self._lists:
            raise NoRows("it is an empty object")
        return Layout("single")


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    names = {str: "text", bool: "truth value", int: "number", float: "number"}
    return names.get(type(value), "value")
