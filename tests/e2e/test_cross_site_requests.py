"""What another site's page can make a visitor's browser send into an open session: nothing."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.browser import evaluate, wait_until
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.webkit import WebKit

INSERT = "insert into notes (title) values ('forged')"


def _forgery(action: str, kind: str) -> str:
    """A page that sends a form as soon as it is opened."""
    if kind == "execute-write":
        fields = f'<input type=hidden name=sql value="{escape(INSERT)}">'
        form = f'<form method=post action="{action}/-/execute-write">{fields}</form>'
    else:
        # A text/plain form whose only field, name and value joined by '=', is JSON.
        name = escape('{"rows": [{"title": "forged", "kind": "')
        fields = f"""<input type=hidden name='{name}' value='"}}]}}'>"""
        form = (
            f'<form method=post enctype=text/plain action="{action}/notes/-/insert">{fields}</form>'
        )
    return f"<title>Forgery</title>{form}<script>document.forms[0].submit()</script>"


@pytest.mark.expects_console_errors("403")
@pytest.mark.parametrize("referrer", ["strict-origin-when-cross-origin", "no-referrer"])
@pytest.mark.parametrize("kind", ["execute-write", "insert"])
def test_form_of_another_site_writes_nothing(
    tab: Page,
    shared_chromium: Chromium,
    site: SiteHost,
    data_host: DataHost,
    tmp_path: Path,
    kind: str,
    referrer: str,
) -> None:
    url = data_host.serve("/forged.db", notes_database(tmp_path / "forged.db", "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    attack = data_host.page("/attack.html", _forgery(app.url("/forged"), kind))
    data_host.routes["/attack.html"].headers.append(("Referrer-Policy", referrer))
    with tab.expect_response(lambda r: r.request.method == "POST") as forged:
        tab.goto(attack, wait_until="commit")
    assert forged.value.status == 403
    tab.wait_for_load_state()
    app.goto("/forged")
    assert [row["title"] for row in app.rows("/forged/notes")] == ["first"]


@pytest.mark.expects_console_errors("403", "CORS", "ERR_FAILED", "501")
def test_script_of_another_site_writes_nothing(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/script.db", notes_database(tmp_path / "script.db", "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    target = app.url("/script/notes/-/insert")
    tab.goto(data_host.page("/attack.html", "<title>Attack</title>"))
    tab.evaluate(
        """(url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include",
             body: '{"rows": [{"title": "forged"}]}' }).catch(() => {})""",
        target,
    )
    app.goto("/script")
    assert [row["title"] for row in app.rows("/script/notes")] == ["first"]


@pytest.mark.expects_console_errors("403", "501")
def test_form_in_a_frame_of_another_site_writes_nothing(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/framed.db", notes_database(tmp_path / "framed.db", "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    data_host.page("/inner.html", _forgery(app.url("/framed"), "execute-write"))
    with tab.expect_event("framenavigated", lambda f: "execute-write" in f.url):
        tab.goto(data_host.page("/outer.html", "<iframe src=/inner.html></iframe>"))
    app.goto("/framed")
    assert [row["title"] for row in app.rows("/framed/notes")] == ["first"]


def test_honest_form_of_a_page_without_referrer_writes(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    """Datasette sends its table pages with `no-referrer`: a form there must be known as ours."""
    url = data_host.serve("/honest.db", notes_database(tmp_path / "honest.db", "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    page = app.goto("/honest/notes")
    _send_write_form(page, app.url("/honest/-/execute-write"), "insert into notes(title) values(1)")
    expect(page.locator(".message-info")).to_contain_text("1 row")
    assert len(app.rows("/honest/notes")) == 2


def _send_write_form(page: Page, action: str, sql: str) -> None:
    page.evaluate(
        """([action, sql]) => {
          const form = Object.assign(document.createElement("form"), { method: "post", action });
          form.append(Object.assign(document.createElement("input"), { name: "sql", value: sql }));
          document.body.append(form);
          form.submit();
        }""",
        [action, sql],
    )
    page.wait_for_url(re.compile("/execute-write"))


def test_other_engines_keep_forged_forms_out(
    other_browser: Firefox | WebKit, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    browser = other_browser
    url = data_host.serve("/other.db", notes_database(tmp_path / "other.db", "first"))
    browser.goto(f"{site.url}?url={url}")
    wait_until(browser, "document.querySelector('footer.ft') && location.pathname")
    prefix = evaluate(browser, "location.href")
    for kind in ("execute-write", "insert"):
        attack = data_host.page(f"/{kind}.html", _forgery(f"{prefix}other", kind))
        browser.goto(attack)
        wait_until(browser, f"location.pathname.endsWith('/-/{kind}')")
        browser.goto(prefix)
        wait_until(browser, "document.querySelector('footer.ft')")
        titles = evaluate(
            browser,
            "fetch('other/notes.json?_shape=array').then(r => r.json())"
            ".then(rows => rows.map(row => row.title))",
        )
        assert titles == ["first"]
