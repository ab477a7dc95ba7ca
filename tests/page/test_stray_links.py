"""Links that miss the prefix are led into it (loader/page/stray-links.js)."""

from __future__ import annotations

import pytest

from .conftest import BlankPage

PLAN = "/x/y/app/url=https:~2F~2Fh~2Fa.db/"


@pytest.mark.parametrize(
    ("path", "page", "site", "home"),
    [
        ("/-/thing?a=/b", PLAN + "db/table", "/x/y/", PLAN + "-/thing?a=/b"),
        ("/db", PLAN, "/x/y/", PLAN + "db"),
        ("/db", "/x/y/app/db/table", "/x/y/", "/x/y/app/db"),
        ("/x/y/", PLAN, "/x/y/", None),
        (PLAN + "db", PLAN, "/x/y/", None),
        ("//other.example/db", PLAN, "/x/y/", None),
        ("/db", "/app/memory=1/db", "/", None),  # within the worker's scope: it redirects
    ],
)
def test_home_of(blank_page: BlankPage, path: str, page: str, site: str, home: str | None) -> None:
    assert blank_page.call("page/stray-links.js", "homeOf", path, page, site) == home
