"""Pages within other pages."""

from __future__ import annotations

from playwright.sync_api import Page


def add_frame(page: Page, address: str) -> None:
    """Show `address` in a frame of a page."""
    page.evaluate(
        """(src) => {
          const frame = document.createElement('iframe');
          frame.src = src;
          document.body.append(frame);
        }""",
        address,
    )
