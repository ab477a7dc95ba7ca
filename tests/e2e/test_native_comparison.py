"""Our answers beside those of a native Datasette of the same version on the same database."""

from __future__ import annotations

import difflib
import json
import re
from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.e2e.harness.app import App
from tests.e2e.harness.crawl import Crawl, links_of
from tests.e2e.harness.native import NativeDatasette, Reply

PAGE_COUNT = 330

# Pages that tell about the server itself or what it did so far.
ABOUT_THE_SERVER = re.compile(
    r"^/-/(versions|plugins|settings|config|threads|tasks|databases|actor|permissions)\b|^/-/logout"
)

# What every page tells of its own making, and what our plugin adds to it.
DIFFERENCES = [
    (r"Queries took [\d.]+(e-\d+)?ms", "Queries took N ms"),
    (r'"query_ms": [\d.e-]+', '"query_ms": N'),
    (r'<script type="module" src="ORIGIN/[^"]*app-page\.js"></script>', ""),
    (r'<link rel="stylesheet" href="[^"]*/lite\.css[^"]*">', ""),
    (
        r'<li><a href="[^"]*">(Open other data|Add data|Copy link|Download everything|'
        r"Data origin and age|About Datasette Lite)</a></li>",
        "",
    ),
    (r'<li role="none">\s*<a href="[^"]*/-/download-database".*?</li>', ""),
    (r'<p class="lite-origins">.*?</p>', ""),
    # The home page counts rows for a few milliseconds only, and lists the tables it counted.
    (r"<p>\s*(?:[\d,]+ rows? in )?[\d,]+ tables?\b.*?</p>\s*<p>.*?</p>", "TABLES"),
]

# Which tables it lists depends on how many rows were counted in a few milliseconds.
HOME_AS_JSON = ("/.json", "/-/.json")

MORE_PAGES = (
    "/",
    "/.json",
    "/-/",
    "/-",
    "/-/api",
    "/-/allowed",
    "/-/rules",
    "/-/check",
    "/-/actions",
    "/-/messages",
    "/-/allow-debug",
    "/-/patterns",
    "/-/schema",
    "/-/schema.md",
    "/-/queries",
    "/-/jump.json?q=facet",
    "/-/create-token",
    "/-/debug/autocomplete",
    "/-/no-such-page",
    "/no-such-database",
    "/fixtures/no-such-table",
    "/fixtures/facetable/99",
    "/fixtures/facetable/",
    "/fixtures.json",
    "/fixtures/-/create",
    "/fixtures/-/execute-write",
    "/fixtures/-/query?sql=select+1",
    "/fixtures/-/query?sql=select+:name&name=a%2Bb%20%26",
    "/fixtures/-/query.json?sql=nonsense",
    "/fixtures/-/query.csv?sql=select+%27gr%C3%BC%C3%9Fe%27",
    "/fixtures/facetable?_search=x",
    "/fixtures/facetable.json?_facet=state&_facet_array=tags&_facet_date=created",
    "/fixtures/facetable?_facet_array=tags&tags__arraycontains=tag1",
    "/fixtures/facetable?_where=pk%3E3",
    "/fixtures/facetable?_facet_date=created&created__date=2019-01-14",
    "/fixtures/compound_three_primary_keys?_facet=pk3&_facet_size=2",
    "/fixtures/-/query?sql=select+1&_hide_sql=1",
    "/fixtures/-/query?sql=select+data+from+binary_data",
    "/fixtures/binary_data/1",
    "/fixtures/-/queries",
    "/fixtures/-/queries/store",
    "/-/allowed?action=view-table&_size=2",
    "/-/rules?action=view-table&_size=2",
    "/fixtures/facetable?_size=3&_extra=query",
    "/fixtures/facetable.csv?_stream=1&_labels=on",
    "/fixtures/searchable?_search=dog&_sort_desc=pk",
    "/fixtures/no_primary_key?_next=100",
    "/fixtures/table~2Fwith~2Fslashes~2Ecsv/3",
    "/fixtures/compound_primary_key/a~2Fb,~2Ec-d",
    "/fixtures/simple_primary_key.json?_size=2&_extra=count,next_url",
)


def _comparable(reply: Reply, origin: str, root_path: str) -> str:
    """A body with its own address taken out of it."""
    text = reply.body.decode("utf-8", "backslashreplace")
    for own in (origin + root_path, quote(origin + root_path, safe=""), origin):
        text = text.replace(own, "ORIGIN")
    if root_path:
        text = re.sub(rf"{re.escape(root_path)}(?=[/\"'?#&;]|$)", "", text)
        text = text.replace(quote(root_path, safe=""), "")
    for pattern, substitute in DIFFERENCES:
        text = re.sub(pattern, substitute, text, flags=re.DOTALL)
    if reply.content_type.startswith("text/html"):
        # What our plugin adds leaves blank lines behind.
        text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    return text


def _difference(target: str, ours: str, theirs: str) -> str:
    lines = difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "native", target, n=0)
    return "\n".join(line[:300] for line in list(lines)[:12])


@pytest.mark.timeout(420)
@pytest.mark.expects_console_errors("Failed to load resource")
def test_answers_are_those_of_a_native_datasette(demo: App, native: NativeDatasette) -> None:
    crawl = Crawl(native, skip=ABOUT_THE_SERVER, limit=PAGE_COUNT, seeds=MORE_PAGES)
    pages = crawl.run()
    assert len(pages) >= 300
    demo.goto("/")
    complaints: list[str] = []
    for target, theirs in pages.items():
        ours = demo.ask(target)
        if theirs.status in (301, 302, 303, 307):
            # A script cannot see a redirect, only where it led.
            expected = urlsplit(urljoin(native.origin + target, theirs.headers["location"]))
            wanted = expected.path + (f"?{expected.query}" if expected.query else "")
            got = ours.headers[":url"].removeprefix(demo.prefix.rstrip("/"))
            if got != wanted:
                complaints.append(f"{target}: led to {got}, natively to {wanted}")
            continue
        if (ours.status, ours.content_type) != (theirs.status, theirs.content_type):
            complaints.append(
                f"{target}: {ours.status} {ours.content_type}, "
                f"natively {theirs.status} {theirs.content_type}"
            )
            continue
        if target in HOME_AS_JSON:
            continue
        own = _comparable(ours, demo.prefix.split("/x/y/")[0], demo.root_path)
        native_text = _comparable(theirs, native.origin, "")
        if own != native_text:
            complaints.append(f"{target}:\n{_difference(target, own, native_text)}")
    assert not complaints, f"{len(complaints)} of {len(pages)} differ:\n" + "\n".join(
        complaints[:20]
    )


@pytest.mark.expects_console_errors("Failed to load resource")
def test_no_link_leaves_the_prefix(demo: App, native: NativeDatasette) -> None:
    """Every link, form, script, style and image of the core pages stays inside, once."""
    outside: set[str] = set()
    site_root = demo.prefix.removesuffix("app/")
    allowed = {
        site_root + path for path in ("", "loader/page/app-page.js", "vendor/demo/fixtures.db")
    }
    for target in MORE_PAGES:
        reply = demo.ask(target)
        if not reply.content_type.startswith("text/html"):
            continue
        for link in links_of(reply.body.decode()):
            absolute = urljoin(demo.url(target), link).partition("#")[0]
            if absolute.startswith(site_root):
                inside = absolute.startswith(demo.prefix) and absolute.count("/x/y/app/") == 1
                if not inside and absolute not in allowed:
                    outside.add(f"{target}: {link}")
            elif absolute.startswith(demo.prefix.split("/x/y/")[0]):
                outside.add(f"{target}: {link}")
    assert not outside, "\n".join(sorted(outside))


def test_own_pages_ask_nothing_of_other_origins(demo: App) -> None:
    asked: list[str] = []
    demo.page.on("request", lambda request: asked.append(request.url))
    for path in (
        "/",
        "/fixtures",
        "/fixtures/facetable",
        "/fixtures/-/query?sql=select+1",
        "/-/api",
    ):
        demo.goto(path).wait_for_load_state("networkidle")
    origin = demo.prefix.split("/x/y/")[0]
    assert [url for url in asked if not url.startswith((origin, "data:"))] == []


def test_versions_page_tells_ours_and_theirs(demo: App, native: NativeDatasette) -> None:
    ours = demo.ask_json("/-/versions.json")
    theirs = json.loads(native.get("/-/versions.json").body)
    assert ours["datasette"]["version"] == theirs["datasette"]["version"] == "1.0a41"
    assert ours["datasette"]["note"].startswith("Datasette Lite ")
    assert ours["python"]["version"].startswith("3.14")
