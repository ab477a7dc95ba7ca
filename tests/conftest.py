"""What all tests share."""

from playwright.sync_api import expect

# Machines that run tests are busy: what does not come at all is found as well by waiting longer.
expect.set_options(timeout=60_000)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by bytes: archives have the time in them, and two processes may differ in it."""
    return argname if isinstance(val, bytes) else None
