"""What is spared changes no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import datasette.app
import datasette.database
import pytest
from datasette.permissions import PermissionSQL
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN

import datasette_lite.app  # noqa: F401  # It puts the cheaper in place.
from datasette_lite.plan_datasette import PlanDatasette
from datasette_lite.spared_work import QuietTracer


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
