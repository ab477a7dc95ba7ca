"""What a configuration makes every page load, so that a visitor can be asked first.

Only what Datasette itself reads is found. A plugin's settings may name addresses, too: consent to
the plugin covers those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Keys whose values are addresses of scripts and style sheets.
ADDRESS_KEYS = ("extra_js_urls", "extra_css_urls")

#: Files of Datasette's and its plugins'. Any other path may be data of the link's own: Datasette
#: serves a table as CSV or JSON, which a browser would run as a script. No dots in a row, no
#: escapes: they could lead out again.
LOCAL = re.compile(r"/-/static(?:-plugins)?/(?:(?!\.\.)[\w.~@+,=/-])*(?:\?[\w=&-]*)?", re.ASCII)


@dataclass(frozen=True)
class ForeignCode:
    """Code in a configuration: a `ForeignConfiguration` of `loader/shared/foreign-code.js`.

    key: SHA-256 of the file, in hex. url: where it came from. runs: see `code_urls`.
    """

    key: str
    name: str
    url: str
    runs: Sequence[str]


def code_urls(config: Mapping[str, Any]) -> list[str]:
    """Addresses of scripts and style sheets elsewhere; for HTML in the file, where it stands.

    config: a parsed file, or what was made of several.
    """
    return list(dict.fromkeys(_found(config, ())))


def without_code(value: Any) -> Any:
    """A configuration without what would run on every page."""
    if isinstance(value, Mapping):
        return {
            key: without_code(each)
            for key, each in value.items()
            if not (key in ADDRESS_KEYS or str(key).endswith("_html"))
        }
    return [without_code(each) for each in value] if isinstance(value, list) else value


def _found(value: Any, place: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in ADDRESS_KEYS:
                yield from _foreign(each)
            elif key.endswith("_html") and isinstance(each, str) and "<" in each:
                yield "HTML in " + ".".join((*place, key))
            else:
                yield from _found(each, (*place, key))
    elif isinstance(value, list):
        for each in value:
            yield from _found(each, place)


def _foreign(addresses: Any) -> Iterator[str]:
    for each in addresses if isinstance(addresses, list) else [addresses]:
        address = each.get("url") if isinstance(each, Mapping) else each
        if isinstance(address, str) and not LOCAL.fullmatch(address):
            yield address
