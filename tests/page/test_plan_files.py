"""loader/worker/plan-files.js: a plan's databases, and what of them is in storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SCENARIOS = "../tests/page/plan_scenarios.js"
Call = Callable[..., Any]


def test_database_that_is_removed_while_it_is_stored_stays_removed(call: Call) -> None:
    first, before, stored, removed, after = call(SCENARIOS, "removeWhileStoring")
    assert [first, stored, removed] == ["", "", ""]
    # Files, and blocks of this one.
    assert [before, after] == [[1, 3], [0, 0]]


def test_database_that_is_renamed_while_it_is_stored_has_its_new_name(call: Call) -> None:
    stored, renamed, after, name = call(SCENARIOS, "renameWhileStoring")
    assert [stored, renamed] == ["", ""]
    assert after == [1, 3]
    assert name == "renamed"
