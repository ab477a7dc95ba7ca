"""What a configuration makes every page load, so that a visitor can be asked first.

What Datasette itself reads is found, in whatever shape: only what is known to be harmless passes.
Settings of plugins pass as far as they hold no markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

#: Keys whose values are addresses of scripts and style sheets.
ADDRESS_KEYS = ("extra_js_urls", "extra_css_urls")

#: Keys whose values Datasette makes links of.
PAGE_KEYS = ("source_url", "license_url", "about_url")

#: Files of Datasette's and its plugins'. Any other path may be data of the link's own: Datasette
#: serves a table as CSV or JSON, which a browser would run as a script. No dots in a row, no
#: escapes: they could lead out again.
LOCAL = re.compile(r"/-/static(?:-plugins)?/(?:(?!\.\.)[\w.~@+,=/-])*(?:\?[\w=&-]*)?", re.ASCII)

#: What settings of a plugin hold that could become a script. Addresses pass: a plugin of the list
#: that loads what they name is asked about itself (`runs_data`).
CODE = re.compile(r"[<>]|javascript:|data:", re.IGNORECASE)


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


def without_code(value: Any, place: tuple[str, ...] = ()) -> Any:
    """A configuration without what would run on every page."""
    if isinstance(value, Mapping):
        return {
            key: each if _is_judged(str(key), place) else without_code(each, (*place, str(key)))
            for key, each in value.items()
            if not (_is_judged(str(key), place) and any(_found({key: each}, place)))
        }
    return [without_code(each, place) for each in value] if isinstance(value, list) else value


def _is_judged(key: str, place: tuple[str, ...]) -> bool:
    """Whether a value is judged as a whole; what stands elsewhere Datasette shows as text."""
    if place[-1:] == ("columns",):
        return False
    return key in (*ADDRESS_KEYS, *PAGE_KEYS) or key.endswith("_html") or place[-1:] == ("plugins",)


def _found(value: Any, place: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            here = (*place, str(key))
            where = ".".join(here)
            if not _is_judged(str(key), place):
                yield from _found(each, here)
            elif key in ADDRESS_KEYS:
                yield from _foreign(each)
            elif key in PAGE_KEYS:
                if not _is_page(each):
                    yield f"the address in {where}"
            elif str(key).endswith("_html"):
                if each:  # Datasette prints any value, as JSON if need be.
                    yield f"HTML in {where}"
            elif any(CODE.search(text) for text in _texts(each)):
                yield f"settings in {where}"
    elif isinstance(value, list):
        for each in value:
            yield from _found(each, place)


def _foreign(addresses: Any) -> Iterator[str]:
    # Datasette takes whatever can be iterated: a mapping's keys, a set.
    alone = isinstance(addresses, str) or not isinstance(addresses, Sequence | Set | Mapping)
    for each in [addresses] if alone else addresses:
        address = each.get("url") if isinstance(each, Mapping) else each
        if not isinstance(address, str):
            yield repr(address)
        elif not LOCAL.fullmatch(address):
            yield address


def _is_page(address: Any) -> bool:
    """Whether a link to an address shows a page: `javascript:` would run."""
    if not address:
        return True
    if not isinstance(address, str):
        return False
    try:
        # Browsers skip such characters.
        scheme = urlsplit(re.sub(r"[\x00-\x20\x7f-\x9f]", "", address)).scheme
    except ValueError:
        return False
    return scheme.lower() in ("", "http", "https", "mailto")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value of a configuration, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, Sequence | Set):
        for each in value:
            yield from _texts(each)
