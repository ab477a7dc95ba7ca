"""What a configuration makes every page load, so that a visitor can be asked first.

What Datasette itself reads is found, in whatever shape: only what is known to be harmless passes.
Settings of plugins pass as far as they hold no markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
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

#: Characters of one text that are shown to whoever is to judge it.
MOST_SHOWN = 50_000

#: In an address browsers skip such characters, wherever they stand.
SKIPPED = re.compile(r"[\x00-\x1f\x7f-\x9f]")

#: Settings by which a plugin lets more of the data's own HTML through, and what of it runs nothing:
#: those of datasette-render-markdown. Names of extensions without dots are of Markdown's own.
OPENING: Mapping[str, re.Pattern[str]] = {
    "extra_tags": re.compile(
        "br|caption|col|colgroup|dd|del|details|div|dl|dt|figcaption|figure|hr|ins|mark|s|small|span"
        "|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|u"
    ),
    "extra_attrs": re.compile(
        "align|alt|class|colspan|dir|height|href|lang|rowspan|scope|src|start|title|width"
    ),
    "extensions": re.compile(r"[a-z_]+"),
}


@dataclass(frozen=True)
class ForeignCode:
    """Code in a configuration: a `ForeignConfiguration` of `loader/shared/foreign-code.js`.

    key: SHA-256 of the file, in hex. url: where it came from. redirected: the other host's address
    that it led to. runs: see `code_urls`; texts: see `code_texts`. Of an archive of templates, the
    names and the texts of its files.
    """

    key: str
    name: str
    url: str
    runs: Sequence[str]
    texts: Mapping[str, str] = field(default_factory=dict)
    redirected: str | None = None


def code_urls(config: Mapping[str, Any]) -> list[str]:
    """Addresses of scripts and style sheets elsewhere; for HTML in the file, where it stands.

    config: a parsed file, or what was made of several.
    """
    return list(dict.fromkeys(what for what, _ in _found(config, ())))


def code_texts(config: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the places that `code_urls` names, to be read."""
    texts: dict[str, list[str]] = {}
    for what, each in _found(config, ()):
        if each is not None:
            text = each if isinstance(each, str) else _as_json(each)
            # Several places may have one name, as names of tables hold dots, too.
            texts.setdefault(what, []).append(text)
    return {what: shown_text("\n\n".join(each)) for what, each in texts.items()}


def shown_text(text: str) -> str:
    """A text as far as somebody would read it, with a word on what is left out."""
    left = len(text) - MOST_SHOWN
    if left <= 0:
        return text
    return f"{text[:MOST_SHOWN]}\n\n… {left:,} more characters are not shown here."


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
    # By a column's name stands a text. Databases, tables and queries may be called `columns`, too.
    if len(place) == 5 and place[::2] == ("databases", "tables", "columns"):
        return False
    return key in (*ADDRESS_KEYS, *PAGE_KEYS) or key.endswith("_html") or place[-1:] == ("plugins",)


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _found(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            here = (*place, str(key))
            where = ".".join(here)
            if not _is_judged(str(key), place):
                yield from _found(each, here)
            elif key in ADDRESS_KEYS:
                yield from ((address, None) for address in _foreign(each))
            elif key in PAGE_KEYS:
                if not _is_page(each):
                    yield f"the address in {where}", each
            elif str(key).endswith("_html"):
                if each:  # Datasette prints any value, as JSON if need be.
                    yield f"HTML in {where}", each
            elif any(CODE.search(SKIPPED.sub("", text)) for text in _texts(each)) or _opens(each):
                yield f"settings in {where}", each
    elif isinstance(value, list):
        for each in value:
            yield from _found(each, place)


def _opens(settings: Any) -> bool:
    """Whether settings of a plugin, at whatever depth, let code of the data through."""
    if isinstance(settings, Mapping):
        for key, each in settings.items():
            harmless = OPENING.get(str(key))
            inner = each.values() if isinstance(each, Mapping) else [each]
            if harmless and not all(map(harmless.fullmatch, _texts(list(inner)))):
                return True
        return any(map(_opens, settings.values()))
    return isinstance(settings, list) and any(map(_opens, settings))


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
        scheme = urlsplit(SKIPPED.sub("", address).strip()).scheme
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
