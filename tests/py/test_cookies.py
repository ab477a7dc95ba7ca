"""The jar by itself."""

from __future__ import annotations

import json
import time
from http.cookies import SimpleCookie

import pytest

from datasette_lite.cookies import CookieJar

URL = "http://localhost:8000/x/y/app/url=a.db/db/table"


def jar_with(*set_cookie_values: str, url: str = URL) -> CookieJar:
    jar = CookieJar()
    jar.absorb(url, list(set_cookie_values))
    return jar


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/app/a",
        "http://127.0.0.1:8000/app/a",
        "http://[::1]:8000/app/a",
        "https://user.github.io/repo/app/a",
    ],
)
def test_cookies_return_to_the_site_that_set_them(url: str) -> None:
    jar = jar_with("a=1; Path=/; HttpOnly; SameSite=Lax", "b=2; Path=/; Secure", url=url)
    assert jar.header_for(url + "/b") == "a=1; b=2"


def test_values_are_returned_as_they_were_set() -> None:
    cookie = SimpleCookie()
    cookie["ds_messages"] = 'W1siw6kiLCAxXV0=, "quoted"; \\ ü'
    value = cookie["ds_messages"].OutputString().split("=", 1)[1]
    assert jar_with(f"ds_messages={value}; Path=/").header_for(URL) == f"ds_messages={value}"


def test_paths_are_respected() -> None:
    jar = jar_with("a=1; Path=/x/y/app/url=a.db/db", "b=2; Path=/x/y/app/url=a.db/other")
    assert jar.header_for(URL) == "a=1"


@pytest.mark.parametrize(
    "gone", ["Max-Age=0", "expires=Thu, 01 Jan 1970 00:00:00 GMT", "expires=0; Max-Age=0"]
)
def test_cookies_can_be_taken_back(gone: str) -> None:
    jar = jar_with("a=1; Path=/", "b=2; Path=/")
    assert jar.absorb(URL, [f"a=; {gone}; Path=/"])
    assert jar.header_for(URL) == "b=2"


def test_expired_cookies_are_neither_sent_nor_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    jar = jar_with("a=1; Path=/; Max-Age=60")
    assert jar.header_for(URL) == "a=1"
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert jar.header_for(URL) == ""
    assert json.loads(jar.dump())["cookies"] == []


def test_only_a_change_is_a_change() -> None:
    jar = CookieJar()
    assert jar.absorb(URL, ["a=1; Path=/"])
    assert not jar.absorb(URL, ["a=1; Path=/"])
    assert not jar.absorb(URL, [])
    assert jar.absorb(URL, ["a=2; Path=/"])


@pytest.mark.parametrize(
    ("attribute", "sent_on_write", "sent_on_visit"),
    [
        ("", False, True),
        ("; SameSite=Lax", False, True),
        ("; samesite=lax", False, True),
        ("; SameSite=Strict", False, False),
        ("; SAMESITE=None; Secure", True, True),
    ],
)
def test_same_site_is_respected(attribute: str, sent_on_write: bool, sent_on_visit: bool) -> None:
    jar = jar_with(f"a=1; Path=/{attribute}")
    assert jar.header_for(URL) == "a=1"
    assert bool(jar.header_for(URL, cross_site=True, safe=False)) == sent_on_write
    assert bool(jar.header_for(URL, cross_site=True, safe=True)) == sent_on_visit


def test_a_dump_brings_everything_back() -> None:
    jar = jar_with(
        "session=1; Path=/; SameSite=Strict",
        "lasting=2; Path=/x/y/app/url=a.db; Max-Age=3600; Secure; HttpOnly",
    )
    reborn = CookieJar()
    reborn.load(jar.dump())
    assert reborn.dump() == jar.dump()
    assert reborn.header_for(URL) == jar.header_for(URL) == "lasting=2; session=1"
    assert reborn.header_for(URL, cross_site=True) == "lasting=2"


@pytest.mark.parametrize("dump", ["", "{", "[]", "null", '{"cookies": [{"name": "a"}]}', "7"])
def test_a_dump_that_cannot_be_read_leaves_the_jar_empty(dump: str) -> None:
    jar = jar_with("a=1; Path=/")
    jar.load(dump)
    assert jar.header_for(URL) == ""
    assert jar.absorb(URL, ["b=2; Path=/"])


def test_another_hosts_cookies_are_refused() -> None:
    assert jar_with("a=1; Path=/; Domain=other.example").header_for(URL) == ""
