"""Waiting for what the shell shows."""

from __future__ import annotations

from playwright.sync_api import Page


def await_state(page: Page, state: str) -> None:
    """Wait for the shell to say that it is in `state`."""
    page.wait_for_selector(f"html[data-state={state}]", state="attached")


def await_app(page: Page) -> None:
    """Wait for the application's own page."""
    page.wait_for_selector("html:not([data-state]) h1:has-text('App page')")


def await_fault(page: Page) -> str:
    """Wait for a fault; return its code."""
    await_state(page, "failed")
    return page.get_attribute("[role=alert]", "data-code") or ""
