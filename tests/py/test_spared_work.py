"""What is spared changes no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import datasette.app
import datasette.database
import pytest
from datasette import hookimpl
from datasette.app import Datasette
from datasette.permissions import Action, PermissionSQL
from datasette.plugins import pm
from datasette.resources import TableResource
from datasette.utils import actions_sql, sqlite
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN

import datasette_lite.app  # noqa: F401  # It puts the cheaper in place.
from datasette_lite.plan_datasette import PlanDatasette
from datasette_lite.spared_work import QuietTracer, permission_cache_key


def test_rules_of_one_reason_are_one_text() -> None:
    first, second = PermissionSQL.allow("because"), PermissionSQL.allow(reason="because")
    assert (first.sql, first.params) == (second.sql, second.params)
    (name,) = first.params
    assert f" 1 AS allow, :{name} AS reason" in first.sql
    assert first.params[name] == "because"


def test_rules_of_other_reasons_are_told_apart() -> None:
    allowed, denied = PermissionSQL.allow("because"), PermissionSQL.deny("never")
    assert not allowed.params.keys() & denied.params.keys()
    assert " 0 AS allow" in denied.sql
    assert list(denied.params.values()) == ["never"]


def test_reason_that_is_no_text_stays_as_it_is() -> None:
    assert list(PermissionSQL.allow(None).params.values()) == [None]


def test_datasette_asks_the_quiet_tracer() -> None:
    assert isinstance(datasette.database.tracer, QuietTracer)
    assert isinstance(datasette.app.tracer, QuietTracer)


class Listener:
    """A tracer that notes its spans."""

    def __init__(self) -> None:
        self.spans: list[str] = []

    @contextmanager
    def start_as_current_span(self, name: str, **how: Any) -> Iterator[str]:
        self.spans.append(name)
        yield name


def test_tracer_is_asked_only_when_somebody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener()
    tracer = QuietTracer(listener)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    with tracer.start_as_current_span("unheard") as span:
        assert span is INVALID_SPAN
    with (
        pytest.raises(ValueError, match="as ever"),
        tracer.start_as_current_span("unheard"),
    ):
        raise ValueError("as ever")
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", object())

    with tracer.start_as_current_span("heard") as heard:
        assert str(heard) == "heard"
    assert listener.spans == ["heard"]


def test_addresses_of_static_files_are_as_datasettes(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = PlanDatasette(None), datasette.app.Datasette()
    for _ in range(2):
        assert ours.static("app.css") == theirs.static("app.css")
        monkeypatch.setattr(datasette.app, "sha256_file", lambda path: pytest.fail("read again"))
        theirs = ours
    with pytest.raises(FileNotFoundError):
        ours.static("nothing.css", plugin="nobody")


DROP_TABLE = Action(name="drop-table", description="Drop a table", resource_class=TableResource)


def exact(allow: int) -> PermissionSQL:
    sql = f"SELECT 'data' AS parent, 't' AS child, {allow} AS allow, 'exact' AS reason"
    return PermissionSQL(sql=sql)


def restricted_to(name: str) -> PermissionSQL:
    return PermissionSQL(restriction_sql=f"SELECT '{name}' AS parent, NULL AS child")


def both(name: str) -> PermissionSQL:
    rule = PermissionSQL.allow("only there")
    rule.restriction_sql = restricted_to(name).restriction_sql
    return rule


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [PermissionSQL.allow("yes")],
        [PermissionSQL.deny("no")],
        [PermissionSQL.allow("yes"), PermissionSQL.deny("no"), PermissionSQL.allow("oh yes")],
        [PermissionSQL.deny("no"), exact(1)],
        [PermissionSQL.allow("yes"), exact(0)],
        [PermissionSQL.allow("yes"), restricted_to("data")],
        [PermissionSQL.allow("yes"), restricted_to("other")],
        [both("data")],
        [both("other")],
    ],
)
@pytest.mark.parametrize("actor", [None, {"id": "root"}, {"id": "me", "_r": {"a": ["vi"]}}])
def test_verdicts_are_those_of_sql(rules: list[PermissionSQL], actor: Any) -> None:
    class Rules:
        __name__ = "rules"

        @hookimpl  # type: ignore[untyped-decorator]
        def permission_resources_sql(self, action: str) -> list[PermissionSQL]:
            return rules if action != "view-query" else []

    plugin = Rules()

    async def compare() -> None:
        datasette = Datasette()
        datasette.root_enabled = True
        await datasette.invoke_startup()
        asked = {
            "datasette": datasette,
            "actor": actor,
            "actions": ["view-table", "drop-table", "insert-row", "view-query", "drop-table"],
            "parent": "data",
            "child": "t",
        }
        ours = actions_sql.check_permissions_for_actions
        theirs = vars(ours)["__wrapped__"]
        assert await ours(**asked) == await theirs(**asked)
        datasette.close()

    pm.register(plugin)
    try:
        asyncio.run(compare())
    finally:
        pm.unregister(plugin)


def test_rules_for_everything_need_no_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        datasette = Datasette()
        datasette.root_enabled = True
        await datasette.invoke_startup()
        internal = datasette.get_internal_database()
        monkeypatch.setattr(internal, "execute", lambda *args: pytest.fail("SQL"))
        assert await datasette.allowed(action="permissions-debug", actor={"id": "root"})
        assert not await datasette.allowed(action="permissions-debug", actor=None)
        datasette.close()

    asyncio.run(ask())


def test_unknown_permission_is_an_error() -> None:
    check = actions_sql.check_permissions_for_actions
    root = {"id": "root"}
    with pytest.raises(ValueError, match="Unknown action: make-tea"):
        asyncio.run(
            check(datasette=Datasette(), actor=root, actions=["make-tea"], parent=None, child=None)
        )


def test_verdicts_are_remembered_for_one_actor_only() -> None:
    known = [None, {}, {"id": "root"}, {"id": "root", "name": "x"}, {"id": 1}, {"id": "1"}]
    keys = {permission_cache_key(actor, DROP_TABLE, "data", "t") for actor in known}
    assert len(keys) == len(known)
    assert permission_cache_key(
        {"a": "1", "b": "2"}, DROP_TABLE, "data", "t"
    ) == permission_cache_key({"b": "2", "a": "1"}, DROP_TABLE, "data", "t")


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "create table t (a text default 'it''s', [b c] integer)",
        "create table t (a -- first\n, b)",
        "create /* virtual */ table t (a default '--')",
        "create table t (a default 'open",
    ],
)
def test_sql_without_comments_is_datasettes(sql: str) -> None:
    strip = sqlite._strip_sql_comments
    assert strip(sql) == vars(strip)["__wrapped__"](sql)
