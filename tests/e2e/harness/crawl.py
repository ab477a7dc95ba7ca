"""A crawl of a native Datasette, and how one of its answers becomes comparable with ours."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

from tests.e2e.harness.native import NativeDatasette, Reply

# What the URL standard leaves alone in a query: all of ASCII's signs but space, ", #, <, > and '.
_LEFT_IN_QUERIES = "!$%&()*+,-./:;=?@[\\]^_`{|}~"

LINKING = {"a": "href", "link": "href", "script": "src", "img": "src", "form": "action"}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        value = dict(attrs).get(LINKING.get(tag, ""))
        if value:
            self.found.append(value)


def links_of(html: str) -> list[str]:
    """Every address that a page links to, sends forms to or loads, as written."""
    parser = _Links()
    parser.feed(html)
    return parser.found


@dataclass
class Crawl:
    """A walk from a native Datasette's home page along its links, breadth first.

    most_alike: links of one kind beyond this many are not followed (a hundred rows are alike).
    pages: every answer by its path and query, in the order met.
    """

    native: NativeDatasette
    skip: re.Pattern[str]
    limit: int
    most_alike: int = 4
    seeds: tuple[str, ...] = ("/",)
    pages: dict[str, Reply] = field(default_factory=dict)
    _kinds: Counter[str] = field(default_factory=Counter)

    def run(self) -> dict[str, Reply]:
        """Walk until the limit or the end; return every answer."""
        waiting = deque(self.seeds)
        seen = set(self.seeds)
        while waiting and len(self.pages) < self.limit:
            target = waiting.popleft()
            reply = self.native.get(target)
            self.pages[target] = reply
            for found in self._next(target, reply):
                if found in seen:
                    continue
                seen.add(found)
                self._kinds[_kind(found)] += 1
                if self._kinds[_kind(found)] <= self.most_alike:
                    waiting.append(found)
        return self.pages

    def _next(self, target: str, reply: Reply) -> Iterator[str]:
        if "location" in reply.headers:
            links = [reply.headers["location"]]
        elif reply.content_type.startswith("text/html"):
            links = links_of(reply.body.decode())
        else:
            return
        for link in links:
            absolute = urlsplit(urljoin(self.native.origin + target, link))
            if f"{absolute.scheme}://{absolute.netloc}" != self.native.origin:
                continue
            path = as_browsers_ask(absolute.path, absolute.query)
            if not self.skip.search(path):
                yield path


def as_browsers_ask(path: str, query: str) -> str:
    """A path and query, encoded as browsers encode what people typed."""
    return path + (f"?{quote(query, safe=_LEFT_IN_QUERIES)}" if query else "")


def _kind(target: str) -> str:
    """What a page is like: its table or folder, its format and which options it is asked with."""
    path, _, query = target.partition("?")
    names = sorted(part.partition("=")[0] for part in query.split("&"))
    folder, _, leaf = path.rpartition("/")
    place = folder if path.count("/") >= 3 else path.partition(".")[0]
    return f"{place} {leaf.partition('.')[2]} {','.join(names)}"
