"""Data that tries to run as code in whatever page shows it.

Every payload calls a function of the browser's, which `tests.e2e.harness.watch` defines.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from string import Formatter
from urllib.parse import quote

from tests.e2e.harness.watch import CALL

SCRIPT = f"javascript:{CALL}('address')//"

DOCUMENT = f"data:text/html,<script>parent.{CALL}?.('document')</script>"

#: Leaves attributes, tags, comments, scripts and templates of any kind, then runs.
MARKUP = (
    f"""-->'"></textarea></title></style></script>`;<img src=// onerror="{CALL}('markup')">"""
    f"<svg onload={CALL}('svg')><script>{CALL}('script')</script>"
    f"<iframe srcdoc=\"<script>parent.{CALL}('frame')</script>\"></iframe><hostile-mark>"
)

#: For strings of scripts, where `<` and quotes may be escaped.
STRINGS = (
    f"%22}})}});{CALL}('percent')//\\';{CALL}('string')//"
    f"\\\";{CALL}('string')//`${{{CALL}('template')}}`"
)

TEMPLATE = "{{ 191 * 7 }}{% if 1 %}yes{% endif %}${191 * 7}#{191 * 7}<%= 191 * 7 %>"

#: In an address: out of the attribute that holds it.
ATTRIBUTE = f"\"onerror={CALL}('attribute')\tonmouseover='{CALL}(1)'onload={CALL}(2)\tx=\""

#: Runs where it becomes part of XML.
XML = f"""<x:script xmlns:x="http://www.w3.org/1999/xhtml">{CALL}('xml')</x:script>"""

#: What different plugins take for something of theirs.
VALUES = (
    XML,
    MARKUP,
    STRINGS,
    TEMPLATE,
    SCRIPT,
    DOCUMENT,
    f" \tjava\nscript:{CALL}('split')",
    json.dumps({"href": SCRIPT, "label": MARKUP}),
    json.dumps({"href": f"/{ATTRIBUTE}", "label": MARKUP, "title": MARKUP, "description": MARKUP}),
    json.dumps([{"href": SCRIPT, "label": "a"}, {"href": f"https://{ATTRIBUTE}", "label": MARKUP}]),
    json.dumps({"pre": MARKUP}),
    json.dumps({"img_src": f"x{ATTRIBUTE}", "alt": MARKUP, "caption": MARKUP, "href": SCRIPT}),
    json.dumps({"img_src": SCRIPT, "width": ATTRIBUTE, "href": f"/{ATTRIBUTE}"}),
    json.dumps({MARKUP: [MARKUP, {STRINGS: TEMPLATE}]}),
    json.dumps({"type": "Point", "coordinates": [MARKUP, 1], "properties": {MARKUP: MARKUP}}),
    f"[a]({SCRIPT}) ![b]({SCRIPT}) <{SCRIPT}> [c](data:text/html,{MARKUP})\n\n{MARKUP}\n\n"
    f"[d](https://example.com/{ATTRIBUTE})\n\n[[{STRINGS}]]\n\n```{ATTRIBUTE}\n{MARKUP}\n```\n\n"
    f"https://example.com/{ATTRIBUTE} [e]: {SCRIPT} '{ATTRIBUTE}'\n[f][e]",
    f"https://127.0.0.1/{ATTRIBUTE}.mp3",
    f"/{ATTRIBUTE}.mp3",
    f"https://127.0.0.1/{ATTRIBUTE.replace(chr(9), '/')}.png",
    f"https://127.0.0.1/{ATTRIBUTE}\n{SCRIPT}\nhttps://{MARKUP}",
    f"spotify:track:{ATTRIBUTE}>{MARKUP}",
    f"a{ATTRIBUTE}@example.com",
    f"<img/src=x/onerror={CALL}()>@example.com",
    f"select '{MARKUP.replace(chr(39), chr(39) * 2)}'",
    f'select 1 as "{MARKUP.replace(chr(34), chr(34) * 2)}"',
    f"select '{SCRIPT.replace(chr(39), chr(39) * 2)}'",
)

#: Bytes that look like pictures, and hold markup.
BLOBS = (
    b"\x89PNG\r\n\x1a\n" + MARKUP.encode(),
    b"GIF89a" + MARKUP.encode(),
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{CALL}()"></svg>'.encode(),
    b"%PDF-1.4 " + MARKUP.encode(),
)


def hostile_database(path: Path) -> list[str]:
    """Write a database whose every name and value is hostile; return its tables' names."""
    tables = ["plain_markdown", MARKUP, STRINGS]
    columns = [MARKUP, STRINGS, "body_markdown", "image", f"is_{MARKUP}", "contact"]
    with closing(sqlite3.connect(path)) as db, db:
        for table in tables:
            names = ", ".join(f"{_quoted(each)}" for each in columns)
            db.execute(
                f"CREATE TABLE {_quoted(table)} (id TEXT PRIMARY KEY, {names},"
                " latitude REAL, longitude REAL, geometry TEXT, day TEXT)"
            )
            rows: list[str | bytes] = [*VALUES, *BLOBS] if table == tables[0] else list(VALUES[:3])
            holes = ", ".join("?" * (len(columns) + 5))
            for number, value in enumerate(rows):
                key = MARKUP if number == 0 else f"{number}"
                row = [key, *[value] * len(columns), 1.5 * number, number, _outline(value), value]
                db.execute(f"INSERT INTO {_quoted(table)} VALUES ({holes})", row)
            db.execute(f"CREATE INDEX {_quoted('i' + table)} ON {_quoted(table)} (day)")
        db.execute(f"CREATE VIEW {_quoted('view ' + MARKUP)} AS SELECT * FROM {_quoted(tables[0])}")
        db.execute("CREATE TABLE rows_of (id INTEGER PRIMARY KEY, title TEXT, body TEXT)")
        db.executemany(
            "INSERT INTO rows_of (title, body) VALUES (?, ?)", [(each, each) for each in VALUES]
        )
        db.execute("CREATE VIRTUAL TABLE found USING FTS5 (title, body_markdown)")
        db.executemany(
            "INSERT INTO found VALUES (?, ?)", [(f"hostile {each}", each) for each in VALUES]
        )
        # Tables that plugins read of their own accord.
        db.execute("CREATE TABLE notebook (key TEXT PRIMARY KEY, value TEXT)")
        db.executemany(
            "INSERT INTO notebook VALUES (?, ?)",
            [("Markup", "\n\n".join(VALUES)), (MARKUP, MARKUP)],
        )
        db.execute("CREATE TABLE events (event_name, event_dtstart, event_description)")
        db.execute("INSERT INTO events VALUES (?, '2026-01-01', ?)", (MARKUP, MARKUP))
    return tables


def hostile_metadata(database: str, tables: list[str]) -> dict[str, object]:
    """Titles, descriptions, queries and settings for that database; no word of HTML keys."""
    about = {"title": MARKUP, "description": MARKUP, "source": MARKUP, "license": MARKUP}
    described = {
        table: {**about, "columns": {MARKUP: MARKUP, "contact": MARKUP}, "units": {"day": MARKUP}}
        for table in tables
    }
    queries = {
        f"query {STRINGS}": {"sql": "select 1 as :a", **about},
        "hostile": {
            "sql": f"select * from plain_markdown where id != :a -- {MARKUP}",
            **about,
        },
    }
    settings = {
        "datasette-homepage-table": {"database": database, "table": tables[1]},
        "datasette-notebook": {"database": database},
        "datasette-render-markdown": {"columns": ["contact", "id"], "extensions": ["tables"]},
        "datasette-render-timestamps": {"columns": ["day"]},
        "datasette-sitemap": {
            # Anything else is no XML, of which nothing runs.
            "sql": "select '/' || title as path from found where title like '%<x:script%'",
            "database": database,
        },
        "datasette-mailto-links": {"columns": ["contact", "body_markdown"]},
        "datasette-init": {database: {"views": {MARKUP[:1] + "made": "select 1"}}},
        "datasette-keyboard-shortcuts": {"shortcuts": [{"id": STRINGS, "key": STRINGS}]},
        "datasette-graphql": {"databases": {database: {"json_columns": ["contact"]}}},
    }
    return {
        **about,
        "plugins": settings,
        "databases": {database: {**about, "queries": queries, "tables": described}},
    }


#: Where plugins show what a database holds; `table` stands for each table, `sql` for each query.
PAGES = {
    "": ("/", "/hostile", "/-/plugins", "{table}", "{table}/1", "{table}/{markup}", "{sql}"),
    "datasette-acl": ("/-/acl/groups", "/-/acl/resource/table/hostile/{name}"),
    "datasette-apps": ("/-/apps", "/-/apps/create"),
    "datasette-configure-fts": (
        "/-/configure-fts/hostile",
        "/-/configure-fts/hostile?table={name}",
    ),
    "datasette-copyable": (
        "{table}.copyable",
        "{table}.copyable?_table_format=html&_raw=1",
        "{table}.copyable?_table_format=unsafehtml&_raw=1",
    ),
    "datasette-create-view": ("/hostile/-/create-view?{asked}",),
    "datasette-css-properties": ("{table}.css",),
    "datasette-datatable": ("/hostile/rows_of.datatable",),
    "datasette-debug-asgi": ("/-/asgi-scope?{markup}",),
    "datasette-edit-schema": ("/-/edit-schema/hostile/rows_of", "/-/edit-schema/hostile/-/create"),
    "datasette-endpoints": ("/-/endpoints",),
    "datasette-export-notebook": ("/hostile/rows_of.Notebook",),
    "datasette-geojson": ("/hostile/found.json",),
    "datasette-gfm": ("{table}.md",),
    "datasette-graphql": ("/graphql", "/graphql/hostile", "/graphql/hostile.graphql"),
    "datasette-ics": ("/hostile/-/query.ics?sql=select+*+from+events",),
    "datasette-llms-txt": ("/llms.txt",),
    "datasette-notebook": ("/n", "/n/Markup", "/n/{quoted}"),
    "datasette-packages": ("/-/packages",),
    "datasette-profiles": ("/-/edit-profile", "/-/profiles"),
    "datasette-sitemap": ("/sitemap.xml",),
    "datasette-sqlite-history-json": (
        "/-/history-json/hostile/rows_of",
        "/-/history-json/hostile/rows_of/1",
    ),
    "datasette-upload-csvs": ("/-/upload-csvs",),
    "datasette-write": ("/hostile/-/write?{asked}&_title={quoted}&_redirect_to={address}",),
    "datasette-yaml": ("{table}.yaml",),
}

#: Pages whose button a visitor presses first.
STARTS = {"datasette-sqlite-history-json": "/-/history-json/hostile/rows_of/-/enable"}


def pages_of(plugins: Collection[str], tables: Sequence[str]) -> list[str]:
    """Where Datasette and plugins show what `hostile` holds, as paths of the application."""
    from datasette.utils import tilde_encode

    plain = {
        "markup": tilde_encode(MARKUP),
        "quoted": quote(MARKUP, safe=""),
        "address": quote(SCRIPT, safe=""),
    }
    ways = [{"table": f"/hostile/{tilde_encode(t)}", "name": quote(t, safe="")} for t in tables]
    ways += [
        {"table": f"/hostile/{tilde_encode(each)}"}
        for each in ("found", f"query {STRINGS}", f"view {MARKUP}")
    ]
    quoting = STRINGS.replace("'", "''")
    for sql in (
        "select * from plain_markdown",
        f"select '{quoting}'",
        f"select 1 as [{MARKUP}], :a_freedraw",
    ):
        asked = f"sql={quote(sql, safe='')}&a_freedraw={plain['quoted']}"
        ways.append({"asked": asked, "sql": f"/hostile/-/query?{asked}"})
    return [
        path
        for name in ("", *plugins)
        for page in PAGES.get(name, ())
        for path in _addresses(page, plain, ways)
    ]


def _addresses(page: str, plain: dict[str, str], ways: list[dict[str, str]]) -> list[str]:
    """What a page of `PAGES` stands for: one address, or one for each way with what it needs."""
    wanted = {name for _, name, _, _ in Formatter().parse(page) if name} - plain.keys()
    if not wanted:
        return [page.format(**plain)]
    return [page.format(**plain, **way) for way in ways if wanted <= way.keys()]


def _outline(value: str | bytes) -> str:
    corners = [[0, 0], [1, 0], [1, 1], [0, 0]]
    text = value if isinstance(value, str) else MARKUP
    return json.dumps({"type": "Polygon", "coordinates": [corners], "name": text})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
