"""What SQLite writes to, and where it is kept: block-file.js, layered-source.js, block-store.js."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCENARIOS = "../tests/page/block_scenarios.js"
Call = Callable[..., Any]


@pytest.mark.parametrize("seed", range(6))
def test_block_file_is_what_plain_bytes_would_be(call: Call, seed: int) -> None:
    seen = call(SCENARIOS, "actAtRandom", seed, 300)
    assert seen["differences"] == []
    assert min(seen["faults"], seen["undone"], seen["reverted"]) > 3


def test_writes_that_nobody_watches_are_told(call: Call) -> None:
    assert call(SCENARIOS, "tellStrays") == [0, 2]


def test_commit_changes_and_removes_files_all_or_nothing(call: Call) -> None:
    found = call(SCENARIOS, "replaceInOneCommit")
    before, after_failures, replaced = found["seen"]
    assert before["files"]["/a"] == {"version": 1, "name": None, "blocks": {"0": 1, "1": 1, "2": 1}}
    assert found["failed"] == ["RangeError", "NotOwner", "DataError"]
    assert after_failures == before
    assert replaced["files"] == {"/a": {"version": 1, "name": "new", "blocks": {"0": 3}}}


def test_import_that_is_kept_after_an_edit_leaves_the_edit(call: Call) -> None:
    found = call(SCENARIOS, "keepImportAfterEdit")
    assert found["refused"] == "NotOwner"
    assert found["stored"] == {
        "files": {"/imported/data.db": {"version": 1, "name": None, "blocks": {"0": 5}}},
        "outcome": "tables",
    }


def test_copy_of_a_file_has_all_its_blocks(call: Call) -> None:
    assert call(SCENARIOS, "copyAll", 600)


def test_copy_is_of_one_moment_whatever_is_being_stored(call: Call) -> None:
    assert call(SCENARIOS, "copyWhileStoring") == [2, 3, 3]


@pytest.mark.parametrize("seed", range(6))
def test_copy_is_what_was_written_whatever_sqlite_left_out(call: Call, seed: int) -> None:
    seen = call(SCENARIOS, "copyAtRandom", seed, 10)
    assert seen["differences"] == []
    assert min(seen["skipped"], seen["shortened"], seen["committed"]) > 1


def test_changed_block_that_is_gone_is_not_read_from_the_original(call: Call) -> None:
    before, unchanged, said = call(SCENARIOS, "readWhatIsGone")
    assert before == 1
    assert unchanged == 16 * 1024
    assert "block 1 of /a" in said


def test_another_release_may_change_what_this_one_has_open(call: Call) -> None:
    seen, used_again = call(SCENARIOS, "makeWay")
    assert seen == ["opened", "opened"]
    assert used_again == [0, 0]
