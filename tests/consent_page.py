"""The page that asks before code from elsewhere runs."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page


def allow_button(page: Page | FrameLocator) -> Locator:
    """What agrees, on a page that asks."""
    return page.get_by_role("button", name="Allow it and go on")


def decide_link(page: Page) -> Locator:
    """What leads to the page that asks, where an application left code out."""
    return page.get_by_role("link", name="Decide whether to allow it")
