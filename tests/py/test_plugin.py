"""What we add to Datasette's pages: downloads, notices, the page about us."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils.asgi import Response

from datasette_lite.app import make_datasette
from datasette_lite.installing.entry_points import InstalledWheel
from datasette_lite.launch import LoadedSource
from datasette_lite.plugin import STYLED_VIEWS, STYLES, hookimpl
from datasette_lite.plugin.notices import Origin
from datasette_lite.snapshots import file_snapshot
from datasette_lite.visit import visit_of
from tests.py.conftest import (
    LINK,
    ROOT_PATH,
    SITE_URL,
    Run,
    launch,
    source,
    visit,
    visit_datasette,
)
from tests.py.memory_exchange import MemoryExchange, Visitor, bridge_to

DOWNLOAD = "/fixtures/-/download-database"


def check(path: Path, content: bytes, sql: str) -> Any:
    """Run SQL on a downloaded file, once stock SQLite calls it sound."""
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        return db.execute(sql).fetchone()[0]


def insert(visitor: Visitor, identity: int, size: int = 10) -> Any:
    row = {"id": identity, "content": "x" * size}
    return visitor.post_json("/fixtures/simple_primary_key/-/insert", {"rows": [row]})


def test_the_download_is_the_database(run: Run, reader: Visitor, fixtures_bytes: bytes) -> None:
    answer = run(reader.get(DOWNLOAD))
    assert answer.status == 200
    assert answer.body == fixtures_bytes
    assert answer.header(b"content-length") == str(len(fixtures_bytes)).encode()
    assert answer.header(b"content-disposition") == b'attachment; filename="fixtures.db"'
    assert answer.header(b"content-type") == b"application/vnd.sqlite3"


@pytest.mark.parametrize("agreed", [False, True])
def test_code_of_a_configuration_waits_for_consent(
    run: Run, tmp_path: Path, fixtures: Path, agreed: bool
) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"extra_js_urls": ["https://h/x.js"], "title": "Kept"}')
    link = "https://h/config.json"
    config = LoadedSource("config", link, link, str(file), sha256="ab" * 32, agreed=agreed)
    visitor = run(visit(launch(source(fixtures), config)))
    home = run(visitor.get("/")).text
    assert "Kept" in home
    assert ('<script src="https://h/x.js"' in home) == agreed
    assert (f'href="{SITE_URL}#allow=' in home) != agreed
    code = {"kind": "configuration", "key": "ab" * 32, "name": "config.json", "from": link}
    asked = json.loads(run(visitor.get("/-/lite/code.json")).body)
    assert asked == (
        [] if agreed else [{**code, "redirected": None, "runs": ["https://h/x.js"], "texts": {}}]
    )


def test_templates_that_wait_say_where_their_address_led(
    run: Run, tmp_path: Path, fixtures: Path
) -> None:
    file = tmp_path / "pages.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("templates/index.html", "mine")
    (link, led_to) = ("https://h/pages.zip", "https://elsewhere/pages.zip")
    pages = LoadedSource("templates", link, link, str(file), sha256="ab" * 32, redirected=led_to)
    visitor = run(visit(launch(source(fixtures), pages)))
    (asked,) = json.loads(run(visitor.get("/-/lite/code.json")).body)
    assert asked["redirected"] == led_to


def test_a_site_may_let_nobody_allow_it(run: Run, tmp_path: Path, fixtures: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"extra_css_urls": ["https://h/x.css"]}')
    config = LoadedSource("config", "c.json", "https://h/c.json", str(file), sha256="ab" * 32)
    visitor = run(visit(launch(source(fixtures), config, only_verified=True)))
    assert "This site allows none." in run(visitor.get("/")).text
    assert json.loads(run(visitor.get("/-/lite/code.json")).body) == []


def test_installed_plugins_are_listed(run: Run, fixtures: Path) -> None:
    wheel = InstalledWheel("needed", "3.1", "cd" * 32, "https://h/needed.whl", ["datasette-a"])
    page = run(run(visit(launch(source(fixtures), plugins=[wheel]))).get("/-/lite")).text
    row = re.search(r"<tr>\s*<td>needed.*?</tr>", page, re.DOTALL)
    assert row
    assert "for datasette-a" in row[0]
    assert "https://h/needed.whl" in row[0]
    assert f'href="{SITE_URL}#allowed"' in page


def test_the_database_page_offers_it(run: Run, reader: Visitor) -> None:
    page = run(reader.get("/fixtures")).text
    assert f'href="{ROOT_PATH.replace("&", "&amp;")}{DOWNLOAD}"' in page
    assert "Download this database" in page


def test_edits_are_in_the_download(run: Run, visitor: Visitor, tmp_path: Path) -> None:
    assert run(insert(visitor, 777)).status == 201
    content = run(visitor.get(DOWNLOAD)).body
    sql = "select count(*) from simple_primary_key where id = 777"
    assert check(tmp_path / "a.db", content, sql) == 1


def test_what_is_written_during_a_download_is_not_in_it(
    run: Run, visitor: Visitor, tmp_path: Path
) -> None:
    async def scenario() -> MemoryExchange:
        for identity in range(1000, 1020):
            await insert(visitor, identity, size=100_000)
        exchange = MemoryExchange(DOWNLOAD, root_path=ROOT_PATH)
        exchange.reader_ready.clear()
        serving = asyncio.create_task(visitor.bridge.serve(exchange))
        while not exchange.pieces:
            await asyncio.sleep(0.001)
        for identity in range(2000, 2020):
            assert (await insert(visitor, identity, size=100_000)).status == 201
        exchange.reader_ready.set()
        await serving
        return exchange

    exchange = run(scenario())
    assert exchange.streamed
    assert exchange.ended
    assert exchange.header(b"content-length") == str(len(exchange.body)).encode()
    sql = "select count(*) from simple_primary_key where id >= 1000"
    assert check(tmp_path / "a.db", exchange.body, sql) == 20
    again = run(visitor.get(DOWNLOAD)).body
    assert check(tmp_path / "b.db", again, sql) == 40


def test_a_download_in_write_ahead_mode_is_complete(
    run: Run, fixtures: Path, tmp_path: Path
) -> None:
    datasette = run(make_datasette(launch(source(fixtures))))
    visitor = run(visit_datasette(datasette))
    database = datasette.get_database("fixtures")
    run(database.execute_write("pragma journal_mode = wal", transaction=False))
    assert run(insert(visitor, 777)).status == 201
    assert fixtures.with_name("fixtures.db-wal").stat().st_size
    content = run(visitor.get(DOWNLOAD)).body
    sql = "select count(*) from simple_primary_key where id = 777"
    assert check(tmp_path / "a.db", content, sql) == 1


def test_a_reader_who_leaves_frees_the_copy(run: Run, fixtures: Path) -> None:
    closed = False

    async def endless(path: str) -> AsyncIterator[bytes]:
        nonlocal closed
        try:
            while True:
                yield b"x" * 100_000
        finally:
            closed = True

    async def scenario() -> None:
        visitor = await visit(launch(source(fixtures), snapshot=endless))
        exchange = MemoryExchange(DOWNLOAD, root_path=ROOT_PATH)
        serving = asyncio.create_task(visitor.bridge.serve(exchange))
        while len(exchange.pieces) < 3:
            await asyncio.sleep(0.001)
        exchange.leave()
        await serving

    run(scenario())
    assert closed


def test_a_copy_that_fails_is_an_error_and_no_file(run: Run, fixtures: Path) -> None:
    async def failing(path: str) -> AsyncIterator[bytes]:
        raise OSError("no room")
        yield b""

    visitor = run(visit(launch(source(fixtures), snapshot=failing)))
    assert run(visitor.get(DOWNLOAD)).status == 500


def test_named_memory_databases_can_be_downloaded(run: Run, fixtures: Path, tmp_path: Path) -> None:
    datasette = run(make_datasette(launch(source(fixtures))))
    memory = datasette.add_memory_database("made_for_a_test", name="scratch")
    visitor = run(visit_datasette(datasette))
    assert run(visitor.get("/scratch/-/download-database")).body == b""
    run(memory.execute_write("create table t (a)"))
    run(memory.execute_write("insert into t values (7)"))
    answer = run(visitor.get("/scratch/-/download-database"))
    assert check(tmp_path / "a.db", answer.body, "select a from t") == 7
    assert "Download this database" in run(visitor.get("/scratch")).text


def test_the_memory_database_of_datasettes_has_no_download(run: Run) -> None:
    visitor = run(visit(launch()))
    assert "Download this database" not in run(visitor.get("/_memory")).text


def test_downloads_ask_for_permission(run: Run, fixtures: Path) -> None:
    datasette = run(make_datasette(launch(source(fixtures))))
    datasette.config["databases"] = {
        "fixtures": {"permissions": {"view-database-download": {"id": "nobody"}}}
    }
    datasette.root_enabled = False
    visitor = run(visit_datasette(datasette))
    assert run(visitor.get(DOWNLOAD)).status == 403
    assert "Download this database" not in run(visitor.get("/fixtures")).text


def test_file_names_of_downloads_survive(run: Run, fixtures: Path) -> None:
    odd = 'a "b" \N{GRINNING FACE}'
    datasette = run(make_datasette(launch(source(fixtures))))
    datasette.add_memory_database("another_made_for_a_test", name=odd)
    visitor = run(visit_datasette(datasette))
    answer = run(visitor.get("/a+~22b~22+~F0~9F~98~80/-/download-database"))
    assert answer.header(b"content-disposition") == (
        b"attachment; filename=\"a _b_ _.db\"; filename*=UTF-8''a%20%22b%22%20%F0%9F%98%80.db"
    )


def test_nothing_is_there_to_download_for_another_name(run: Run, reader: Visitor) -> None:
    assert run(reader.get("/nowhere/-/download-database")).status == 404


# Everything at once.

EVERYTHING = "/-/lite/download-everything"


def test_everything_of_one_database_is_its_file(
    run: Run, reader: Visitor, fixtures_bytes: bytes
) -> None:
    answer = run(reader.get(EVERYTHING))
    assert answer.body == fixtures_bytes
    assert answer.header(b"content-disposition") == b'attachment; filename="fixtures.db"'
    assert f'{EVERYTHING}">Download everything</a>' in run(reader.get("/fixtures/facetable")).text


def test_everything_of_several_databases_is_an_archive_of_them(
    run: Run, fixtures: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,one\n2,two\n")
    table = LoadedSource("csv", "https://h/a.csv", "https://h/a.csv", str(tmp_path / "a.csv"), 20)
    datasette = run(make_datasette(launch(source(fixtures), table)))
    for name in ("odd/name", "ODD_name"):
        memory = datasette.add_memory_database(f"everything_{name}", name=name)
        run(memory.execute_write("create table t (a)"))
    visitor = run(visit_datasette(datasette))
    assert run(insert(visitor, 777)).status == 201
    answer = run(visitor.get(EVERYTHING))
    assert answer.header(b"content-type") == b"application/zip"
    assert answer.header(b"content-disposition") == b'attachment; filename="databases.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["fixtures.db", "data.db", "odd_name.db", "ODD_name_2.db"]
        content = {name: archive.read(name) for name in names}
    sql = "select count(*) from simple_primary_key where id = 777"
    assert check(tmp_path / "x.db", content["fixtures.db"], sql) == 1
    assert check(tmp_path / "y.db", content["data.db"], "select count(*) from a") == 2


def test_an_archive_is_sent_as_it_is_made(run: Run, fixtures: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    shutil.copy(fixtures, other)
    with closing(sqlite3.connect(fixtures)) as db:
        db.execute("create table incompressible as select randomblob(5000000) as bytes")
        db.commit()
    taken: list[str] = []

    async def watched(path: str) -> AsyncIterator[bytes]:
        taken.append(path)
        async for piece in file_snapshot(path):
            yield piece

    async def scenario() -> list[str]:
        wanted = launch(source(fixtures), source(other, "https://h/other.db"), snapshot=watched)
        visitor = await visit(wanted)
        exchange = MemoryExchange(EVERYTHING, root_path=ROOT_PATH)
        exchange.reader_ready.clear()
        serving = asyncio.create_task(visitor.bridge.serve(exchange))
        while not exchange.pieces:
            await asyncio.sleep(0.001)
        begun = list(taken)
        exchange.reader_ready.set()
        await serving
        return begun

    assert run(scenario()) == [str(fixtures)]
    assert taken == [str(fixtures), str(other)]


def test_nothing_to_download_is_not_offered(run: Run) -> None:
    visitor = run(visit(launch()))
    assert "Download everything" not in run(visitor.get("/")).text
    assert run(visitor.get(EVERYTHING)).status == 403


# Notices.


@pytest.fixture
def troubled(run: Run, fixtures: Path, tmp_path: Path) -> Visitor:
    """A visitor of a plan of which one source of three is good."""
    (tmp_path / "bad.db").write_text("<html>")
    unreachable = {
        "name": "DownloadError",
        "code": "download-status",
        "message": "Could not download <b>penguins</b>.db: data.example answered 404.",
        "detail": "HTTP <script>404</script>",
    }
    return run(
        visit(
            launch(
                source(fixtures),
                source(tmp_path / "bad.db", "https://h/bad.db"),
                source(None, "https://h/<b>penguins</b>.db", fault=unreachable, fetched=None),
            )
        )
    )


@pytest.mark.parametrize("target", ["/", "/fixtures"])
def test_sources_that_failed_are_told_with_their_cause(
    run: Run, troubled: Visitor, target: str
) -> None:
    page = run(troubled.get(target)).text
    assert "2 of 3 sources could not be loaded" in page
    assert 'data-code="html-instead-of-data"' in page
    assert 'data-code="download-status"' in page
    assert "data.example answered 404." in page
    assert page.count("<details><summary>Details</summary>") == 2
    assert 'data-lite-action="refetch">Try again' in page


def test_notices_are_escaped(run: Run, troubled: Visitor) -> None:
    page = run(troubled.get("/")).text
    assert "<b>" not in page
    assert "<script>404" not in page
    assert "Could not download &lt;b&gt;penguins&lt;/b&gt;.db" in page


def test_after_failed_downloads_alone_the_button_starts_again(run: Run, fixtures: Path) -> None:
    fault = {"name": "DownloadError", "code": "download-timeout", "message": "m", "detail": ""}
    wanted = launch(source(fixtures), source(None, "https://h/b.db", fault=fault))
    page = run(run(visit(wanted)).get("/")).text
    assert 'data-lite-action="restart">Try again' in page


def test_other_pages_stay_as_they_are(run: Run, troubled: Visitor) -> None:
    table = run(troubled.get("/fixtures/facetable"))
    assert "lite-notice" not in table.text
    assert STYLES not in table.text
    assert run(troubled.get("/.json")).json()["ok"]
    assert run(troubled.get("/fixtures.json")).json()["database"] == "fixtures"


def test_a_wal_file_is_noticed_where_it_matters(run: Run, tmp_path: Path, fixtures: Path) -> None:
    path = tmp_path / "wal.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("pragma journal_mode = wal")
        db.execute("create table t (a)")
    visitor = run(visit(launch(source(path, "https://h/wal.db"), source(fixtures))))
    for target, noticed in (("/", True), ("/wal", True), ("/fixtures", False)):
        assert ("<code>wal.db-wal</code>" in run(visitor.get(target)).text) == noticed, target
    row = {"rows": [{"a": 1}]}
    assert run(visitor.post_json("/wal/t/-/insert", row)).status == 201


def test_pages_say_where_data_came_from(run: Run, reader: Visitor) -> None:
    for target in ("/", "/fixtures"):
        page = run(reader.get(target)).text
        text = " ".join(re.sub(r"<[^>]+>", "", page).split())
        assert "Data from fixtures.db at data.example, fetched 14 November 2023, 22:13 UTC." in text
        assert f'<a href="{LINK}">fixtures.db</a>' in page
        assert '<time datetime="2023-11-14T22:13:20+00:00">' in page
        assert 'data-lite-action="refetch">Fetch again' in page


def test_the_sites_own_data_is_not_fetched_again(run: Run, fixtures: Path) -> None:
    wanted = launch(source(fixtures, "vendor/demo/fixtures.db", fetched=None))
    page = run(run(visit(wanted)).get("/")).text
    assert "Fetch again" not in page
    assert "Data from" in page


def test_what_was_detected_is_shown_and_can_be_changed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("name;city\nJosé;Málaga\n".encode("cp1252"))
    table = LoadedSource("csv", "https://h/a.csv", "https://h/a.csv", str(path), 30)
    options = [("csv", "https://h/a.csv"), ("memory", "1")]
    page = run(run(visit(launch(table, options=options))).get("/data")).text
    assert "<code>delimiter=semicolon encoding=cp1252 header=1</code>" in page
    assert (
        f'<a href="{SITE_URL}#build=csv=https~3A~2F~2Fh~2Fa~2Ecsv&amp;delimiter=~3B&amp;'
        'encoding=cp1252&amp;header=1&amp;memory=1">Read it differently</a>'
    ) in page


@pytest.mark.parametrize("link", ["data:;base64,U1FM", "javascript:alert(1)"])
def test_only_web_addresses_are_linked(fixtures: Path, link: str) -> None:
    assert Origin.of(source(fixtures, link)).href == ""


# Scripts, styles, menus.


def test_every_page_has_the_script_that_keeps_the_worker(run: Run, reader: Visitor) -> None:
    script = (
        f'<script type="module" src="{SITE_URL}loader@0123456789abcdef/page/app-page.js"></script>'
    )
    for target in ("/", "/fixtures", "/fixtures/facetable", "/fixtures/facetable/1", "/-/lite"):
        assert script in run(reader.get(target)).text


def test_our_styles_are_served(run: Run, reader: Visitor) -> None:
    assert STYLES in run(reader.get("/")).text
    style = run(reader.get(STYLES))
    assert style.status == 200
    assert style.header(b"content-type") == b"text/css"
    assert len(STYLED_VIEWS) == 3


def test_the_menu_leads_to_other_data_and_to_us(run: Run, reader: Visitor) -> None:
    page = run(reader.get("/fixtures/facetable")).text
    assert f'<a href="{SITE_URL}">Open other data</a>' in page
    assert "About Datasette Lite</a>" in page


def test_the_menu_copies_a_link_that_any_host_can_answer(run: Run, fixtures: Path) -> None:
    query = "?url=https://h/a.db&setting=default_page_size:5"
    visitor = run(visit(launch(source(fixtures), query=query)))
    page = run(visitor.get("/fixtures/facetable?_facet=state&_size=3")).text
    assert (
        f'<a href="{SITE_URL}?url=https://h/a.db&amp;setting=default_page_size:5'
        '#/fixtures/facetable?_facet=state&amp;_size=3">Copy link</a>'
    ) in page


def test_the_menu_leads_to_where_the_data_is_from(run: Run, reader: Visitor) -> None:
    page = run(reader.get("/fixtures/facetable")).text
    assert '/-/lite#data">Data origin and age</a>' in page
    about = run(reader.get("/-/lite")).text
    assert '<h2 id="data">' in about
    assert "fetched <time" in about
    assert 'data-lite-action="refetch">Fetch again' in about


def test_data_that_is_in_storage_as_tables_can_be_fetched_again(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,Anna\n")
    link = "https://h/people.csv"
    first = LoadedSource("csv", link, link, str(file), fetched=1_700_000_000)
    datasette = run(make_datasette(launch(first, imported_folder=str(tmp_path / "imported"))))
    found = visit_of(datasette)
    assert found
    assert found.data.fresh_import
    again = LoadedSource("csv", link, link, None)
    stored = found.data.fresh_import.dump()
    about = run(run(visit(launch(again, stored_import=stored))).get("/-/lite")).text
    assert "fetched <time" in about
    assert 'data-lite-action="refetch">Fetch again' in about


def test_the_page_about_us_has_versions_and_data(run: Run, reader: Visitor) -> None:
    page = run(reader.get("/-/lite"))
    assert page.status == 200
    for expected in ("0.1.0", "0123456789abcdef", "1.0a41", sqlite3.sqlite_version, LINK):
        assert expected in page.text


def test_another_datasette_in_the_same_python_is_left_alone(run: Run, fixtures: Path) -> None:
    datasette = Datasette([str(fixtures)], settings={"num_sql_threads": 0})

    async def scenario() -> list[Any]:
        pages = [await datasette.client.get(target) for target in ("/", "/fixtures", "/-/lite")]
        actor = await datasette.client.get("/-/actor.json")
        return [*pages, actor]

    home, database, about, actor = run(scenario())
    assert "lite" not in home.text + database.text
    assert about.status_code == 404
    assert actor.json()["actor"] is None
    datasette.close()


@pytest.mark.parametrize(
    "path", ["/-/static/modal.js", "/-/static-plugins/datasette_lite.plugin/lite.css"]
)
def test_no_plugin_stands_in_for_files_that_pages_load(run: Run, fixtures: Path, path: str) -> None:
    class Redirects:
        """As datasette-redirects does at a configuration's word."""

        @hookimpl
        def register_routes(self) -> list[tuple[str, Callable[[], Response]]]:
            evil = "https://evil.example/"
            return [
                (r"^/-/.*", lambda: Response.redirect(evil)),
                ("^/old$", lambda: Response.redirect(evil)),
            ]

    plugin = Redirects()
    pm.register(plugin)
    try:
        visitor = run(visit(launch(source(fixtures))))
    finally:
        pm.unregister(plugin)
    assert run(visitor.get("/old")).status == 302
    assert run(visitor.get(path)).status == 200


def test_a_bridge_of_another_datasette_serves_it(run: Run, fixtures: Path) -> None:
    bridge = bridge_to(Datasette([str(fixtures)], settings={"num_sql_threads": 0}).app())
    exchange = MemoryExchange("/fixtures.json")
    run(bridge.serve(exchange))
    assert exchange.json()["database"] == "fixtures"
