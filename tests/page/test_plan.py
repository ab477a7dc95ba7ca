"""loader/shared/plan.js: query ⇄ plan ⇄ path."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlencode

import pytest

from datasette_lite.importers.import_settings import SETTING_NAMES
from tests.page.conftest import ROOT, BlankPage, JavaScriptError

PLAN = "shared/plan.js"
SCOPE = "/x/y/"
Call = Callable[..., Any]


def plan(*urls: str, memory: bool = False, app: str = "datasette") -> dict[str, Any]:
    """A plan as parseQuery gives it."""
    options = [{"key": "url", "value": url} for url in urls]
    if memory:
        options.append({"key": "memory", "value": "1"})
    return {"app": app, "options": options}


def mixed(*options: tuple[str, str]) -> dict[str, Any]:
    """A plan of options of any kind, in their order."""
    return {"app": "datasette", "options": [{"key": key, "value": value} for key, value in options]}


DIGITS = "0123456789abcdef" * 4

# ?url= as written, and the address that must reach the host.
ADDRESSES = {
    # Pasted as it was: every escape and plus belongs to the address (simonw/datasette-lite#70).
    "https://example.com/fixtures.db": "https://example.com/fixtures.db",
    "https://hub.example/d/resolve/refs%2Fconvert%2Fparquet/squad.db": (
        "https://hub.example/d/resolve/refs%2Fconvert%2Fparquet/squad.db"
    ),
    "http://h.example/a%20b+c%2Bd%252F.db": "http://h.example/a%20b+c%2Bd%252F.db",
    "HTTPS://h.example/A%2fb.db": "HTTPS://h.example/A%2fb.db",
    "https://h.example/a.db?v=1": "https://h.example/a.db?v=1",
    "https://h.example/a.db?sig=a%2Bb%3D%3D%26c": "https://h.example/a.db?sig=a%2Bb%3D%3D%26c",
    "https://h.example/AT%26T=1.db": "https://h.example/AT%26T=1.db",
    "https://h.example/%FF%zz%": "https://h.example/%FF%zz%",
    "https://h.example/a%2E%2e/..": "https://h.example/a%2E%2e/..",
    "data:application/x;base64,U1FM+/8=": "data:application/x;base64,U1FM+/8=",
    "data:,a%2Cb%26c=+": "data:,a%2Cb%26c=+",
    # Pasted, with the ampersands that a query cannot hold written as %26.
    "https://h.example/export?format=csv%26gid=0%26x.y=%26": (
        "https://h.example/export?format=csv&gid=0&x.y=%26"
    ),
    # Encoded: URLSearchParams, encodeURIComponent, Python's quote, Angular and axios.
    "https%3A%2F%2Fh.example%2Fa%252Fb.db": "https://h.example/a%2Fb.db",
    "https%3a%2f%2fh.example%2fa+b%2Bc%20d.db": "https://h.example/a b+c d.db",
    "https%3A//h.example/a%252Fb.db": "https://h.example/a%2Fb.db",
    "https:%2F%2Fh.example%2Fa%252Fb.db": "https://h.example/a%2Fb.db",
    "https%3A%2F%2Fh.example%2Fa.db%3Fx%3D1%26y%3D2%23z": "https://h.example/a.db?x=1&y=2#z",
    "https%3A%2F%2Fh.example%2F%F0%9F%90%A7%C3%A9.db": "https://h.example/🐧é.db",
    "https%3A%2F%2Fh.example%2F%FF%C3%28%ED%A0%80": "https://h.example/%FF%C3(%ED%A0%80",
    "data%3A%2Ca%2Bb+c%2525": "data:,a+b c%25",
    "%20https%3A%2F%2Fh.example%2Fa.db%0A": "https://h.example/a.db",
    # Relative to the site.
    "fixtures.db": "fixtures.db",
    "vendor/demo/fixtures.db": "vendor/demo/fixtures.db",
    "vendor/my%20file.db?v=1": "vendor/my file.db?v=1",
    "/data/fixtures.sqlite": "/data/fixtures.sqlite",
    "../other.db": "../other.db",
    "./example.com/x.db": "./example.com/x.db",
    "v1.0/x.db": "v1.0/x.db",
    "data.sqlite3?v=example.com/x": "data.sqlite3?v=example.com/x",
}


@pytest.mark.parametrize(("written", "address"), ADDRESSES.items())
def test_address_reaches_its_host_byte_for_byte(call: Call, written: str, address: str) -> None:
    assert call(PLAN, "parseQuery", f"?url={written}") == plan(address)


@pytest.mark.parametrize("encode", [quote, quote_plus, lambda url: quote(url, safe="")])
@pytest.mark.parametrize("address", [v for v in ADDRESSES.values() if v.startswith("http")])
def test_any_whole_encoding_is_decoded_once(
    call: Call, address: str, encode: Callable[[str], str]
) -> None:
    assert call(PLAN, "parseQuery", f"?url={encode(address)}") == plan(address)


def test_fetch_asks_the_host_for_the_very_path_in_the_link(blank_page: BlankPage) -> None:
    path = "/echo/refs%2Fconvert/a%20b+c%252B~2F.db?x=%2F+%26"
    blank_page.visit(f"/blank?url={blank_page.origin}{path}")
    asked = blank_page.evaluate(
        """async () => {
          const { parseQuery } = await import('/loader/shared/plan.js');
          const { fetchableUrl } = await import('/loader/shared/source-url.js');
          const [{ value }] = parseQuery(location.search).options;
          return (await fetch(fetchableUrl(value))).text();
        }"""
    )
    blank_page.visit("/blank")
    assert asked == path


QUERIES: dict[str, dict[str, Any] | None] = {
    "": None,
    "?": None,
    "?&&": None,
    "?analytics=off": None,
    "?fbclid=abc&utm_source=mail&analytics=off": None,
    "?mc_cid=a&mc_eid=b&_gl=c&_ga=d&gbraid=e&wbraid=f&dclid=g&msclkid=h&yclid=i&twclid=j": None,
    "?igshid=a&ttclid=b&_hsenc=c&_hsmi=d&srsltid=e&mkt_tok=f&ref_src=g": None,
    "?memory=1": plan(memory=True),
    "memory=true": plan(memory=True),
    "?memory=On&memory=1": plan(memory=True),
    "?memory=off": plan(),
    "?memory": plan(),
    "?app=datasette": plan(),
    "?app=fastapi": plan(app="fastapi"),
    "?memory=1&app=fastapi&url=b.db&url=a.db": plan("b.db", "a.db", memory=True, app="fastapi"),
    "?url=a.db&url=a.db&utm_medium=x": plan("a.db", "a.db"),
    "?%75rl=a.db": plan("a.db"),
    # Sources of all kinds stay in the order given; the others follow in an order of their own.
    "?memory=1&sql=s.sql&csv=c.csv&url=u.db&csv=b.csv&setting=b:2&config=c.yml&setting=a:1": mixed(
        ("sql", "s.sql"),
        ("csv", "c.csv"),
        ("url", "u.db"),
        ("csv", "b.csv"),
        ("config", "c.yml"),
        ("setting", "b:2"),
        ("setting", "a:1"),
        ("memory", "1"),
    ),
    "?data=d&xlsx=x.xlsx&parquet=p.parquet&json=j.json&tsv=t.tsv": mixed(
        ("data", "d"),
        ("xlsx", "x.xlsx"),
        ("parquet", "p.parquet"),
        ("json", "j.json"),
        ("tsv", "t.tsv"),
    ),
    "?metadata=https://h.example/%2F?a=1%26b=2&metadata=https://h.example/%2F?a=1%26b=2": mixed(
        ("metadata", "https://h.example/%2F?a=1&b=2")
    ),
    f"?file=my+data%40home.csv@{DIGITS.upper()}": mixed(("file", f"my data@home.csv@{DIGITS}")),
    f"?file=https://x%25/?a=1%26b=2@{DIGITS}": mixed(("file", f"https://x%/?a=1&b=2@{DIGITS}")),
    "?ref=+V1.0A40&memory=1": mixed(("ref", "1.0a40"), ("memory", "1")),
    "?ref=Pre": mixed(("ref", "pre")),
    "?ref=&memory=1": mixed(("memory", "1")),
    "?setting=Default_Page_Size:+50+&setting=default_page_size:50": mixed(
        ("setting", "default_page_size:50")
    ),
    "?setting=base_url:https://h/": mixed(("setting", "base_url:https://h/")),
    # Names are compared as package indexes do, and written in one way.
    "?install=Datasette_Vega&url=a.db&install=datasette--copyable&install=datasette.vega": mixed(
        ("url", "a.db"), ("install", "datasette-vega"), ("install", "datasette-copyable")
    ),
    "?install=a+[B,a_c]+>=+1.0,+!=1.5": mixed(("install", "a[a-c,b]>=1.0,!=1.5")),
    "?install=a%3E%3D1.0a2": mixed(("install", "a>=1.0a2")),
    "?install=https://h/%2F/a_b-1.0-py3-none-any.whl?x=1%26y=2": mixed(
        ("install", "https://h/%2F/a_b-1.0-py3-none-any.whl?x=1&y=2")
    ),
    f"?install=https%3A%2F%2Fh%2Fa-1.0-py3-none-any.whl%23sha256={DIGITS.upper()}": mixed(
        ("install", f"https://h/a-1.0-py3-none-any.whl#sha256={DIGITS}")
    ),
    "?install=https://github.com/o/r/blob/main/a-1.0-py3-none-any.whl": mixed(
        ("install", "https://raw.githubusercontent.com/o/r/main/a-1.0-py3-none-any.whl")
    ),
    "?install=plugins/a-1.0-py3-none-any.whl": mixed(("install", "plugins/a-1.0-py3-none-any.whl")),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.items())
def test_query_is_read(call: Call, query: str, expected: dict[str, Any] | None) -> None:
    assert call(PLAN, "parseQuery", query) == expected


# query: code, and words that must be in the message
REFUSED = {
    "?urll=x": ("unknown-option", "Did you mean url=?"),
    "?URL=x": ("unknown-option", "Did you mean url=?"),
    "?memry=1": ("unknown-option", "Did you mean memory=?"),
    "?colour=1": (
        "unknown-option",
        "The options are app, url, csv, tsv, json, parquet, sql, xlsx,",
    ),
    "?cvs=x": ("unknown-option", "Did you mean csv=?"),
    "?csv=a.csv&delimeter=;": ("unknown-option", "Did you mean delimiter=?"),
    "?q=x": ("unknown-option", "The options are"),
    "?=x": ("unknown-option", "The options are"),
    "?__proto__=x": ("unknown-option", "__proto__"),
    "?https://example.com/x.db": ("unknown-option", "Write ?data= before it."),
    "?url=https://h.example/e?f=csv&gid=0": ("unknown-option", "write the & as %26"),
    "?install=": ("bad-option", "neither the name of a package nor the address of a wheel"),
    "?install=a+b": ("bad-option", "It looks like install=datasette-vega"),
    "?install=a%3Bb": ("bad-option", "neither the name of a package"),
    "?install=git%2Bhttps://h/x": ("bad-option", "neither the name of a package"),
    "?install=https://h/x.zip": ("bad-option", "neither the name of a package"),
    "?install=https://u:p@h/a-1-py3-none-any.whl": ("bad-option", "user name or password"),
    "?install=a==1&install=a==2": ("bad-option", "install=a==1 is there too"),
    "?install=a&install=https://h/A-1-py3-none-any.whl": ("bad-option", "install=a is there too"),
    "?ref=main": ("bad-option", "It looks like ref=1.0a40"),
    "?ref=pre&ref=1.0a40": ("bad-option", "only one can be"),
    "?memory=2": ("bad-option", "Write memory=1 or leave it out."),
    "?memory=1&memory=2": ("bad-option", "on or off"),
    "?app=a&app=b": ("bad-option", "app=a is there too"),
    "?app=../x": ("bad-option", "no application of that name"),
    "?url=": ("bad-option", "it is empty"),
    "?url": ("bad-option", "it is empty"),
    "?url=example.com/x.db": ("bad-option", "Write https://example.com/x.db or"),
    "?url=example.com": ("bad-option", "Write https://example.com or"),
    "?url=data.example/x.db": ("bad-option", "./data.example/x.db"),
    "?url=example.com:8080/x.db": ("bad-option", "Write https://example.com:8080/x.db or"),
    "?url=b%C3%BCcher.example%2Fx.db": ("bad-option", "Write https://bücher.example/x.db or"),
    "?url=localhost:8001/x.db": ("bad-option", "Write http://localhost:8001/x.db or"),
    "?url=127.0.0.1/x.db": ("bad-option", "Write http://127.0.0.1/x.db or"),
    "?url=%5B::1%5D:80/x.db": ("bad-option", "Write http://[::1]:80/x.db or"),
    "?url=//example.com/x.db": ("bad-option", "Write https://example.com/x.db or"),
    "?url=https:/example.com/x.db": ("bad-option", "no host follows"),
    "?url=https://": ("bad-option", "no host follows"),
    "?url=https:///x.db": ("bad-option", "no host follows"),
    "?url=https://h.example:99999/x.db": ("bad-option", "not a valid address"),
    "?url=https://user:word@h.example/x.db": ("bad-option", "user name or password"),
    "?url=https%253A%252F%252Fh.example%252Fx.db": ("bad-option", "encoded twice"),
    "?url=ftp://h.example/x.db": ("bad-option", "cannot download from ftp: addresses"),
    "?url=javascript:alert(1)": ("bad-option", "cannot download from javascript: addresses"),
    "?url=file:///home/me/x.db": ("bad-option", "a file of your computer"),
    "?url=C:%5CUsers%5Cme%5Cx.db": ("bad-option", "a file of your computer"),
    "?url=data:application/octet-stream;base64": ("bad-option", "a comma before its data"),
    "?csv=": ("bad-option", "it is empty"),
    "?parquet=example.com/x.parquet": ("bad-option", "Write https://example.com/x.parquet or"),
    "?metadata=example.com/m": ("bad-option", "Write https://example.com/m or"),
    "?metadata=a.yml&metadata=b.yml": ("bad-option", "metadata=a.yml is there too"),
    "?file=people.csv": ("bad-option", "Choose the file on the start page"),
    f"?file=@{DIGITS}": ("bad-option", "it does not say which file it is"),
    f"?file=a.csv@{DIGITS}0": ("bad-option", "it does not say which file it is"),
    "?setting=facet_time_limit_ms=200": ("bad-option", "It looks like setting="),
    "?setting=:1": ("bad-option", "which setting has which value"),
    "?setting=a:1&setting=b:1&setting=a:2": ("bad-option", "setting=a:1 is there too"),
    # What is said of a source.
    "?table=people": ("bad-option", "Write it after its source: csv=https://…&table=…."),
    "?table=people&csv=a.csv": ("bad-option", "no source is in front of it"),
    "?memory=1&name=x": ("bad-option", "Write it after its source: url=https://…&name=…."),
    "?url=a.db&table=people": ("bad-option", "What can follow url= is name=, fetch=."),
    "?csv=a.csv&name=people": ("bad-option", "What can follow csv= is table=, pk=, delimiter=,"),
    "?sql=a.sql&table=people": ("bad-option", "What can follow sql= is encoding=."),
    "?json=a.json&delimiter=;": ("bad-option", "it says nothing about json=, the source in front"),
    "?url=https://h.example/q?a=1&table=x": ("bad-option", "write the & as %26"),
    "?csv=a.csv&table=a&csv=b.csv&table=b&table=c": ("bad-option", "table=b is there too"),
    "?csv=a.csv&table=a%0Ab": ("bad-option", "It is a name on one line."),
    "?csv=a.csv&delimiter=;;": ("bad-option", "It is one character or one of comma, semicolon"),
    "?csv=a.csv&delimiter=%22": ("bad-option", "It is one character"),
    "?csv=a.csv&delimiter=%0A": ("bad-option", "It is one character"),
    "?csv=a.csv&quote=%27%27": ("bad-option", "It is one character or none."),
    "?csv=a.csv&encoding=cp+1252": ("bad-option", "such as utf-8"),
    "?csv=a.csv&header=first": ("bad-option", "0 when there is none"),
    "?csv=a.csv&empty=text": ("bad-option", "It can only be null"),
    "?csv=a.csv&fts=,%20,": ("bad-option", "several with commas between"),
}


@pytest.mark.parametrize(("query", "code", "words"), [(q, *v) for q, v in REFUSED.items()])
def test_query_is_refused_with_advice(call: Call, query: str, code: str, words: str) -> None:
    with pytest.raises(JavaScriptError) as caught:
        call(PLAN, "parseQuery", query)
    assert (caught.value.name, caught.value.code) == ("OptionError", code)
    assert words in caught.value.message
    assert caught.value.message.startswith("Could not use ?")


def test_refused_app_comes_with_those_of_the_site(call: Call) -> None:
    apps = ["datasette", "fastapi"]
    assert call(PLAN, "parseQuery", "?app=fastapi", apps) == plan(app="fastapi")
    with pytest.raises(JavaScriptError, match="It has: datasette, fastapi"):
        call(PLAN, "parseQuery", "?app=flask", apps)


def test_message_about_a_long_value_stays_short(call: Call) -> None:
    with pytest.raises(JavaScriptError) as caught:
        call(PLAN, "parseQuery", "?url=" + "ftp:" + "x" * 100_000)
    assert len(caught.value.message) < 300


# What follows a source, and the settings that the worker is told.
SETTINGS = {
    "table=people": {"table": "people"},
    "table=%20pi%C3%B1a+%26+co%20": {"table": "piña & co"},
    "table=https://x/%2541": {"table": "https://x/%41"},
    "pk=a,b&fts=name,notes&drop=%22x,y%22,z": {
        "pk": "a,b",
        "fts": "name,notes",
        "drop": '"x,y",z',
    },
    "delimiter=;": {"delimiter": "semicolon"},
    "delimiter=Tab": {"delimiter": "tab"},
    "delimiter=\\t": {"delimiter": "tab"},
    "delimiter=%09": {"delimiter": "tab"},
    "delimiter=|": {"delimiter": "pipe"},
    "delimiter=+": {"delimiter": "space"},
    "delimiter=%C2%A6": {"delimiter": "¦"},
    "delimiter=%F0%9F%90%A7": {"delimiter": "🐧"},
    "quote='": {"quote": "'"},
    "quote=%22": {"quote": '"'},
    "quote=None": {"quote": "none"},
    "encoding=CP1252+": {"encoding": "cp1252"},
    "header=007": {"header": "7"},
    "header=no": {"header": "0"},
    "header=0": {"header": "0"},
    "empty=NULL": {"empty": "null"},
    "empty=": {},
    "table=&pk=&delimiter=&quote=&encoding=&header=&empty=&fts=&drop=": {},
    "fts=a&table=b&fts=a&memory=1&pk=c&fbclid=d": {"table": "b", "pk": "c", "fts": "a"},
}


@pytest.mark.parametrize(("written", "settings"), SETTINGS.items())
def test_setting_belongs_to_the_source_in_front(
    call: Call, written: str, settings: dict[str, str]
) -> None:
    read = call(PLAN, "parseQuery", f"?csv=a.csv&{written}&csv=b.csv&url=c.db&name=d")
    assert call(PLAN, "planSources", read) == [
        {"option": "csv", "value": "a.csv", "settings": settings},
        {"option": "csv", "value": "b.csv", "settings": {}},
        {"option": "url", "value": "c.db", "settings": {"name": "d"}},
    ]
    # Canonical: at once after the source, in one order.
    keys = [option["key"] for option in read["options"] if option["key"] != "memory"]
    assert keys == ["csv", *settings, "csv", "url", "name"]


# From the README of Datasette Lite: a link's query, and what it downloaded there.
RAW = "https://raw.githubusercontent.com"
OLD_LINKS = {
    f"?csv={quote(f'{RAW}/fivethirtyeight/data/master/fight-songs/fight-songs.csv', safe='')}": [
        ("csv", f"{RAW}/fivethirtyeight/data/master/fight-songs/fight-songs.csv")
    ],
    f"?csv={RAW}/nytimes/covid-19-data/master/us-counties.csv&csv={RAW}/simonw/c/main/p.csv": [
        ("csv", f"{RAW}/nytimes/covid-19-data/master/us-counties.csv"),
        ("csv", f"{RAW}/simonw/c/main/p.csv"),
    ],
    "?json=https://github.com/simonw/scrape-san-mateo-fire-dispatch/blob/main/incidents.json": [
        ("json", f"{RAW}/simonw/scrape-san-mateo-fire-dispatch/main/incidents.json")
    ],
    "?json=https://gist.github.com/simonw/7eacc70cd8b2868be0a18796cec078b9": [
        (
            "json",
            "https://gist.githubusercontent.com/simonw/7eacc70cd8b2868be0a18796cec078b9/raw",
        )
    ],
    "?url=https://latest.datasette.io/fixtures.db": [
        ("url", "https://latest.datasette.io/fixtures.db")
    ],
    "?parquet=https://github.com/Teradata/kylo/blob/master/samples/userdata1.parquet": [
        ("parquet", f"{RAW}/Teradata/kylo/master/samples/userdata1.parquet")
    ],
    "?sql=https%3A%2F%2Fgist.githubusercontent.com%2Fsimonw%2Fac4e%2Fraw%2F90d3%2Fdemo.sql": [
        ("sql", "https://gist.githubusercontent.com/simonw/ac4e/raw/90d3/demo.sql")
    ],
    "?csv=https://docs.google.com/spreadsheets/d/1wZhPLMCHKJvwOkP4juclhj/export?format=csv": [
        ("csv", "https://docs.google.com/spreadsheets/d/1wZhPLMCHKJvwOkP4juclhj/export?format=csv")
    ],
    "?memory=1": [],
    "?analytics=off&metadata=https://h.example/m.yml": [],
}


@pytest.mark.parametrize(("query", "downloads"), OLD_LINKS.items())
def test_link_of_the_earlier_datasette_lite_asks_for_the_same_files(
    call: Call, query: str, downloads: list[tuple[str, str]]
) -> None:
    sources = call(PLAN, "planSources", call(PLAN, "parseQuery", query))
    assert [
        (
            source["option"],
            call("shared/source-url.js", "fetchableUrl", source["value"], source["option"]),
        )
        for source in sources
    ] == downloads
    assert all(source["settings"] == {} for source in sources)


def test_settings_of_datasette_lites_forks_are_read(call: Call) -> None:
    """simonw/datasette-lite#73: `fts` and `drop` after the one source."""
    page = "https://github.com/GLAM-Workbench/trove/blob/main/trove-oral-histories.csv"
    read = call(PLAN, "parseQuery", f"?csv={page}&fts=title&drop=publisher")
    settings = {"fts": "title", "drop": "publisher"}
    assert call(PLAN, "planSources", read) == [
        {"option": "csv", "value": page, "settings": settings}
    ]


def test_plan_is_made_of_sources(call: Call) -> None:
    sources = [
        {"option": "csv", "value": "a.csv", "settings": {"fts": "x", "delimiter": "\t"}},
        {"option": "file", "value": f"b.db@{DIGITS}"},
    ]
    others = [{"key": "memory", "value": "on"}]
    made = call(PLAN, "planOf", sources, others)
    assert made == mixed(
        ("csv", "a.csv"),
        ("delimiter", "tab"),
        ("fts", "x"),
        ("file", f"b.db@{DIGITS}"),
        ("memory", "1"),
    )
    with pytest.raises(JavaScriptError, match="What can follow url="):
        call(PLAN, "planOf", [{"option": "url", "value": "a.db", "settings": {"pk": "id"}}])


# Pathname under the scope: what parsePath makes of it.
PATHS: dict[str, dict[str, Any] | None] = {
    "/x/y/": None,
    "/x/y/app": None,
    "/app/fixtures": None,
    "/x/y/application/": None,
    "/x/y/app/": {"plan": None, "segment": "", "prefix": "/x/y/app/", "path": "/"},
    "/x/y/app/fixtures/a~2Fb": {
        "plan": None,
        "segment": "",
        "prefix": "/x/y/app/",
        "path": "/fixtures/a~2Fb",
    },
    "/x/y/app//url=a.db/": {
        "plan": None,
        "segment": "",
        "prefix": "/x/y/app/",
        "path": "//url=a.db/",
    },
    "/x/y/app/memory=1": {
        "plan": plan(memory=True),
        "segment": "memory=1",
        "prefix": "/x/y/app/memory=1/",
        "path": "/",
    },
    "/x/y/app/url=https:~2F~2Fexample.com~2Ffixtures.db&memory=1/fixtures/%2F~2F+%25/": {
        "plan": plan("https://example.com/fixtures.db", memory=True),
        "segment": "url=https:~2F~2Fexample.com~2Ffixtures.db&memory=1",
        "prefix": "/x/y/app/url=https:~2F~2Fexample.com~2Ffixtures.db&memory=1/",
        "path": "/fixtures/%2F~2F+%25/",
    },
    # Asks for nothing: the site's own plan, under an address that is not the canonical one.
    "/x/y/app/memory=off/a": {
        "plan": None,
        "segment": "memory=off",
        "prefix": "/x/y/app/memory=off/",
        "path": "/a",
    },
    # Percent-encoded by a program on the way, or typed by hand.
    "/x/y/app/url=https%3A%7E2F%7e2Fh.example%7E2Fa%2Fb.db%26memory%3D1/a": {
        "plan": plan("https://h.example/a/b.db", memory=True),
        "segment": "url=https%3A%7E2F%7e2Fh.example%7E2Fa%2Fb.db%26memory%3D1",
        "prefix": "/x/y/app/url=https%3A%7E2F%7e2Fh.example%7E2Fa%2Fb.db%26memory%3D1/",
        "path": "/a",
    },
    # Escaped by a template that writes an address into a script.
    "/x/y/app/url=a.db&amp;memory=1/b": {
        "plan": plan("a.db", memory=True),
        "segment": "url=a.db&amp;memory=1",
        "prefix": "/x/y/app/url=a.db&amp;memory=1/",
        "path": "/b",
    },
}


@pytest.mark.parametrize(("path", "expected"), PATHS.items())
def test_path_is_taken_apart(call: Call, path: str, expected: dict[str, Any] | None) -> None:
    assert call(PLAN, "parsePath", path, SCOPE) == expected


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        ("table=x", "bad-option"),
        ("url=https:~2F~2Fexample.com~2", "bad-plan"),
        ("url=a~FF.db", "bad-plan"),
        ("url=a~zz.db", "bad-plan"),
        ("url=", "bad-option"),
        ("url=example.com~2Fx.db", "bad-option"),
        ("colour=red", "unknown-option"),
        ("a=b", "unknown-option"),
        ("=", "unknown-option"),
    ],
)
def test_damaged_segment_is_refused(call: Call, segment: str, code: str) -> None:
    with pytest.raises(JavaScriptError) as caught:
        call(PLAN, "parsePath", f"{SCOPE}app/{segment}/db", SCOPE)
    assert (caught.value.name, caught.value.code) == ("OptionError", code)


SEGMENTS = {
    "": plan(),
    "memory=1": plan(memory=True),
    "app=fastapi": plan(app="fastapi"),
    "url=https:~2F~2Fexample.com~2Ffixtures.db": plan("https://example.com/fixtures.db"),
    "url=..": plan(".."),
    "url=~7E+~25~2B~26~3D~23~3F~21~27~28~29~2A-_.:": plan("~ %+&=#?!'()*-_.:"),
    "app=fastapi&url=~F0~9F~90~A7&url=a.db&memory=1": plan(
        "🐧", "a.db", memory=True, app="fastapi"
    ),
    "csv=a.csv&table=a~26b&delimiter=semicolon&fts=x~2Cy&url=b.db&csv=c.csv&memory=1": mixed(
        ("memory", "1"),
        ("csv", "a.csv"),
        ("fts", "x,y"),
        ("delimiter", "semicolon"),
        ("table", "a&b"),
        ("url", "b.db"),
        ("csv", "c.csv"),
    ),
    f"file=my+data.csv~40{DIGITS}": mixed(("file", f"my data.csv@{DIGITS}")),
    "metadata=m.yml&setting=a:1": mixed(("setting", "a:1"), ("metadata", "m.yml")),
}


@pytest.mark.parametrize(("segment", "written"), SEGMENTS.items())
def test_plan_is_written_as_one_segment(call: Call, segment: str, written: Any) -> None:
    assert call(PLAN, "planSegment", written) == segment


def test_address_in_the_segment_reads_as_datasette_would_decode_it(call: Call) -> None:
    address = "https://h.example/a b/~.%2F?x=é&y=🐧+'()*!#:-_"
    segment = call(PLAN, "planSegment", plan(address))
    assert unquote_plus(segment.removeprefix("url=").replace("~", "%")) == address


CONFIGS = [
    ({}, plan()),
    ({"url": ["vendor/demo/fixtures.db"]}, plan("vendor/demo/fixtures.db")),
    ({"url": "https://h.example/a%2Fb+c.db"}, plan("https://h.example/a%2Fb+c.db")),
    ({"memory": "1", "app": "fastapi"}, plan(memory=True, app="fastapi")),
    ({"memory": True, "url": ["b.db", "a.db"]}, plan("b.db", "a.db", memory=True)),
    ({"csv": ["a.csv"], "url": "b.db"}, mixed(("csv", "a.csv"), ("url", "b.db"))),
    ({"sources": []}, plan()),
    # What the site's owner says of plugins in general is no option.
    ({"plugins": {"allow": "verified"}, "install": ["a"]}, mixed(("install", "a"))),
    (
        {
            "setting": ["a:1", "b:2"],
            "url": "a.db",
            "sources": [
                {
                    "table": "people",
                    "csv": "b.csv",
                    "header": False,
                    "fts": ["name", 'a,"b'],
                    "pk": [],
                },
                {"data": "c", "drop": "x,y"},
            ],
            "metadata": "m.json",
        },
        mixed(
            ("url", "a.db"),
            ("csv", "b.csv"),
            ("table", "people"),
            ("header", "0"),
            ("fts", 'name,"a,""b"'),
            ("data", "c"),
            ("drop", "x,y"),
            ("metadata", "m.json"),
            ("setting", "a:1"),
            ("setting", "b:2"),
        ),
    ),
]


@pytest.mark.parametrize(("json", "expected"), CONFIGS)
def test_config_is_read_as_it_stands(call: Call, json: object, expected: object) -> None:
    assert call(PLAN, "parseConfig", json) == expected


@pytest.mark.parametrize(
    ("json", "code"),
    [
        (None, "bad-plan"),
        ([], "bad-plan"),
        ("url", "bad-plan"),
        ({"url": None}, "bad-option"),
        ({"url": [["a.db"]]}, "bad-option"),
        ({"url": {"a": 1}}, "bad-option"),
        ({"url": "example.com/x.db"}, "bad-option"),
        ({"urls": "a.db"}, "unknown-option"),
        ({"csv": "a.csv", "table": "people"}, "bad-option"),
        ({"csv": [{"csv": "a.csv"}]}, "bad-option"),
        ({"sources": "a.csv"}, "bad-option"),
        ({"sources": [{"table": "people"}]}, "bad-option"),
        ({"sources": [{"csv": "a.csv", "url": "b.db"}]}, "bad-option"),
        ({"sources": [{"csv": ["a.csv", "b.csv"]}]}, "bad-option"),
        ({"sources": [{"csv": "a.csv", "table": ["a", "b"]}]}, "bad-option"),
        ({"sources": [{"csv": "a.csv", "fts": ["a", 1]}]}, "bad-option"),
        ({"sources": [{"url": "a.db", "table": "people"}]}, "bad-option"),
        ({"sources": [{"csv": "a.csv", "tabel": "people"}]}, "unknown-option"),
    ],
)
def test_bad_config_names_the_file(call: Call, json: object, code: str) -> None:
    with pytest.raises(JavaScriptError, match=re.escape("lite.json")) as caught:
        call(PLAN, "parseConfig", json)
    assert caught.value.code == code


# An old fragment, and what follows the plan's prefix.
FRAGMENTS = {
    "": "/",
    "#": "/",
    "#main": "/",
    "#/": "/",
    "#/fixtures": "/fixtures",
    "#/data/incidents": "/data/incidents",
    "#/db/table?_facet=x&_sort=a%26b": "/db/table?_facet=x&_sort=a%26b",
    "#/db/a~2Fb/1?url=https://h/x": "/db/a~2Fb/1?url=https://h/x",
    "#/db?sql=select%0A++%5Ba%5D+%2B+1": "/db?sql=select%0A++%5Ba%5D+%2B+1",
    "#/db/%C3%A9%2F%20": "/db/%C3%A9%2F%20",
    "#/db/table#row": "/db/table#row",
    "#/../../../evil": "/evil",
    "#/a/%2e%2e/%2E./b": "/b",
    "#//evil.example/x": "//evil.example/x",
    "#/\\evil.example": "//evil.example",
}


@pytest.mark.parametrize(("fragment", "after"), FRAGMENTS.items())
def test_old_fragment_becomes_an_app_path(call: Call, fragment: str, after: str) -> None:
    assert call(PLAN, "appPath", SCOPE, None, fragment) == f"/x/y/app{after}"
    assert call(PLAN, "appPath", "/", plan("a.db"), fragment) == f"/app/url=a.db{after}"


def test_fragment_cannot_bring_a_plan_of_its_own(call: Call) -> None:
    path = call(PLAN, "appPath", SCOPE, None, "#/url=a.db/b=c?d=e")
    assert path == "/x/y/app/url%3Da.db/b=c?d=e"


TITLES = [
    ("Datasette", plan()),
    ("fastapi", plan(app="fastapi")),
    ("in-memory database", plan(memory=True)),
    ("fixtures.db", plan("https://h.example/x/fixtures.db?v=1", memory=True)),
    ("fixtures.db + 2 more", plan("fixtures.db", "a.db", "b.db")),
    ("a.db", plan("https://github.com/o/r/blob/main/a.db")),
    ("people.csv", mixed(("csv", "https://h.example/people.csv"), ("fts", "name"))),
    ("people + 1 more", mixed(("csv", "a.csv"), ("table", "people"), ("url", "b.db"))),
    ("my data@home.csv", mixed(("file", f"my data@home.csv@{DIGITS}"))),
    ("sheet", mixed(("xlsx", "https://docs.google.com/spreadsheets/d/abc/edit"))),
    ("Datasette", mixed(("metadata", "m.yml"))),
]


@pytest.mark.parametrize(("title", "of"), TITLES)
def test_plan_has_a_short_title(call: Call, title: str, of: object) -> None:
    assert call(PLAN, "describePlan", of) == title


# Lone surrogates travel as numbers: Python's own strings cannot cross into the page with them.
PROPERTIES = """async (cases) => {
  const { appPath, parseConfig, parsePath, parseQuery, planOf, planQuery, planSegment, planSources }
    = await import('/loader/shared/plan.js');
  const text = (units) => String.fromCharCode(...units);
  const texts = (values) =>
    Object.fromEntries(Object.entries(values).map(([name, units]) => [name, text(units)]));
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const broken = [];
  for (const { app, sources, others, memory, fragment } of cases) {
    const flags = { memory: memory ? '1' : 'off', app };
    const config = { sources: sources.map(texts), ...texts(others), ...flags };
    const plan = parseConfig(config);
    const segment = planSegment(plan);
    const query = planQuery(plan);
    const path = '/x/y/app/' + segment + '/db/table';
    const pairs = [['app', app], ...plan.options.map(({ key, value }) => [key, value])];
    const inApp = appPath('/x/y/', plan, '#/' + text(fragment));
    const kept = planSources(plan)
      .map(({ option, settings }) => [option, ...Object.keys(settings)].sort());
    const rest = plan.options.slice(kept.flat().length);
    const claims = {
      kept: same(kept, sources.map((source) => Object.keys(source).sort())),
      othersKept: rest.length === Object.keys(others).length + Number(memory),
      path: same(parsePath(path, '/x/y/').plan, plan),
      rest: parsePath(path, '/x/y/').path === '/db/table',
      query: same(parseQuery(query), plan),
      form: same(parseQuery('?' + new URLSearchParams(pairs)), plan),
      made: same(planOf(planSources(plan), [{ key: 'app', value: app }, ...rest]), plan),
      again: planSegment(parsePath(path, '/x/y/').plan) === segment,
      anyOrder: planSegment(parseConfig(Object.fromEntries(Object.entries(config).reverse())))
        === segment,
      alphabet: /^[A-Za-z0-9_.:~+=&-]+$/.test(segment) && /[^.]/.test(segment),
      untouchedByUrl: new URL('https://h' + path).pathname === path
        && new URL('https://h/' + query).search === query,
      within: parsePath(new URL('https://h' + inApp).pathname, '/x/y/').segment === segment,
    };
    for (const [claim, holds] of Object.entries(claims)) {
      if (!holds) broken.push([claim, config, segment, query]);
    }
  }
  return broken.slice(0, 5);
}"""

HOSTILE = [
    *" %+&=#?~/\\.:;,'\"<>[]{}|^`@!$*()-_\t\n\r\0\x7f",
    *["..", "/../", "%2F", "%2f", "%2e%2e", "%26", "%26a=b", "%", "%%", "%zz", "%FF", "~2F", "~"],
    *["&url=", "?url=", "#/db", "https://", "https%3A%2F%2F", "data:,", "é", "🐧", "\u2028"],
    *["\ufeff", "\ud800", "\udc00", "\udc00\ud800", "a", "Z", "0", "db", ".db", ".sqlite3"],
]
BEGINNINGS = [
    "https://h.example/",
    "http://h.example:8/?",
    "data:,",
    "./",
    "HTTPS://x/#",
    "data:;base64,",
]


def units(text: str) -> list[int]:
    """UTF-16 code units, as JavaScript counts."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    return [encoded[i] + 256 * encoded[i + 1] for i in range(0, len(encoded), 2)]


ADDRESSED = ["url", "csv", "tsv", "json", "parquet", "sql", "xlsx", "data"]
NAMES = {"url": ["name"], "sql": [], "data": ["name", "table"], "file": ["name", "table"]}
COLUMNS = ["pk", "fts", "drop"]
DELIMITERS = [*"&=+%~#/\\?'.:;,|<é🐧", "\t", "tab", "comma"]


def hostile_plans(count: int, seed: int) -> list[dict[str, Any]]:
    """Plans whose every value parseConfig must accept."""
    rng = random.Random(seed)

    def junk(most: int) -> str:
        return "".join(rng.choices(HOSTILE, k=rng.randrange(most)))

    def line() -> str:
        """Something to see, without control characters."""
        return re.sub(r"[\x00-\x1f\x7f]", "", junk(12)) + "x"

    def path() -> str:
        """What an address may hold in front of its query."""
        return re.sub(r"[#?]", "", junk(12))

    def source(most: int) -> dict[str, list[int]]:
        kind = rng.choice([*ADDRESSED, "file"])
        value = "x" + junk(most) + "@" + DIGITS
        if kind != "file":
            value = rng.choice(BEGINNINGS) + junk(most)
        settings = {name: line() for name in NAMES.get(kind, ["table"])}
        if kind not in ("url", "sql"):
            settings |= {name: junk(12) + "x" for name in COLUMNS}
        if kind in ("csv", "tsv", "data", "file"):
            settings |= {"delimiter": rng.choice(DELIMITERS), "header": "3", "empty": "null"}
        chosen = {name: value for name, value in settings.items() if rng.random() < 0.4}
        return {name: units(value) for name, value in [(kind, value), *chosen.items()]}

    plans = []
    for number in range(count):
        most = 4000 if number % 50 == 0 else 30
        others = {
            "metadata": rng.choice(BEGINNINGS) + junk(12),
            "config": rng.choice(BEGINNINGS) + junk(12),
            "setting": "template_debug:" + junk(12),
            "install": f"https://h.example/{path()}/a-1.0-py3-none-any.whl",
        }
        plans.append(
            {
                "app": rng.choice(["datasette", "fastapi"]),
                "sources": [source(most) for _ in range(rng.randrange(1, 4))],
                "others": {name: units(v) for name, v in others.items() if rng.random() < 0.2},
                "memory": rng.random() < 0.3,
                "fragment": units(junk(12)),
            }
        )
    return plans


def test_hostile_plans_survive_every_way_of_writing(blank_page: BlankPage) -> None:
    assert blank_page.evaluate(PROPERTIES, hostile_plans(400, seed=20240601)) == []


def test_form_encoding_of_python_is_read_too(call: Call) -> None:
    address = "https://h.example/a b%2Fc+d&e=f#g?h~é🐧"
    query = urlencode([("url", address), ("memory", "1")])
    assert call(PLAN, "parseQuery", "?" + query) == plan(address, memory=True)


def test_four_thousand_characters_round_trip(call: Call) -> None:
    address = "https://h.example/" + "é%2F~ &" * 570 + "/.."
    segment = call(PLAN, "planSegment", plan(address))
    assert len(address) > 4000
    assert call(PLAN, "parsePath", f"/app/{segment}/x", "/")["plan"] == plan(address)


def test_every_option_has_help_and_a_name_of_its_own(blank_page: BlankPage) -> None:
    options = blank_page.evaluate("async () => (await import('/loader/shared/plan.js')).OPTIONS")
    names = [option["name"] for option in options]
    assert names == [
        "app",
        *["url", "csv", "tsv", "json", "parquet", "sql", "xlsx", "data", "file"],
        *["metadata", "config", "templates", "install", "ref", "setting", "memory", "analytics"],
    ]
    assert all(option["help"].endswith(".") for option in options)


def test_every_setting_of_a_source_is_explained_and_known_to_the_importer(
    blank_page: BlankPage,
) -> None:
    settings = blank_page.evaluate(
        "async () => (await import('/loader/shared/source-settings.js'))"
        ".SETTINGS.map(({ name, help }) => ({ name, help }))"
    )
    names = {setting["name"] for setting in settings}
    assert names - {"name", "fetch"} == set(SETTING_NAMES)
    assert all(setting["help"].endswith(".") for setting in settings)
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f"| `&{name}=" in readme for name in names)
