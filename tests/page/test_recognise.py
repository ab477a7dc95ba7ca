"""loader/shared/recognise.js: what was pasted into the launcher's field."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

MODULE = "shared/recognise.js"
SITE = "https://site.example/x/y/"
Call = Callable[..., Any]


def options(*pairs: tuple[str, str]) -> dict[str, Any]:
    """A plan."""
    return {"app": "datasette", "options": [{"key": key, "value": value} for key, value in pairs]}


# What was pasted: the option that opens it, and the whole link.
LINKS = {
    "https://h.example/fixtures.db": ("url", "https://h.example/fixtures.db"),
    "https://h.example/a.SQLite3?v=1": ("url", "https://h.example/a.SQLite3?v=1"),
    " <https://h.example/a.csv>\n": ("csv", "https://h.example/a.csv"),
    "“https://h.example/a.csv.gz”": ("csv", "https://h.example/a.csv.gz"),
    "https://h.example/my file.tsv": ("tsv", "https://h.example/my file.tsv"),
    "https://h.example/a.tab": ("tsv", "https://h.example/a.tab"),
    "https://h.example/a.json": ("json", "https://h.example/a.json"),
    "https://h.example/a.ndjson.zip": ("json", "https://h.example/a.ndjson.zip"),
    "https://h.example/a.jsonl": ("json", "https://h.example/a.jsonl"),
    "https://h.example/a.geojson": ("json", "https://h.example/a.geojson"),
    "https://h.example/a.b.parquet": ("parquet", "https://h.example/a.b.parquet"),
    "https://h.example/a.sql": ("sql", "https://h.example/a.sql"),
    "https://h.example/a.xlsx": ("xlsx", "https://h.example/a.xlsx"),
    # Its content decides.
    "https://h.example/a.db.gz": ("data", "https://h.example/a.db.gz"),
    "https://h.example/a.zip": ("data", "https://h.example/a.zip"),
    "https://h.example/download?id=7&file=.db": (
        "data",
        "https://h.example/download?id=7&file=.db",
    ),
    "https://h.example/data.txt": ("data", "https://h.example/data.txt"),
    "https://h.example/csv": ("data", "https://h.example/csv"),
    "https://docs.google.com/spreadsheets/d/1wZhPLMCHKJvwOkP4juclhj/edit": (
        "data",
        "https://docs.google.com/spreadsheets/d/1wZhPLMCHKJvwOkP4juclhj/edit",
    ),
    # Without a scheme, as the address bar takes it.
    "github.com/o/r/blob/main/a.csv": ("csv", "https://github.com/o/r/blob/main/a.csv"),
    "localhost:8001/a.db": ("url", "http://localhost:8001/a.db"),
    "[::1]:8001/a.db": ("url", "http://[::1]:8001/a.db"),
    "http://localhost/a.db": ("url", "http://localhost/a.db"),
    "data:text/csv,a,b": ("csv", "data:text/csv,a,b"),
    "data:application/json;base64,W10=": ("json", "data:application/json;base64,W10="),
    "data:;base64,AAAA": ("data", "data:;base64,AAAA"),
    "https://github.com/o/r/releases/download/v1/a.db": (
        "url",
        "https://github.com/o/r/releases/download/v1/a.db",
    ),
    # Another site may use ?url= for something else.
    "https://h.example/proxy?url=a.csv": ("data", "https://h.example/proxy?url=a.csv"),
}


@pytest.mark.parametrize(("text", "option", "url"), [(t, *v) for t, v in LINKS.items()])
def test_link_is_recognised(call: Call, text: str, option: str, url: str) -> None:
    assert call(MODULE, "recognise", text, SITE) == {
        "kind": "link",
        "option": option,
        "url": url,
        "plan": options((option, url)),
    }


@pytest.mark.parametrize("between", [" ", "\n", "\r\n  "])
def test_several_links_are_sources_of_one_plan(call: Call, between: str) -> None:
    text = between.join(["https://h.example/b.csv", "https://h.example/a.db"])
    found = call(MODULE, "recognise", text, SITE)
    assert found["kind"] == "links"
    assert found["links"] == [
        {"option": "csv", "url": "https://h.example/b.csv"},
        {"option": "url", "url": "https://h.example/a.db"},
    ]
    assert found["plan"] == options(
        ("csv", "https://h.example/b.csv"), ("url", "https://h.example/a.db")
    )


PASTED = {
    "name,age\nAnna,7": "csv",
    "name;age\r\nÅsa;7\r\n": "csv",
    "name,link\nAnna,https://h.example/": "csv",
    "name\nAnna\nBert": "csv",
    '"a b",c\n1,2': "csv",
    "name\tage\nAnna\t7": "tsv",
    '[{"a": 1}]': "json",
    '[{"a":1}]': "json",
    '{"a":{"b":1}}': "json",
    ' {"a": 1}\n{"a": 2}\n': "json",
    "create table t (a);": "sql",
    "-- mine\n/* all */ CREATE TEMP TABLE t (a)": "sql",
    "insert or ignore into t values (1)": "sql",
    "/* x */ begin transaction; pragma user_version = 1": "sql",
}


@pytest.mark.parametrize(("text", "data_format"), PASTED.items())
def test_data_is_recognised(call: Call, text: str, data_format: str) -> None:
    found = call(MODULE, "recognise", text, SITE)
    assert (found["kind"], found["format"]) == ("pasted", data_format)
    assert found["plan"] == options((data_format, found["dataUrl"]))
    head, _, packed = found["dataUrl"].partition(";base64,")
    assert head.startswith(("data:text/", "data:application/"))
    assert base64.b64decode(packed).decode("utf-8") == text


def test_data_too_long_for_a_link_is_still_recognised(call: Call) -> None:
    rows = "é,1\n" * 800
    assert len(rows.encode()) == 4000
    assert call(MODULE, "recognise", rows, SITE)["dataUrl"] is not None
    assert call(MODULE, "recognise", rows + "x", SITE) == {
        "kind": "pasted",
        "format": "csv",
        "dataUrl": None,
        "plan": None,
    }


@pytest.mark.parametrize(
    ("text", "kind", "href"),
    [
        (
            "https://lite.datasette.io/?csv=a.csv&fts=b#/data/a?_sort=c",
            "old-link",
            "/x/y/?csv=a.csv&fts=b#/data/a?_sort=c",
        ),
        (
            "https://glam-workbench.net/datasette-lite/?url=https://h.example/a.db",
            "old-link",
            "/x/y/?url=https://h.example/a.db",
        ),
        (f"{SITE}?memory=1", "old-link", "/x/y/?memory=1"),
        (
            "https://other.example/z/app/csv=a.csv&table=b/data/b?c=%2F#d",
            "app-link",
            "/x/y/app/csv=a.csv&table=b/data/b?c=%2F#d",
        ),
        (f"{SITE}app/fixtures", "app-link", "/x/y/app/fixtures"),
    ],
)
def test_link_to_a_visit_leads_to_the_same_here(
    call: Call, text: str, kind: str, href: str
) -> None:
    found = call(MODULE, "recognise", text, SITE)
    assert (found["kind"], found["href"]) == (kind, href)


def test_link_keeps_the_end_of_an_address_in_it(call: Call) -> None:
    sheet = "https://docs.google.com/spreadsheets/d/ID/edit#gid=7"
    found = call(MODULE, "recognise", f"{SITE}?csv={sheet}", SITE)
    assert found["href"] == f"/x/y/?csv={sheet}"
    assert found["plan"]["options"] == [{"key": "csv", "value": sheet}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C:\\My Data\\a.db", "Choose the file, or drop it here."),
        ("/home/me/a.db", "Choose the file, or drop it here."),
        ("file:///home/me/a.db", "Choose the file, or drop it here."),
        ("s3://bucket/a.db", "A browser cannot download from s3:// addresses."),
        ("http://h.example/a.db", "with https:// in front"),
        ("https://a.example/a.db http://h.example/a.db", "with https:// in front"),
        ("https://me:word@h.example/a.db", "user name or password"),
        ("https://lite.datasette.io/?csv=a.csv&name=b", "What can follow csv= is"),
        ('{"a": 1,}', "looks like JSON, but is damaged"),
        ('{"a": 1}\n{"a": 2', "looks like JSON, but is damaged"),
        ("<html>\n<p>a", "This is HTML or XML."),
    ],
)
def test_what_cannot_be_opened_is_refused_with_the_reason(
    call: Call, text: str, words: str
) -> None:
    found = call(MODULE, "recognise", text, SITE)
    assert found["kind"] == "refused"
    assert words in found["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "h",
        "htt",
        "https://",
        "https://h",
        "data:",
        "two words",
        "a,b,c",
        "{",
        "[",
        "select 1",
    ],
)
def test_nothing_is_said_while_somebody_types(call: Call, text: str) -> None:
    assert call(MODULE, "recognise", text, SITE) is None


def test_every_beginning_of_a_link_can_be_typed(call: Call) -> None:
    link = "https://h.example/a b.csv.gz?x=[1]#y"
    for length in range(len(link)):
        found = call(MODULE, "recognise", link[:length], SITE)
        assert found is None or found["kind"] == "link", (link[:length], json.dumps(found))
