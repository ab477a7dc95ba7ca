"""What all tests share."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

END_TO_END = Path(__file__).parent / "e2e"

# Machines that run tests are busy: what does not come at all is found as well by waiting longer.
expect.set_options(timeout=60_000)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by bytes: archives have the time in them, and two processes may differ in it."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test in a browser a second try, on a machine that may stand still for seconds.

    The report names those that needed it (`RERUN`): look into them all the same.
    """
    for item in items:
        if END_TO_END in item.path.parents or "browse" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))
