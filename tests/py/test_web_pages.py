"""Pages in place of data."""

from __future__ import annotations

import pytest

from datasette_lite.web_pages import web_page_words


@pytest.mark.parametrize(
    ("page", "is_login"),
    [
        (b"<!doctype html><title>Log in - Example</title>", True),
        (b"<html><title>Sign in</title>", True),
        (b"<html><form><input name=p TYPE='password'>", True),
        (b"<!doctype html><title>penguins.csv at main</title><a href=/login>Log in</a>", False),
        (b"<!doctype html><title>Blog index</title>", False),
    ],
)
def test_a_page_to_log_in_is_told_from_others(page: bytes, is_login: bool) -> None:
    happened, advice = web_page_words(page)
    assert ("log in" in happened) == is_login
    assert ("private" in advice) == is_login
