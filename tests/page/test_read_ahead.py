"""loader/worker/read-ahead.js: which blocks are fetched for those that are missing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import BlankPage

PLAN = """async ([missing, mostBlocks, mostGap, here]) => {
  const { ReadAhead } = await import('/loader/worker/read-ahead.js');
  const isHere = (index) => here.includes(index);
  return new ReadAhead(mostBlocks, mostGap).plan(missing, 1000, isHere);
}"""

#: More than a browser asks one host for at the same time.
SCATTERED = [0, 10, 14, 30, 40, 50, 60, 70]


@pytest.mark.parametrize(
    ("missing", "most_gap", "here", "joined"),
    [
        (SCATTERED, 3, [], [[10, 14]]),
        (SCATTERED, 2, [], []),
        # What is here already is not fetched again.
        (SCATTERED, 3, [12], []),
        # Nothing has to wait.
        (SCATTERED[:6], 3, [], []),
    ],
)
def test_blocks_that_nearly_touch_are_one_request_where_many_would_wait(
    blank_page: BlankPage, missing: list[int], most_gap: int, here: list[int], joined: Any
) -> None:
    runs = blank_page.evaluate(PLAN, [missing, 16, most_gap, here])
    assert [run for run in runs if run[0] != run[1]] == joined
    covered = {block for first, last in runs for block in range(first, last + 1)}
    assert covered >= set(missing)
