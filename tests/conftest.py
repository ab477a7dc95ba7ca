"""What all tests share."""

from playwright.sync_api import expect

# Machines that run tests are busy: what does not come at all is found as well by waiting longer.
expect.set_options(timeout=60_000)
