"""Agreeing to code from elsewhere, as a visitor does."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.consent_page import allow_button
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import AppFailedError, await_app, await_fault


def await_consent(page: Page, link: str) -> Page:
    """Open a link that asks for consent; return the page that asks."""
    page.goto(link, wait_until="commit")
    assert await_fault(page) == "consent-needed"
    return page


def allow(page: Page) -> App:
    """Agree to what a page asks, one question after another; return the application it leads to."""
    while True:
        allow_button(page).click()
        try:
            await_app(page)
        except AppFailedError as error:
            if "consent-needed" not in str(error):
                raise
        else:
            return App.shown_in(page)
