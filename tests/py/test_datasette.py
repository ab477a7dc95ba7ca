"""Datasette behind the bridge and below a prefix."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from datasette_lite.app import make_datasette
from datasette_lite.errors import DataError
from datasette_lite.settings import settings_for
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
from tests.py.memory_exchange import MemoryExchange, Store, Visitor

ORIGIN = "http://example.test:8000"


def links_of(page: MemoryExchange, target: str) -> set[str]:
    """Every address in a page, absolute."""
    found = re.findall(r"""\s(?:href|src|action|url|data-\w+-url)="([^"]*)\"""", page.text)
    return {urljoin(ORIGIN + ROOT_PATH + target, unescape(each)) for each in found}


def targets_of(page: MemoryExchange, target: str) -> list[str]:
    """The addresses of Datasette's in a page, without the prefix; no other address is there."""
    targets = set()
    for link in links_of(page, target):
        # The site's start page, on which data is opened and added, and its own script.
        if not link.startswith(ORIGIN) or link.partition("#")[0] == SITE_URL:
            continue
        if link.startswith(f"{SITE_URL}loader@"):
            continue
        assert link.startswith(f"{ORIGIN}{ROOT_PATH}/"), f"{link} in {target} is outside"
        assert link.count(ROOT_PATH) == 1, f"{link} in {target} doubles the prefix"
        parts = urlsplit(link.removeprefix(ORIGIN + ROOT_PATH))
        targets.add(parts.path + (f"?{parts.query}" if parts.query else ""))
    return sorted(targets)


PAGES = [
    "/",
    "/fixtures",
    "/fixtures/facetable",
    "/fixtures/facetable?_facet=state&_facet=_city_id",
    "/fixtures/facetable?_facet_array=tags&_facet_date=created",
    "/fixtures/facetable?tags__arraycontains=tag1&_facet_array=tags",
    "/fixtures/facetable?created__date=2019-01-14&_facet_date=created",
    "/fixtures/facetable?_where=pk%3E3&_where=pk%3C9",
    "/fixtures/facetable?_sort=state",
    "/fixtures/facetable?_sort_desc=created&state__exact=CA",
    "/fixtures/searchable?_search=cat",
    "/fixtures/sortable?_next=a,r",
    "/fixtures/compound_three_primary_keys?_size=5",
    "/fixtures/compound_three_primary_keys/a,a,a",
    "/fixtures/binary_data",
    "/fixtures/simple_view",
    "/fixtures/table~2Fwith~2Fslashes~2Ecsv",
    "/fixtures/-/query?sql=select+1",
    "/fixtures/-/query?sql=select+1&_hide_sql=1",
    "/fixtures/-/query?sql=select+*+from+binary_data",
    "/fixtures/-/queries",
    "/fixtures/-/queries/store",
    "/fixtures/-/schema",
    "/-/allowed?action=view-table",
    "/fixtures/-/execute-write",
    "/-/lite",
    "/-/api",
    "/-/permissions",
]


@pytest.mark.parametrize("target", PAGES)
def test_every_link_of_a_page_is_below_the_prefix(run: Run, reader: Visitor, target: str) -> None:
    page = run(reader.get(target))
    assert page.status == 200
    assert targets_of(page, target)


def test_links_lead_somewhere(run: Run, reader: Visitor) -> None:
    """Sorting, facets, filters, paging and search: two steps away from a table."""
    first = "/fixtures/facetable?_facet=state&_size=5"
    targets = targets_of(run(reader.get(first)), first)
    assert any("_sort=" in each for each in targets)
    assert any("_next=" in each for each in targets)
    assert any("_facet=" in each for each in targets)
    assert any("state=" in each or "state__exact=" in each for each in targets)
    for target in targets:
        answer = run(reader.get(target))
        if answer.status == 302:
            location = (answer.header(b"location") or b"").decode()
            answer = run(reader.get(location.removeprefix(ORIGIN + ROOT_PATH)))
        assert answer.status == 200, target


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/fixtures/facetable/", "/fixtures/facetable"),
        ("/-", "/-/"),
        ("/fixtures?sql=select+1", "/fixtures/-/query?sql=select+1"),
        ("/fixtures/table%2Fwith%2Fslashes.csv", "/fixtures/table~2Fwith~2Fslashes~2Ecsv"),
        ("/fixtures/facetable?_filter_column=state&_filter_op=exact&_filter_value=CA", None),
    ],
)
def test_redirects_stay_below_the_prefix(
    run: Run, reader: Visitor, target: str, location: str | None
) -> None:
    answer = run(reader.get(target))
    assert answer.status in (301, 302)
    given = (answer.header(b"location") or b"").decode()
    assert given.startswith(f"{ORIGIN}{ROOT_PATH}/")
    if location:
        assert given == ORIGIN + ROOT_PATH + location
    assert run(reader.get(given.removeprefix(ORIGIN + ROOT_PATH))).status == 200


def test_static_files_come_whole_and_can_be_revalidated(run: Run, reader: Visitor) -> None:
    first = run(reader.get("/-/static/app.css"))
    etag = first.header(b"etag")
    assert first.status == 200
    assert not first.streamed
    assert etag
    again = run(reader.get("/-/static/app.css", headers=[(b"if-none-match", etag)]))
    assert (again.status, again.body) == (304, b"")


def test_no_page_asks_for_no_referrer(run: Run, reader: Visitor) -> None:
    policies = {
        run(reader.get(target)).header(b"referrer-policy")
        for target in ("/fixtures/facetable", "/fixtures/facetable/1")
    }
    assert policies == {b"same-origin"}


def test_the_visitor_is_root(run: Run, reader: Visitor) -> None:
    assert run(reader.get("/-/actor.json")).json()["actor"] == {"id": "root"}


def test_settings_are_ones_that_datasette_knows(run: Run, reader: Visitor) -> None:
    settings = run(reader.get("/-/settings.json")).json()
    assert settings.items() >= settings_for(ROOT_PATH + "/").items()


def test_versions_name_us(run: Run, reader: Visitor) -> None:
    versions = run(reader.get("/-/versions.json")).json()
    assert versions["datasette"]["note"] == "Datasette Lite 0.1.0"


def test_a_forged_write_is_refused(run: Run, visitor: Visitor) -> None:
    for headers in ([(b"sec-fetch-site", b"cross-site")], [(b"origin", b"https://evil.example")]):
        exchange = MemoryExchange(
            "/fixtures/facetable/-/drop",
            method="POST",
            root_path=ROOT_PATH,
            headers=headers,
            body=[b'{"confirm": true}'],
        )
        run(visitor.bridge.serve(exchange))
        assert exchange.status == 403


def test_rows_and_tables_can_be_written(run: Run, visitor: Visitor) -> None:
    created = run(
        visitor.post_json(
            "/fixtures/-/create",
            {"table": "notes", "rows": [{"id": 1, "text": "a"}], "pk": "id"},
        )
    )
    assert created.status == 201
    address = f"{ORIGIN}{ROOT_PATH}/fixtures/notes"
    assert created.json()["table_url"] == address
    assert created.json()["table_api_url"] == f"{address}.json"
    inserted = run(
        visitor.post_json("/fixtures/notes/-/insert", {"rows": [{"id": 2, "text": "b"}]})
    )
    assert inserted.status == 201
    assert (
        run(visitor.post_json("/fixtures/notes/1/-/update", {"update": {"text": "c"}})).status
        == 200
    )
    assert run(visitor.post_json("/fixtures/notes/2/-/delete", {})).status == 200
    rows = run(visitor.get("/fixtures/notes.json?_shape=array")).json()
    assert rows == [{"id": 1, "text": "c"}]


def test_a_thousand_rows_can_be_pasted(run: Run, visitor: Visitor) -> None:
    rows = [{"id": number, "content": "x" * 3000} for number in range(1000, 2000)]
    answer = run(visitor.post_json("/fixtures/simple_primary_key/-/insert", {"rows": rows}))
    assert answer.status == 201


def test_a_stored_query_shows_its_message_once(run: Run, visitor: Visitor) -> None:
    saved = run(
        visitor.post_form(
            "/fixtures/-/queries/store", "name=mine&title=Mine&sql=select+1&is_private=0"
        )
    )
    assert saved.status == 302
    assert saved.header(b"set-cookie") is None
    location = (saved.header(b"location") or b"").decode().removeprefix(ORIGIN + ROOT_PATH)
    first, second = run(visitor.get(location)), run(visitor.get(location))
    assert 'class="message-info"' in first.text
    assert 'class="message-info"' not in second.text
    assert first.status == second.status == 200


def test_executed_sql_writes(run: Run, visitor: Visitor) -> None:
    answer = run(
        visitor.post_form(
            "/fixtures/-/execute-write", "sql=delete+from+simple_primary_key+where+id+%3D+1"
        )
    )
    assert answer.status in (200, 302)
    assert run(visitor.get("/fixtures/simple_primary_key/1.json")).status == 404


def test_who_logs_in_is_that_actor_until_logging_out(run: Run, fixtures: Path) -> None:
    store = Store()
    datasette = run(make_datasette(launch(source(fixtures))))
    visitor = run(visit_datasette(datasette, store))
    assert "Log out" not in run(visitor.get("/")).text

    cookie = datasette.sign({"a": {"id": "someone"}}, "actor")
    visitor.bridge._jar.absorb(
        ORIGIN + ROOT_PATH + "/", [f"ds_actor={cookie}; Path=/; SameSite=lax"]
    )
    assert run(visitor.get("/-/actor.json")).json()["actor"] == {"id": "someone"}
    assert "Log out" in run(visitor.get("/")).text
    assert run(visitor.post_json("/fixtures/facetable/-/drop", {"confirm": True})).status == 403

    out = run(visitor.post_form("/-/logout", ""))
    assert out.status == 302
    home = run(visitor.get("/"))
    assert "You are now logged out" in home.text
    assert "Log out" not in home.text
    assert run(visitor.get("/-/actor.json")).json()["actor"] == {"id": "root"}


def test_a_token_can_do_what_it_says(run: Run, visitor: Visitor) -> None:
    made = run(
        visitor.post_form("/-/create-token", "expire_type=&expire_duration=&all%3Aview-instance=on")
    )
    token = re.search(r"dstok_[\w.-]+", made.text)
    assert token
    bearer = [(b"authorization", b"Bearer " + token[0].encode())]
    actor = run(visitor.get("/-/actor.json", headers=bearer)).json()["actor"]
    assert actor["token"] == "dstok"
    assert run(visitor.get("/", headers=[(b"authorization", b"Bearer dstok_x")])).status == 401


def test_a_csv_of_many_pages_streams(run: Run, reader: Visitor) -> None:
    answer = run(reader.get("/fixtures/compound_three_primary_keys.csv?_stream=on&_size=max"))
    assert answer.status == 200
    assert answer.body.count(b"\r\n") == 1002


def test_a_large_csv_streams_in_pieces(run: Run, visitor: Visitor) -> None:
    rows = [{"id": number, "content": "x" * 1000} for number in range(1000, 1999)]
    run(visitor.post_json("/fixtures/simple_primary_key/-/insert", {"rows": rows}))
    answer = run(visitor.get("/fixtures/simple_primary_key.csv?_stream=on&_size=max"))
    assert answer.streamed
    assert answer.ended
    assert len(answer.body) > 990_000
    assert max(map(len, answer.pieces)) < 200_000


def test_memory_brings_datasettes_memory_database(run: Run, fixtures: Path) -> None:
    wanted = launch(source(fixtures), options=[("memory", "1"), ("url", LINK)])
    names = run(run(visit(wanted)).get("/-/databases.json")).json()["databases"]
    assert [each["name"] for each in names] == ["_memory", "fixtures"]


def test_without_memory_there_is_none(run: Run, reader: Visitor) -> None:
    databases = run(reader.get("/-/databases.json")).json()["databases"]
    assert [each["name"] for each in databases] == ["fixtures"]
    assert databases[0]["is_mutable"]


def test_a_plan_without_data_has_a_memory_database(run: Run) -> None:
    assert run(run(visit(launch())).get("/_memory")).status == 200


ODD_NAMES = [
    "with space",
    "50%",
    "til~de",
    "dot.ted",
    "br]ack[et",
    "grin \N{GRINNING FACE}",
    "-hyphen",
    "app",
    "q&u=e",
    "Straße",
    "sqlite3",
]


def test_odd_names_work(run: Run, tmp_path: Path, fixtures_bytes: bytes) -> None:
    from urllib.parse import quote

    from datasette.utils import tilde_encode

    sources = []
    for number, name in enumerate(ODD_NAMES):
        (tmp_path / str(number)).mkdir()
        path = tmp_path / str(number) / f"{name}.db"
        path.write_bytes(fixtures_bytes)
        sources.append(source(path, f"https://h/{quote(name)}.db"))
    visitor = run(visit(launch(*sources)))
    for name in ODD_NAMES:
        home = f"/{tilde_encode(name)}"
        page = run(visitor.get(home))
        assert page.status == 200, name
        assert targets_of(page, home)
        assert run(visitor.get(f"{home}/facetable/1.json")).json()["rows"]
        file = run(visitor.get(f"{home}/-/download-database"))
        assert file.body == fixtures_bytes


def test_when_nothing_opens_all_faults_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no")
    (tmp_path / "b.db").touch()
    with pytest.raises(ExceptionGroup) as caught:
        run(make_datasette(launch(source(tmp_path / "a.db"), source(tmp_path / "b.db"))))
    codes = [error.code for error in caught.value.exceptions if isinstance(error, DataError)]
    assert codes == ["not-sqlite", "database-empty"]


def test_a_worker_reborn_knows_its_cookies(run: Run, fixtures: Path) -> None:
    store = Store()
    before = run(visit(launch(source(fixtures)), store))
    form = "message=Kept&message_type=INFO"
    assert run(before.post_form("/-/messages", form)).status == 302
    after = run(visit(launch(source(fixtures)), store))
    assert "Kept" in run(after.get("/")).text
    assert "Kept" not in run(after.get("/")).text
