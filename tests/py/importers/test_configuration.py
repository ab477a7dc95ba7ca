"""?metadata= and ?config=, and what they make pages load."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from datasette.app import Datasette

from datasette_lite.errors import DataError
from datasette_lite.importers.configuration import configuration_of, parse_config
from datasette_lite.importers.foreign_code import code_texts, code_urls, without_code

#: As it was before Datasette 1.0: everything in one file.
METADATA = """
title: All about trees
about_url: https://h/about
extra_css_urls: [https://h/style.css]
extra_js_urls:
- url: https://h/script.js
  module: true
- /-/static/ours.js
plugins:
  datasette-cluster-map: {latitude_column: lat}
databases:
  data:
    description: Trees
    description_html: <b>Trees</b>
    allow_sql: {id: root}
    queries:
      tall: select * from trees where height > :height
      short:
        sql: select 1
        title: Short
    tables:
      trees:
        title: The trees
        columns: {height: In metres}
        sort_desc: height
        facets: [kind]
        hidden: false
  2024:
    tables:
"""


def test_every_key_goes_where_datasette_looks_for_it() -> None:
    found = configuration_of([parse_config(METADATA, "metadata.yaml")])
    assert found.metadata == {
        "title": "All about trees",
        "about_url": "https://h/about",
        "databases": {
            "data": {
                "description": "Trees",
                "description_html": "<b>Trees</b>",
                "tables": {"trees": {"title": "The trees", "columns": {"height": "In metres"}}},
            }
        },
    }
    assert set(found.config) == {"extra_css_urls", "extra_js_urls", "plugins", "databases"}
    data = found.config["databases"]["data"]
    assert set(data) == {"allow_sql", "queries", "tables"}
    assert data["tables"] == {"trees": {"sort_desc": "height", "facets": ["kind"], "hidden": False}}


def test_datasette_understands_the_result() -> None:
    async def ask() -> tuple[dict[str, Any], dict[str, Any], int]:
        found = configuration_of([parse_config(METADATA, "metadata.yaml")])
        datasette = Datasette([], memory=True, metadata=found.metadata, config=found.config)
        database = datasette.add_memory_database("trees", name="data")
        await database.execute_write("create table trees (height integer, kind text)")
        await datasette.invoke_startup()
        page = await datasette.client.get("/data.json")
        tall = await datasette.client.get("/data/tall.json?height=2")
        return dict(await datasette.get_instance_metadata()), page.json(), tall.status_code

    metadata, page, status = asyncio.run(ask())
    assert metadata["title"] == "All about trees"
    assert {query["name"] for query in page["queries"]} == {"tall", "short"}
    assert status == 200


def test_settings_are_apart() -> None:
    found = configuration_of([{"settings": {"default_page_size": 5}, "title": "x"}])
    assert (found.settings, found.config) == ({"default_page_size": 5}, {})


def test_later_files_hold() -> None:
    first = {"title": "a", "databases": {"d": {"tables": {"t": {"size": 5, "title": "t"}}}}}
    second = {"title": "b", "databases": {"d": {"tables": {"t": {"size": 6}}}}}
    found = configuration_of([first, second])
    assert found.metadata["title"] == "b"
    assert found.metadata["databases"]["d"]["tables"]["t"] == {"title": "t"}
    assert found.config["databases"]["d"]["tables"]["t"] == {"size": 6}


def test_no_files_are_no_configuration() -> None:
    found = configuration_of([])
    assert (found.metadata, found.config, found.settings) == ({}, {}, {})


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "é"}',
        '\ufeff{"title": "é"}',
        "title: é",
        "# YAML\ntitle: é\n",
        '{"title": "é",} # JSON of sorts',
        "{title: é}",
    ],
)
def test_json_and_yaml_are_read(text: str) -> None:
    assert parse_config(text, "metadata") == {"title": "é"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{\n "title": oops\n "x": 1}', "it is not valid JSON, at line 2, column 11"),
        ("title: a\n  b: [\n", "it is not valid YAML, at line 2, column 4"),
        ("- a\n- b\n", "it does not consist of keys and values"),
        ("just words", "it does not consist of keys and values"),
        ("", "it does not consist of keys and values"),
        ("databases: [a]", "databases does not consist of keys and values"),
        ("databases: {d: {tables: {t: 5}}}", "databases.d.tables.t does not consist"),
        ("databases: {d: {queries: [q]}}", "databases.d.queries does not consist"),
        ("allow: root", "allow has to be true, false or who it is"),
        ("allow: {id: [[root]]}", "allow has to be true, false or who it is"),
        ("permissions: 5", "permissions has to be names of permissions"),
        ("permissions: {view-table: root}", "permissions has to be names of permissions"),
        ("extra_js_urls: 5", "extra_js_urls has to be a list of addresses"),
        ("databases: {d: {allow_sql: root}}", "databases.d.allow_sql has to be true"),
        ("databases: {d: {queries: {q: }}}", "databases.d.queries.q has to be SQL"),
        ("databases: {d: {queries: {q: {title: a}}}}", "databases.d.queries.q.sql has to be"),
        (
            "databases: {d: {queries: {q: {sql: select 1, title: []}}}}",
            "databases.d.queries.q.title has to be a text",
        ),
        (
            "databases: {d: {tables: {t: {columns: {a: [b]}}}}}",
            "databases.d.tables.t.columns.a has to be a text",
        ),
        (
            "databases: {d: {tables: {t: {column_types: {a: 5}}}}}",
            "databases.d.tables.t.column_types.a has to be the name of a type",
        ),
        (
            "databases: {d: {tables: {t: {facets: [{a: b, c: d}]}}}}",
            "databases.d.tables.t.facets has to be a list of columns",
        ),
        (
            "databases: {d: {tables: {t: {sort: [a]}}}}",
            "databases.d.tables.t.sort has to be a text",
        ),
        ("a: &a\n  b: *a\n", "or holds itself"),
        ('{"a": ' * 200 + "1" + "}" * 200, "it has more than 100 levels"),
        ("[" * 100_000, "it has more than 100 levels"),
    ],
)
def test_mistakes_are_placed(text: str, part: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_config(text, "metadata.json" if text.startswith("{") else "metadata.yaml")
    assert caught.value.code == "bad-config"
    assert part in caught.value.message


def test_a_web_page_is_no_configuration() -> None:
    with pytest.raises(DataError) as caught:
        parse_config("<!DOCTYPE html>", "metadata.json")
    assert caught.value.code == "html-instead-of-data"


def test_sections_left_empty_are_no_mistake() -> None:
    text = "databases:\n  d:\n    tables:\n      t:\n  e:\nplugins:\n"
    document = parse_config(text, "x.yaml")
    assert configuration_of([document]).config == {}


def test_what_datasette_takes_is_no_mistake() -> None:
    text = """
allow: {id: [root, 5], unauthenticated: true}
permissions: {view-instance: true, debug-menu: {id: "*"}}
extra_js_urls: [/-/static/a.js, {url: /-/static/b.js, module: true}]
databases:
  d:
    allow: false
    allow_sql: 1
    queries:
      one: select 1
      two: {sql: "select :a", params: [a], title: 2024-02-29, allow: {id: root}}
    tables:
      t:
        facets: [a, {array: b}, {date: c}]
        size: 20
        sortable_columns: [a, 2024]
        label_column: 2019
        column_types: {a: json, b: {type: url, config: {}}}
        columns: {a: Text, 2024: 5, b: }
"""
    document = parse_config(text, "x.yaml")
    assert document["databases"]["d"]["queries"]["two"]["title"] == "2024-02-29"
    assert document["databases"]["d"]["tables"]["t"]["columns"] == {
        "a": "Text",
        "2024": 5,
        "b": None,
    }


def test_code_from_elsewhere_is_found() -> None:
    assert code_urls(parse_config(METADATA, "metadata.yaml")) == [
        "https://h/style.css",
        "https://h/script.js",
        "HTML in databases.data.description_html",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "https://h/x.js",
        "//h/x.js",
        "/\\h/x.js",
        "\\\\h\\x.js",
        "/\t/h/x.js",
        " https://h/x.js",
        "data:text/javascript,x",
        "blob:x",
        "java\nscript:x",
        "/db/t.csv",
        "/app/url=https:~2F~2Fevil.example~2Fe.db/e/t.csv",
        "/-/static/../../db/t.csv",
        "/-/static/%2e%2e/db/t.csv",
        "x.js",
    ],
)
def test_addresses_that_leave_the_site_are_found(address: str) -> None:
    assert code_urls(json.loads(json.dumps({"extra_js_urls": [{"url": address}]}))) == [address]
    assert code_urls({"databases": {"d": {"extra_css_urls": address}}}) == [address]


@pytest.mark.parametrize(
    "address", ["/-/static/table.js", "/-/static/a-b_c.js?v=1", "/-/static-plugins/p/b.css"]
)
def test_addresses_within_the_site_are_not(address: str) -> None:
    assert code_urls({"extra_js_urls": [address]}) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"extra_js_urls": {"https://h/x.js": 1}}, "https://h/x.js"),
        ({"extra_js_urls": {"https://h/x.js"}}, "https://h/x.js"),
        ({"extra_css_urls": [7]}, "7"),
        ({"description_html": ["<img src=x onerror=alert(1)>"]}, "HTML in description_html"),
        ({"databases": {"d": {"description_html": "x"}}}, "HTML in databases.d.description_html"),
        (
            {"databases": {"columns": {"description_html": "x"}}},
            "HTML in databases.columns.description_html",
        ),
        (
            {"databases": {"d": {"tables": {"columns": {"description_html": "x"}}}}},
            "HTML in databases.d.tables.columns.description_html",
        ),
        ({"source_url": "javascript:alert(1)"}, "the address in source_url"),
        ({"about_url": " java\tscript:alert(1)"}, "the address in about_url"),
        ({"license_url": ["javascript:alert(1)"]}, "the address in license_url"),
        ({"plugins": {"p": {"url": "javascript:alert(1)"}}}, "settings in plugins.p"),
        ({"plugins": {"p": {"url": "java\tscript:alert(1)"}}}, "settings in plugins.p"),
        ({"plugins": {"m": {"extra_tags": ["script"]}}}, "settings in plugins.m"),
        ({"plugins": {"m": {"extra_attrs": {"a": ["onclick"]}}}}, "settings in plugins.m"),
        ({"plugins": {"m": {"extensions": ["os:abort"]}}}, "settings in plugins.m"),
        ({"plugins": {"p": {"a": {"b": "</script><script>"}}}}, "settings in plugins.p"),
        (
            {"databases": {"d": {"plugins": {"p": {"<b>": 1}}}}},
            "settings in databases.d.plugins.p",
        ),
    ],
)
def test_code_in_any_shape_is_found_and_left_out(config: Any, found: str) -> None:
    assert code_urls(config) == [found]
    assert code_urls(without_code(config)) == []


def test_what_a_configuration_holds_can_be_read() -> None:
    config = {
        "extra_js_urls": ["https://h/x.js"],
        "description_html": "<b>x</b>",
        "plugins": {"p": {"url": "javascript:x"}},
    }
    assert code_texts(config) == {
        "HTML in description_html": "<b>x</b>",
        "settings in plugins.p": '{\n  "url": "javascript:x"\n}',
    }


def test_places_of_one_name_are_all_shown() -> None:
    tables = {"a": {"tables": {"b": {"description_html": "<i>harmless</i>"}}}}
    config = {"databases": {**tables, "a.tables.b": {"description_html": "<script>"}}}
    assert code_texts(config) == {
        "HTML in databases.a.tables.b.description_html": "<i>harmless</i>\n\n<script>"
    }


def test_what_runs_nothing_is_left_alone() -> None:
    config = {
        "title": "a < b",
        "source_url": "https://h/a",
        "about_url": "mailto:a@h",
        "license_url": "/licence",
        "extra_js_urls": ["/-/static/table.js"],
        "plugins": {
            "datasette-cluster-map": {"latitude_column": "lat"},
            "datasette-render-markdown": {
                "extensions": ["tables"],
                "extra_tags": ["table", "td"],
                "extra_attrs": {"td": ["align"]},
            },
        },
        "databases": {
            "d": {
                "queries": {"q": {"sql": "select 1 < 2 -- https://h/"}},
                "tables": {"t": {"columns": {"body_html": "HTML: <b>", "page_url": "at: x"}}},
            }
        },
    }
    assert code_urls(config) == []
    assert without_code(config) == config
